import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { guest } from '../../../test/support/records.ts';
import { type Actor, systemActor } from '../actor.ts';
import { accountActor } from '../auth/account-actor.ts';
import { readableTables } from './readable-tables.ts';
import type { Sql, SqlOptions } from './sql.ts';

let world: TestCore;
let page: Sql;
let mia: Actor;

beforeAll(async () => {
  world = await openTestCore();
  const { core } = world;
  page = core.sql;
  const users = core.collections.get('users');
  const made = await core.records.create(systemActor, users, {
    ...{ email: 'mia@example.com', password: 'long enough', passwordConfirm: 'long enough' },
  });
  const record = await core.records.findStored(users, String(made.values.id));
  mia = accountActor(users, record ?? {}, guest.request);
  await core.collections.create(systemActor, {
    name: 'notes',
    type: 'base',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'door_code', type: 'password' },
      { name: '_pin', type: 'string', writeOnly: true },
    ],
  });
  const notes = core.collections.get('notes');
  await core.records.create(systemActor, notes, { title: 'one', door_code: 'swordfish', _pin: 'swordfish' });
});
afterAll(() => world.close());

const run = (text: string, options?: SqlOptions) => page.run(systemActor, text, options);
const refusedSql = { code: 'invalid', reason: 'sql_refused', params: { message: expect.any(String) } };
const failedSql = { code: 'invalid', reason: 'sql_failed', params: { message: expect.any(String) } };
const FOREVER = 'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r';

describe('a statement', () => {
  test('is for superusers alone', async () => {
    await expect(page.run(guest, 'SELECT 1')).rejects.toMatchObject({ code: 'unauthorized' });
    const refused = { code: 'forbidden', reason: 'superusers_only' };
    await expect(page.run(mia, 'SELECT 1')).rejects.toMatchObject(refused);
    expect(() => page.cancel(mia, 'x')).toThrow('superusers_only');
    expect(() => page.cancel(guest, 'x')).toThrow('unauthorized');
  });

  test('answers columns and rows in the order of the SELECT, two of one name too', async () => {
    const { columns, rows, truncated, milliseconds } = await run(
      'SELECT 2 AS a, 1 AS b, 3 AS a, NULL AS __proto__;',
    );
    expect({ columns, rows, truncated }).toEqual({
      columns: ['a', 'b', 'a', '__proto__'],
      rows: [[2, 1, 3, null]],
      truncated: false,
    });
    expect(milliseconds).toBeGreaterThanOrEqual(0);
  });

  test('tells columns where there are no rows', async () => {
    expect(await run("SELECT title, id FROM notes WHERE title = 'none'")).toMatchObject({
      columns: ['title', 'id'],
      rows: [],
    });
  });

  test('shows large integers, blobs and what is no number as text', async () => {
    const { rows } = await run("SELECT 9007199254740993, 7, x'00ff', 1.5, 9e999, zeroblob(300)");
    expect(rows[0]?.slice(0, 5)).toEqual(['9007199254740993', 7, "x'00ff'", 1.5, 'Infinity']);
    expect(rows[0]?.[5]).toMatch(/^x'(00){256}…'$/);
  });

  test('may explain and read what tables look like', async () => {
    expect((await run('EXPLAIN QUERY PLAN SELECT * FROM notes')).columns).toContain('detail');
    expect((await run("SELECT name FROM pragma_table_info('notes')")).rows).toContainEqual(['title']);
    expect((await run('-- comment; here\n VALUES (1), (2) ;; -- end')).rows).toEqual([[1], [2]]);
    expect((await run('SELECT \';\' AS "a;b"')).rows).toEqual([[';']]);
  });

  test('is cut at a thousand rows and at five million characters', async () => {
    const many = await run('WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r');
    expect([many.rows.length, many.truncated]).toEqual([1000, true]);
    const long = await run(
      'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 900) SELECT hex(zeroblob(9000)) FROM r',
    );
    expect(long.truncated).toBe(true);
    expect(JSON.stringify(long.rows).length).toBeLessThan(5_100_000);
    const wide = await run('SELECT hex(zeroblob(1000000))');
    expect(String(wide.rows[0]?.[0]).length).toBe(20_001);
  });

  test('that is wrong is told in the words of SQLite', async () => {
    await expect(run('SELECT absent FROM notes')).rejects.toMatchObject({
      ...failedSql,
      params: { message: 'no such column: absent' },
    });
    await expect(run('SELECT (')).rejects.toMatchObject(failedSql);
    await expect(run(' ')).rejects.toMatchObject(refusedSql);
  });
});

describe('what it costs', () => {
  test('is bounded in time', async () => {
    await expect(run(FOREVER, { timeout: 300 })).rejects.toMatchObject({ code: 'busy', reason: 'timeout' });
  });

  test('is given back when it is cancelled by its id or by who asked', async () => {
    const busy = { code: 'busy', reason: 'cancelled' };
    const outcome = (work: Promise<unknown>) => work.catch((error: unknown) => error);
    const byId = outcome(run(FOREVER, { id: 'q1' }));
    await expect(run('SELECT 1', { id: 'q1' })).rejects.toMatchObject({
      code: 'conflict',
      reason: 'sql_running',
    });
    const leaving = new AbortController();
    const bySignal = outcome(run(FOREVER, { signal: leaving.signal }));
    await expect(run('SELECT 1')).rejects.toMatchObject({ code: 'busy', reason: 'queue_full' });
    expect(page.cancel(systemActor, 'q1')).toBe(true);
    leaving.abort();
    expect(await byId).toMatchObject(busy);
    expect(await bySignal).toMatchObject(busy);
    expect(page.cancel(systemActor, 'q1')).toBe(false);
    await expect(run('SELECT 1', { signal: leaving.signal })).rejects.toMatchObject(busy);
    expect((await run('SELECT 1', { id: 'q1' })).rows).toEqual([[1]]);
  });
});

