import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sql } from 'drizzle-orm';
import { expectFault } from '../../../../test/contracts/database.ts';
import type { Database } from '../../../core/ports/database.ts';
import { openSqlite, type SqliteOptions } from './index.ts';

const readerCommand = [process.execPath, resolve(import.meta.dir, 'reader-worker.ts')];
const endless = sql`WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c`;
const heavy = sql`SELECT count(*) AS n FROM notes WHERE text LIKE '%x%'`;

describe('faults of the SQLite driver', () => {
  let folder: string;
  let db: Database;
  let failAt: { readonly name: string; readonly code: string } | undefined;
  const reports: string[] = [];

  function open(options: Partial<SqliteOptions> = {}): Database {
    return openSqlite({
      path: join(folder, 'data.db'),
      readerCommand,
      synchronous: 'normal',
      now: Date.now,
      failpoint(name) {
        if (name === failAt?.name) throw Object.assign(new Error('injected'), { code: failAt.code });
      },
      report: (event) => reports.push(event),
      ...options,
    });
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dossier-faults-'));
    failAt = undefined;
    reports.length = 0;
    db = open();
    await db.write((tx) => tx.execute(sql`CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)`));
  });
  afterEach(async () => {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  });

  const add = (text: string) =>
    db.write((tx) => tx.run(db.prepare(sql`INSERT INTO notes (text) VALUES (${text})`)));
  const texts = async () =>
    (await db.all(db.prepare(sql`SELECT text FROM notes ORDER BY id LIMIT 50`))).map((row) => row.text);
  const fill = () =>
    db.write((tx) =>
      tx.run(
        db.prepare(sql`WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000)
          INSERT INTO notes (text) SELECT 'x' FROM c`),
      ),
    );

  test('a commit that fails is a failure of every write in it, and nothing of them stays', async () => {
    failAt = { name: 'database.commit', code: 'SQLITE_FULL' };
    const writes = [add('a'), add('b')];
    for (const write of writes) await expectFault(write, 'storage_full');
    failAt = undefined;
    await add('c');
    expect(await texts()).toEqual(['c']);
  });

  test('an I/O error stops writes until the file was opened anew and checked', async () => {
    await add('before');
    failAt = { name: 'database.commit', code: 'SQLITE_IOERR_FSYNC' };
    await expectFault(add('lost'), 'unavailable', 'database_io');
    expect(await texts()).toEqual(['before']);
    failAt = undefined;
    await add('after');
    expect(reports).toEqual(['database.recovered']);
    expect(await texts()).toEqual(['before', 'after']);
  });

  test('after an I/O error it is opened anew by itself, while reads go on', async () => {
    await add('before');
    failAt = { name: 'database.commit', code: 'SQLITE_IOERR_FSYNC' };
    await expectFault(add('lost'), 'unavailable', 'database_io');
    failAt = undefined;
    for (let n = 0; n < 300 && reports.length === 0; n++) {
      expect(await texts()).toEqual(['before']);
      await Bun.sleep(10);
    }
    expect(reports).toEqual(['database.recovered']);
  });

  test('a full database undoes the whole batch, and reads and deletes go on', async () => {
    await add('kept');
    const pages = await db.write((tx) => tx.get(db.prepare(sql`PRAGMA page_count`)));
    await db.write((tx) => tx.execute(sql.raw(`PRAGMA max_page_count = ${Number(pages?.page_count) + 1}`)));
    const results = await Promise.allSettled([add('small'), add('large'.repeat(10_000))]);
    expect(results.map((result) => result.status)).toContain('rejected');
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason.code).toBe('storage_full');
    }
    const kept = results[0]?.status === 'fulfilled' ? ['kept', 'small'] : ['kept'];
    expect(await texts()).toEqual(kept);
    await db.write((tx) => tx.run(db.prepare(sql`DELETE FROM notes`)));
    expect(await texts()).toEqual([]);
  });

  test('a conflict on an expression index names the index and its table', async () => {
    await db.write((tx) => tx.execute(sql`CREATE UNIQUE INDEX notes_lower ON notes (lower(text))`));
    await add('Emma');
    const error = await expectFault(add('EMMA'), 'conflict', 'unique');
    expect(error.params).toEqual({ table: 'notes', columns: '', index: 'notes_lower' });
  });

  test('a reader process that dies takes its read with it, and the next read starts another', async () => {
    await db.close();
    db = open({ readerCommand: [process.execPath, '-e', 'process.exit(3)'] });
    await fill();
    await expectFault(db.get(db.prepare(heavy)), 'unavailable', 'reader_ended');
    await db.close();
    db = open();
    expect(await db.get(db.prepare(heavy))).toEqual({ n: 20_000 });
  });

  test('heavy reads see rows, values and errors as reads in place do', async () => {
    await fill();
    const odd =
      db.prepare(sql`SELECT id, 9007199254740993 AS large, x'00ff' AS bytes, ${sql.placeholder('v')} AS v
      FROM notes WHERE text LIKE '%x%' ORDER BY text, id DESC LIMIT 1`);
    expect(await db.get(odd, { v: -0 })).toEqual({
      id: 20_000,
      large: 9_007_199_254_740_993n,
      bytes: new Uint8Array([0, 255]),
      v: expect.any(Number),
    });
    const failing = db.prepare(
      sql`SELECT sum(abs(-9223372036854775807 - 1)) FROM notes WHERE text LIKE '%x%'`,
    );
    await expectFault(db.get(failing), 'internal');
  });

  test('reads waiting for a reader process are bounded, and time counts while they wait', async () => {
    await db.close();
    db = open({ readers: 1, readQueueLimit: 1 });
    const running = db.all(db.prepare(endless), {}, { timeout: 600 });
    const waiting = db.all(db.prepare(endless), {}, { timeout: 100 });
    const refused = db.all(db.prepare(endless), {}, { timeout: 600 });
    await expectFault(refused, 'busy', 'queue_full');
    await expectFault(waiting, 'busy', 'timeout');
    await expectFault(running, 'busy', 'timeout');
  });

  test('statements known to be slow leave one reader process to the others', async () => {
    await fill();
    const slow = db.prepare(endless);
    await expectFault(db.all(slow, {}, { timeout: 600 }), 'busy', 'timeout');
    const slowReads = [1, 2, 3].map(() =>
      db.all(slow, {}, { timeout: 3_000 }).catch((error) => error.reason),
    );
    expect(await db.get(db.prepare(heavy))).toEqual({ n: 20_000 });
    await db.close();
    for (const reason of await Promise.all(slowReads)) expect(reason).not.toBe('timeout');
  });

  test('the log is cut although heavy reads follow each other without a pause', async () => {
    await db.close();
    db = open({ logLimit: 1_000_000 });
    await fill();
    let stop = false;
    const reading = Array.from({ length: 2 }, async () => {
      while (!stop) await db.get(db.prepare(heavy));
    });
    const sizes: number[] = [];
    // Cut means back to less than the limit, which SQLite by itself does not do.
    const wasCut = () =>
      sizes.findLastIndex((size) => size < 1_000_000) > sizes.findIndex((size) => size > 1_000_000);
    const grown = () => sizes.some((size) => size > 1_000_000);
    while (!(grown() && wasCut()) && sizes.length < 5_000) {
      await add('y'.repeat(20_000));
      sizes.push(Bun.file(join(folder, 'data.db-wal')).size);
    }
    stop = true;
    await Promise.all(reading);
    expect(grown() && wasCut()).toBe(true);
  });

  test('no acknowledged write is lost when the process is killed', async () => {
    const path = join(folder, 'crash.db');
    const writer = Bun.spawn([process.execPath, resolve(import.meta.dir, 'crash-writer.ts'), path], {
      stdout: 'pipe',
      stderr: 'inherit',
    });
    let acknowledged = '';
    for await (const chunk of writer.stdout) {
      acknowledged += new TextDecoder().decode(chunk);
      if (acknowledged.length > 2_000) writer.kill('SIGKILL');
    }
    await writer.exited;
    const numbers = acknowledged.split('\n').slice(0, -1).map(Number);
    const after = openSqlite({ path, readerCommand, now: Date.now });
    const rows = await after.all(after.prepare(sql`SELECT n FROM ledger`));
    await after.close();
    const kept = new Set(rows.map((row) => row.n));
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers.filter((n) => !kept.has(n))).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')(
    'a reader inside a query ends when its server is killed',
    async () => {
      const script = resolve(import.meta.dir, 'orphan-reader.ts');
      const server = Bun.spawn([process.execPath, script, join(folder, 'data.db')], { stdout: 'pipe' });
      const { value } = await server.stdout.getReader().read();
      const reader = Number(new TextDecoder().decode(value));
      expect(await isRunning(reader)).toBe(true);
      server.kill('SIGKILL');
      await server.exited;
      const patience = performance.now() + 3_000;
      while ((await isRunning(reader)) && performance.now() < patience) await Bun.sleep(20);
      expect(await isRunning(reader)).toBe(false);
    },
  );
});

/** A process that has ended but was not yet collected by its new parent does not run. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^State:\s+[^ZX]/m.test(status);
}
