import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { AppError } from '../../src/core/errors.ts';
import type { Database, DbValue } from '../../src/core/ports/database.ts';

/** Opens the database of a folder; called again on the same folder, it finds what was committed. */
export type OpenDatabase = (folder: string, limits?: { readonly writeQueueLimit?: number }) => Database;

/** What every driver of the database port must do. */
export function databaseContract(name: string, open: OpenDatabase): void {
  describe(`database port: ${name}`, () => {
    let folder: string;
    let db: Database;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'dossier-database-'));
      db = open(folder);
      await db.write(async (tx) => {
        await tx.execute(sql`CREATE TABLE authors (id TEXT PRIMARY KEY NOT NULL, name TEXT)`);
        await tx.execute(sql`CREATE TABLE books (
          id INTEGER PRIMARY KEY, title TEXT, shelf TEXT, cover BLOB, copies BIGINT,
          author TEXT REFERENCES authors (id), UNIQUE (shelf, title))`);
      });
    });

    afterEach(async () => {
      await db.close();
      await rm(folder, { recursive: true, force: true });
    });

    const addBook = (title: DbValue) =>
      db.write((tx) => tx.run(db.prepare(sql`INSERT INTO books (title) VALUES (${title})`)));
    const titles = async () =>
      (await db.all(db.prepare(sql`SELECT title FROM books ORDER BY id`))).map((row) => row.title);

    test('a commit is there after closing and opening again', async () => {
      await addBook('Emma');
      await db.close();
      db = open(folder);
      expect(await titles()).toEqual(['Emma']);
    });

    test('every kind of value comes back as it went in', async () => {
      const text = 'naïve 日本語 🦊 \u0000 after NUL \u202e';
      const cover = new Uint8Array([0, 255, 128]);
      const insert = db.prepare(
        sql`INSERT INTO books (title, cover, shelf) VALUES (${sql.placeholder('t')}, ${sql.placeholder('c')}, ${null})`,
      );
      await db.write((tx) => tx.run(insert, { t: text, c: cover }));
      const row = await db.get(db.prepare(sql`SELECT title, cover, shelf FROM books`));
      expect(row).toEqual({ title: text, cover, shelf: null });
    });

    test('integers a double cannot hold come as bigint, all others as number', async () => {
      const large = 9_007_199_254_740_993n;
      const insert = db.prepare(
        sql`INSERT INTO books (copies) VALUES (${sql.placeholder('copies')}) RETURNING copies`,
      );
      const returned = await db.write((tx) => tx.get(insert, { copies: -large }));
      expect(returned).toEqual({ copies: -large });
      await db.write((tx) => tx.get(insert, { copies: 7 }));
      const rows = await db.all(
        db.prepare(sql`SELECT copies, copies + 0 AS computed, id FROM books ORDER BY id`),
      );
      expect(rows).toEqual([
        { copies: -large, computed: -large, id: 1 },
        { copies: 7, computed: 7, id: 2 },
      ]);
    });

    test('an integer beyond 64 bits is an error, never another integer', async () => {
      const sum = db.prepare(sql`SELECT ${sql.placeholder('a')} + 0 AS x`);
      for (const most of [2n ** 63n - 1n, -(2n ** 63n)]) {
        expect(await db.get(sum, { a: most })).toEqual({ x: most });
      }
      for (const large of [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 64n + 5n]) {
        await expectFault(db.get(sum, { a: large }), 'internal', 'integer_out_of_range');
      }
    });

    test('a placeholder takes its value by name, as often as it is used; one that is not bound is an error', async () => {
      const twice = db.prepare(
        sql`SELECT ${sql.placeholder('a')} AS x, ${2} AS y, ${sql.placeholder('a')} AS z`,
      );
      expect(await db.get(twice, { a: 'v' })).toEqual({ x: 'v', y: 2, z: 'v' });
      await expectFault(db.get(twice), 'internal', 'unbound_placeholder');
      await expectFault(db.get(twice, { b: 1 }), 'internal', 'unbound_placeholder');
    });

    test('get without a row is undefined', async () => {
      expect(await db.get(db.prepare(sql`SELECT * FROM books WHERE id = 1`))).toBeUndefined();
    });

    test('a quoted name that does not exist is an error, not a string', async () => {
      await expectFault(db.all(db.prepare(sql`SELECT ${sql.identifier('nope')} FROM books`)), 'internal');
      await expectFault(
        db.all(db.prepare(sql`SELECT ${sql.identifier('title` FROM books; --')} FROM books`)),
        'internal',
      );
    });

    test('writes of one turn run in their order and each gets its own answer', async () => {
      const order: number[] = [];
      const answers = await Promise.all(
        [1, 2, 3].map((n) =>
          db.write(async (tx) => {
            order.push(n);
            await tx.run(db.prepare(sql`INSERT INTO books (title) VALUES (${`T${n}`})`));
            return n * 10;
          }),
        ),
      );
      expect(order).toEqual([1, 2, 3]);
      expect(answers).toEqual([10, 20, 30]);
      expect(await titles()).toEqual(['T1', 'T2', 'T3']);
    });

    test('a body that fails undoes its own work and nobody else is touched', async () => {
      const failing = db.write(async (tx) => {
        await tx.run(db.prepare(sql`INSERT INTO books (title) VALUES ('undone')`));
        throw new Error('changed my mind');
      });
      const results = await Promise.allSettled([addBook('before'), failing, addBook('after')]);
      expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await failing.catch((error) => error.message)).toBe('changed my mind');
      expect(await titles()).toEqual(['before', 'after']);
    });

    test('a body alone in its turn that fails leaves nothing, and the next write works', async () => {
      const failing = db.write(async (tx) => {
        await tx.run(db.prepare(sql`INSERT INTO books (title) VALUES ('undone')`));
        throw new Error('no');
      });
      expect(await failing.catch((error) => error.message)).toBe('no');
      await addBook('kept');
      expect(await titles()).toEqual(['kept']);
    });

    test('a body may catch the error of a statement and go on', async () => {
      await db.write((tx) => tx.run(db.prepare(sql`INSERT INTO books (id) VALUES (1)`)));
      await db.write(async (tx) => {
        await tx.run(db.prepare(sql`INSERT INTO books (id) VALUES (1)`)).catch(() => undefined);
        await tx.run(db.prepare(sql`INSERT INTO books (title) VALUES ('second try')`));
      });
      expect(await titles()).toEqual([null, 'second try']);
    });

    test('a transaction sees its own work, and readers see only what is committed', async () => {
      const count = db.prepare(sql`SELECT count(*) AS n FROM books`);
      await db.write(async (tx) => {
        await tx.run(db.prepare(sql`INSERT INTO books (title) VALUES ('Emma')`));
        expect(await tx.get(count)).toEqual({ n: 1 });
        expect(await db.get(count)).toEqual({ n: 0 });
      });
      expect(await db.get(count)).toEqual({ n: 1 });
    });

    test('a body that only reads or fails before it writes leaves the batch alone', async () => {
      const insert = db.prepare(sql`INSERT INTO books (title) VALUES ('Emma')`);
      const outcomes = await Promise.allSettled([
        db.write((tx) => tx.runOnly(insert)),
        db.write(async (tx) => {
          await tx.get(db.prepare(sql`SELECT 1 AS one`));
          throw new Error('before any write');
        }),
        db.write(async (tx) => {
          await tx.run(insert);
          throw new Error('after a write');
        }),
        db.write((tx) => tx.runOnly(insert)),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'fulfilled',
      ]);
      expect(await titles()).toEqual(['Emma', 'Emma']);
    });

    test('a refused only write undoes itself and leaves the batch alone', async () => {
      const first = db.prepare(sql`INSERT INTO books (id, title) VALUES (1, 'Emma')`);
      const outcomes = await Promise.allSettled([
        db.write((tx) => tx.runOnly(first)),
        db.write((tx) => tx.runOnly(first)),
        db.write((tx) => tx.runOnly(db.prepare(sql`INSERT INTO books (id, title) VALUES (2, 'Persuasion')`))),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await titles()).toEqual(['Emma', 'Persuasion']);
    });

    test('a body that fails after its only write takes the batch with it, and nobody is told otherwise', async () => {
      const insert = db.prepare(sql`INSERT INTO books (title) VALUES ('Emma')`);
      const outcomes = await Promise.allSettled([
        db.write((tx) => tx.run(insert)),
        db.write(async (tx) => {
          await tx.runOnly(insert);
          throw new Error('it had promised not to');
        }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await titles()).toEqual([]);
      await db.write((tx) => tx.run(insert));
      expect(await titles()).toEqual(['Emma']);
    });

    test('the version grows with each commit, before the write resolves, and not with reads', async () => {
      const before = db.version;
      await titles();
      expect(db.version).toBe(before);
      let seen = before;
      await db.write(async (tx) => {
        tx.afterCommit(() => {
          seen = db.version;
        });
        await tx.run(db.prepare(sql`INSERT INTO books (title) VALUES ('Emma')`));
      });
      expect(seen).toBeGreaterThan(before);
    });

    test('changes counts the rows of the statement', async () => {
      await Promise.all([addBook('a'), addBook('b')]);
      const results = await db.write(async (tx) => [
        await tx.run(db.prepare(sql`UPDATE books SET shelf = 'x'`)),
        await tx.run(db.prepare(sql`DELETE FROM books WHERE id > 100`)),
      ]);
      expect(results.map((result) => result.changes)).toEqual([2, 0]);
    });

    test('a write that frees room is a write like any other', async () => {
      await addBook('Emma');
      const removed = await db.write((tx) => tx.run(db.prepare(sql`DELETE FROM books`)), { frees: true });
      expect(removed.changes).toBe(1);
      expect(await titles()).toEqual([]);
    });

    test('tasks run after the commit and before the write resolves; those of a failed body do not run', async () => {
      const seen: string[] = [];
      const kept = db.write(async (tx) => {
        tx.afterCommit(() => seen.push('kept'));
      });
      const failed = db.write(async (tx) => {
        tx.afterCommit(() => seen.push('failed'));
        throw new Error('no');
      });
      await Promise.allSettled([kept.then(() => seen.push('resolved')), failed]);
      expect(seen).toEqual(['kept', 'resolved']);
    });

    test('unique conflicts name table and columns', async () => {
      const insert = db.prepare(sql`INSERT INTO books (shelf, title) VALUES ('a', 'Emma')`);
      await db.write((tx) => tx.run(insert));
      const error = await expectFault(
        db.write((tx) => tx.run(insert)),
        'conflict',
        'unique',
      );
      expect(error.params).toEqual({ table: 'books', columns: 'shelf,title' });
    });

    test('a reference to nothing is a foreign key conflict', async () => {
      const insert = db.prepare(sql`INSERT INTO books (author) VALUES ('nobody')`);
      await expectFault(
        db.write((tx) => tx.run(insert)),
        'conflict',
        'foreign_key',
      );
    });

    test('a statement too deep to parse is invalid', async () => {
      const deep = sql.join(
        Array.from({ length: 3_000 }, () => sql`1`),
        sql` + `,
      );
      await expectFault(db.get(db.prepare(sql`SELECT ${deep}`)), 'invalid', 'too_complex');
    });

    test('a tx used after its body has ended is refused', async () => {
      const statement = db.prepare(sql`INSERT INTO books (title) VALUES ('late')`);
      const tx = await db.write(async (inner) => ({ late: () => inner.run(statement) }));
      await expectFault(tx.late(), 'internal', 'transaction_ended');
      expect(await titles()).toEqual([]);
    });

    test('a body that awaits something else is given up and the others land', async () => {
      const statement = db.prepare(sql`INSERT INTO books (title) VALUES ('slow')`);
      const straying = db.write(async (tx) => {
        await tx.run(statement);
        await new Promise((resume) => setTimeout(resume, 20));
        await tx.run(statement);
      });
      const other = addBook('other');
      await expectFault(straying, 'internal', 'foreign_await');
      await other;
      expect(await titles()).toEqual(['other']);
    });

    test('a write inside a body is given up instead of waiting for itself', async () => {
      const outer = db.write(async (tx) => {
        await tx.run(db.prepare(sql`INSERT INTO books (title) VALUES ('outer')`));
        await addBook('inner');
      });
      await expectFault(outer, 'internal', 'foreign_await');
      await addBook('last');
      expect(await titles()).toEqual(['inner', 'last']);
    });

    test('the queue is bounded', async () => {
      await db.close();
      db = open(folder, { writeQueueLimit: 2 });
      const results = await Promise.allSettled([addBook('1'), addBook('2'), addBook('3')]);
      expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      await expectFault(
        Promise.reject(results[2]?.status === 'rejected' && results[2].reason),
        'busy',
        'queue_full',
      );
      expect(await titles()).toEqual(['1', '2']);
    });

    test('schema changes are undone with their body, and statements prepared before see the new shape', async () => {
      const all = db.prepare(sql`SELECT * FROM authors`);
      await db.write((tx) => tx.run(db.prepare(sql`INSERT INTO authors VALUES ('a', 'Austen')`)));
      expect(await db.all(all)).toEqual([{ id: 'a', name: 'Austen' }]);
      const failing = db.write(async (tx) => {
        await tx.execute(sql`ALTER TABLE authors ADD COLUMN born TEXT DEFAULT ${"it's 1775"}`);
        throw new Error('no');
      });
      await failing.catch(() => undefined);
      expect(await db.all(all)).toEqual([{ id: 'a', name: 'Austen' }]);
      await db.write((tx) =>
        tx.execute(sql`ALTER TABLE authors ADD COLUMN born TEXT DEFAULT ${"it's 1775"}`),
      );
      expect(await db.all(all)).toEqual([{ id: 'a', name: 'Austen', born: "it's 1775" }]);
    });

    test('an endless read is ended at its timeout while other reads and writes go on', async () => {
      const endless = db.all(
        db.prepare(
          sql`WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c`,
        ),
        {},
        { timeout: 1_000 },
      );
      let ended = false;
      const outcome = expectFault(endless, 'busy', 'timeout').finally(() => {
        ended = true;
      });
      await addBook('meanwhile');
      expect(await titles()).toEqual(['meanwhile']);
      expect(ended).toBe(false);
      await outcome;
    });

    test('a snapshot taken while writing is whole, and refuses to replace a file', async () => {
      let stop = false;
      // Two rows in one transaction: a snapshot holds both or neither.
      const pair = db.prepare(sql`INSERT INTO books (title) VALUES ('left'), ('right')`);
      const writing = (async () => {
        while (!stop) await db.write((tx) => tx.run(pair));
      })();
      await db.write((tx) => tx.run(pair));
      const copy = await mkdtemp(join(folder, 'copy-'));
      const path = join(copy, 'data.db');
      await db.snapshot(path);
      stop = true;
      await writing;
      await expectFault(db.snapshot(path), 'conflict', 'file_exists');
      expect(existsSync(`${path}.partial`)).toBe(false);
      const other = open(copy);
      const row = await other.get(db.prepare(sql`SELECT count(*) AS n, sum(title = 'left') AS l FROM books`));
      await other.close();
      expect(Number(row?.n)).toBeGreaterThan(0);
      expect(Number(row?.l) * 2).toBe(Number(row?.n));
    });

    test('closing lets accepted writes land and refuses what comes later', async () => {
      const accepted = addBook('accepted');
      const closed = db.close();
      await accepted;
      await closed;
      await expectFault(addBook('late'), 'unavailable', 'closed');
      await expectFault(titles(), 'unavailable', 'closed');
      db = open(folder);
      expect(await titles()).toEqual(['accepted']);
    });
  });
}

/** Waits for a failure and checks its code and, when given, its reason. */
export async function expectFault(
  promise: Promise<unknown>,
  code: string,
  reason?: string,
): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (cause) => cause,
  );
  expect(error).toBeDefined();
  expect({ code: error.code, reason: reason && error.reason }).toEqual({ code, reason });
  return error;
}