describe('what attacks', () => {
  const outside = () => join(world.database.dir, 'outside.db');

  test.each([
    "INSERT INTO notes (id) VALUES ('x')",
    'DELETE FROM notes',
    'DROP TABLE notes',
    'WITH x AS (SELECT 1) DELETE FROM notes',
    'WITH x AS (SELECT 1) INSERT INTO _jobs SELECT 1, 2, 3, 4, 5, 6',
    'EXPLAIN DELETE FROM notes; DELETE FROM notes',
    'SELECT 1; DELETE FROM notes',
    'SELECT 1;\n/* */ DELETE FROM notes --',
    'CREATE TEMP TABLE t AS SELECT 1',
    'PRAGMA query_only = OFF',
    'PRAGMA database_list',
    '/* */ PRAGMA writable_schema = ON',
    'BEGIN',
    'COMMIT',
    "SELECT load_extension('/tmp/evil.so')",
    "SELECT readfile('/etc/passwd')",
    "SELECT * FROM fsdir('/')",
    'SELECT * FROM sqlite_dbpage',
    'SELECT * FROM pragma_database_list',
    'SELECT * FROM "pragma_database_list"',
    "SELECT fts3_tokenizer('x', x'0000000000000000')",
    'SELECT password FROM main.users',
    'SELECT password FROM "main".users',
    "SELECT password FROM 'main'.users",
    'SELECT password FROM [main] . users',
    'SELECT password FROM `MAIN`/* . */./**/users',
    'SELECT password FROM main -- x\n . users',
    'SELECT main.users.password FROM users',
  ])('cannot: %s', async (text) => {
    const error = await run(text).catch((thrown) => thrown);
    expect([refusedSql.reason, failedSql.reason]).toContain(error.reason);
    const kept = world.database.db.prepare(sql`SELECT count(*) AS n FROM notes`);
    expect((await world.database.db.get(kept))?.n).toBe(1);
  });

  test('cannot make files', async () => {
    const before = readdirSync(world.database.dir).sort();
    for (const text of [
      `ATTACH '${outside()}' AS o`,
      `VACUUM INTO '${outside()}'`,
      `EXPLAIN ATTACH '${outside()}' AS o`,
    ]) {
      await run(text).catch(() => {});
    }
    expect(existsSync(outside())).toBe(false);
    expect(readdirSync(world.database.dir).sort()).toEqual(before);
  });

  test('finds no secret, under whatever name and by whatever comparison', async () => {
    const texts = [
      'SELECT * FROM users',
      'SELECT password || tokenKey FROM users',
      'SELECT password, tokenKey FROM temp.users',
      'SELECT u.password FROM users AS u, _superusers AS s',
      'SELECT * FROM _superusers',
      'SELECT * FROM notes',
      'SELECT * FROM _settings',
      'SELECT * FROM _collections',
      'SELECT * FROM _sessions',
      'SELECT * FROM _auth_codes',
      'SELECT * FROM _second_factors',
      'SELECT * FROM _uploads',
      "SELECT count(*) FROM users WHERE password LIKE 'hash%'",
      "SELECT count(*) FROM notes WHERE door_code = 'swordfish'",
      'WITH users AS (SELECT * FROM users) SELECT * FROM users',
    ];
    const { db } = world.database;
    const settings = await db.all(db.prepare(sql`SELECT value FROM _settings`));
    const accounts = await db.all(db.prepare(sql`SELECT password, tokenKey FROM users`));
    const options = await db.all(db.prepare(sql`SELECT options FROM _collections WHERE options <> '{}'`));
    const secrets = [...settings, ...accounts, ...options].flatMap((row) => Object.values(row).map(String));
    expect(secrets.length).toBeGreaterThan(4);
    for (const text of texts) {
      const answer = await run(text)
        .then(({ rows }) => JSON.stringify(rows))
        .catch((error) => String(error.reason));
      for (const secret of [...secrets, 'swordfish', 'hash of']) expect(answer).not.toContain(secret);
      if (text.includes('count(*)')) expect(answer).toBe('[[0]]');
    }
    expect((await run('SELECT password, email FROM users')).rows).toEqual([['(hidden)', 'mia@example.com']]);
    expect((await run('SELECT title, door_code FROM notes')).rows).toEqual([['one', '(hidden)']]);
    expect((await run('SELECT _pin FROM notes')).rows).toEqual([['(hidden)']]);
  });
});

test('every system table says which of its columns are open', async () => {
  const { db } = world.database;
  const known = readableTables(world.core.collections.schema);
  const tables = await db.all<{ name: string }>(
    db.prepare(sql`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '\\_%' ESCAPE '\\'`),
  );
  for (const { name } of tables) expect(Object.keys(known)).toContain(name);
  for (const [name, columns] of Object.entries(known)) {
    if (name === '_migrations') continue;
    const made = await db.all<{ name: string }>(db.prepare(sql`SELECT name FROM pragma_table_info(${name})`));
    for (const column of columns) expect(made.map((row) => row.name)).toContain(column);
  }
});
