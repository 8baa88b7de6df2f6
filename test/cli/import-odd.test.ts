import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DepotContents, uuidOf, writeDepot } from '../support/depot.ts';
import { removeFolder, runCommand, temporaryFolder } from '../support/server.ts';
import { mountTmpfs, volumesUnavailable } from '../support/volumes.ts';

const [ANN, EVE, BOB, ODD] = [uuidOf(1), uuidOf(2), uuidOf(3), uuidOf(4)];
const FILE = 'f0000000-0000-4000-8000-000000000001';
const nothing: DepotContents = { config: '', users: [], declarations: [] };

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

const table = (name: string, sql: string) => ({ type: 'table', name, sql }) as const;

/** Imports a depot, and says what was told. */
async function imported(contents: Partial<DepotContents>, ...more: readonly string[]) {
  writeDepot(at('depot'), { ...nothing, ...contents });
  return run(...more);
}
function run(...more: readonly string[]) {
  return runCommand(['import', 'trailbase', at('depot'), '--dir', at('data'), ...more], { cwd: folder });
}
/** Rows of the imported data. */
function rows(sql: string): unknown[] {
  const db = new Database(at('data/data.db'), { readonly: true });
  try {
    return db.query(sql).all();
  } finally {
    db.close();
  }
}

test('an e-mail address that was verified stays with its account, whoever claimed it before', async () => {
  const done = await imported({
    users: [
      { id: EVE, unverified: 'Ann@example.com', hash: 'eve' },
      { id: ANN, email: 'ann@example.com', hash: 'ann' },
    ],
  });
  expect([done.stderr, done.code]).toEqual(['', 0]);
  expect(done.stdout).toContain('The e-mail "Ann@example.com" of a second account is left out');
  expect(rows('SELECT email, verified, password FROM users ORDER BY password')).toEqual([
    { email: 'ann@example.com', verified: 1, password: 'ann' },
    { email: '', verified: 0, password: 'eve' },
  ]);
});

test('a second factor that nobody can have is left out, and told', async () => {
  const done = await imported({
    users: [
      { id: ANN, email: 'ann@example.com', hash: 'ann', totp: 'not base32!' },
      { id: EVE, email: 'eve@example.com', hash: 'eve', totp: 'YCUTAYEZ346ZUEI7FLCG57BOMZQHHRA5' },
    ],
  });
  expect([done.stderr, done.code]).toEqual(['', 0]);
  expect(done.stdout).toContain(
    'The second factor of the account "ann@example.com" is left out: its secret is no base32. The account has no second factor now.',
  );
  expect(done.stdout).not.toContain('"eve@example.com"');
  expect(rows('SELECT * FROM _second_factors')).toHaveLength(1);
});

const PROFILES = `CREATE TABLE profiles (
  user BLOB PRIMARY KEY NOT NULL REFERENCES _user(id) ON DELETE CASCADE,
  username TEXT NOT NULL CHECK(username REGEXP '^[\\w]{3,24}$'),
  created INTEGER DEFAULT (UNIXEPOCH()) NOT NULL
) STRICT`;

test('a table whose key is an account keeps its ids, and says which account it is', async () => {
  const contents: Partial<DepotContents> = {
    users: [ANN, EVE].map((id, n) => ({ id, username: `user${n}`, hash: '' })),
    declarations: [
      table('profiles', PROFILES),
      table('badges', 'CREATE TABLE badges (id BLOB PRIMARY KEY REFERENCES _user(id), n INTEGER)'),
    ],
    config: `record_apis { name: "profiles" table_name: "profiles" acl_world: READ
      acl_authenticated: CREATE create_access_rule: "_REQ_.user = _USER_.id" }`,
    fill(db) {
      const insert = db.query('INSERT INTO profiles VALUES (?, ?, 7)');
      insert.run(ANN, 'Zoë');
      insert.run(EVE, 'a b');
      db.query('INSERT INTO badges VALUES (?, 5)').run(ANN);
    },
  };
  const refused = await imported(contents);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('"profiles" cannot be taken: "username" has not the form that it must have.'),
  ]);
  const done = await run('--skip-rows');
  expect([done.stderr, done.code]).toEqual(['', 0]);
  const id = '01020304-0506-4708-890a-0b0c0d0e0001';
  expect(rows('SELECT id, user, username, created FROM profiles')).toEqual([
    { id, user: id, username: 'Zoë', created: 7 },
  ]);
  expect(rows('SELECT * FROM badges')).toEqual([{ id, user_id: id, n: 5 }]);
});

test('an account that cannot be taken ends the import, or is left out where that is allowed', async () => {
  const users = [
    { id: ANN, username: 'ann', hash: '' },
    { id: BOB, username: 'ANN', hash: '' },
    { id: ODD, email: 'nothing', hash: '' },
  ];
  const refused = await imported({ users });
  expect([refused.code, refused.stderr]).toEqual([
    1,
    'The account "nothing" cannot be taken: "email" is no e-mail address. Nothing was imported; --skip-rows leaves such rows out.\n',
  ]);
  const done = await run('--skip-rows');
  expect([done.stderr, done.code]).toEqual(['', 0]);
  expect(done.stdout).toContain('The account "ANN" cannot be taken: "username" is taken.');
  expect(done.stdout).toMatch(/^users +1 record$/m);
});

test('what speaks of a table "users" of the depot is left out with it, as that means the accounts here', async () => {
  const rule = 'EXISTS (SELECT 1 FROM users WHERE id = 1)';
  const done = await imported({
    config: `record_apis: [
      { name: "rooms" table_name: "rooms" acl_world: [READ] read_access_rule: "${rule}" },
      { name: "seats" table_name: "seats" acl_world: [READ] }
    ]`,
    declarations: [
      table('users', 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)'),
      table('seats', 'CREATE TABLE seats (id INTEGER PRIMARY KEY, of INTEGER REFERENCES "Users"(id))'),
      table('rooms', 'CREATE TABLE rooms (id INTEGER PRIMARY KEY)'),
    ],
  });
  expect([done.stderr, done.code]).toEqual(['', 0]);
  for (const sentence of [
    'The table "users" is left out: there is a collection "users" already.',
    'The table "seats" is left out: it refers to "users", which is left out.',
    'The record API "rooms" is left out: it is about "users", which is left out.',
    'The record API "seats" is left out:',
  ])
    expect(done.stdout).toContain(sentence);
  expect(
    rows("SELECT name, rules ->> 'list' AS listRule FROM _collections WHERE name IN ('rooms', 'seats')"),
  ).toEqual([{ name: 'rooms', listRule: null }]);
});

test('a table of another database never gets the name, and with it the record API, of one that is there', async () => {
  const done = await imported({
    config: `record_apis: [{ name: "open" table_name: "extra.t" attached_databases: ["extra"] acl_world: [READ] }]`,
    declarations: [table('extra_t', 'CREATE TABLE extra_t (id INTEGER PRIMARY KEY, secret TEXT)')],
    others: {
      extra: { declarations: [table('t', 'CREATE TABLE t (id INTEGER PRIMARY KEY)')] },
      second: {
        declarations: [
          table('t', 'CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT)'),
          { type: 'view', name: 'v', sql: 'CREATE VIEW v AS SELECT t.id, t.c AS d FROM t' },
        ],
      },
    },
  });
  expect([done.stderr, done.code]).toEqual(['', 0]);
  expect(done.stdout).toContain(
    'The database "extra" is left out: its table "t" would be called "extra_t", which is there already.',
  );
  expect(done.stdout).toContain('The record API "open" is left out: it is about "extra", which is left out.');
  expect(done.stdout).not.toContain('The view "v"');
  const made = rows(
    "SELECT name, rules ->> 'list' AS listRule FROM _collections WHERE name LIKE '%\\_t' ESCAPE '\\' ORDER BY name",
  );
  expect(made).toEqual([
    { name: 'extra_t', listRule: null },
    { name: 'second_t', listRule: null },
  ]);
});

test('a link among the uploads brings no file from elsewhere', async () => {
  writeFileSync(at('secret.txt'), 'not in the depot');
  const contents = {
    ...nothing,
    declarations: [
      table('t', "CREATE TABLE t (id INTEGER PRIMARY KEY, f TEXT CHECK(jsonschema('std.FileUpload', f)))"),
    ],
    fill(db: Database) {
      const file = { id: FILE, original_filename: 'a.txt', filename: 'a.txt' };
      db.query('INSERT INTO t VALUES (1, ?), (2, ?)').run(
        JSON.stringify(file),
        JSON.stringify({ ...file, id: '../../secret.txt' }),
      );
    },
  };
  writeDepot(at('depot'), contents);
  symlinkSync(at('secret.txt'), join(at('depot/uploads'), FILE));
  const done = await run();
  expect([done.stderr, done.code]).toEqual(['', 0]);
  expect(done.stdout.match(/the depot has lost it/g)).toHaveLength(2);
  expect(rows('SELECT count(*) AS n FROM _objects')).toEqual([{ n: 0 }]);
});

test('JSON keeps integers beyond what a double can hold', async () => {
  await imported({
    declarations: [table('t', 'CREATE TABLE t (id INTEGER PRIMARY KEY, j TEXT CHECK(is_json(j)))')],
    fill: (db) => db.run(`INSERT INTO t VALUES (1, '{"n": 9007199254740993, "__proto__": 1}')`),
  });
  expect(rows('SELECT j FROM t')).toEqual([{ j: '{"n":9007199254740993,"__proto__":1}' }]);
});

const missing = await volumesUnavailable('tmpfs');
test.skipIf(missing !== undefined).each([
  [2000, /^There is no room for a copy of .*main\.db\.\n$/],
  [600, /There is no room left on the disk\.\n$/],
])(
  `a disk that is full after %d big rows is told, and nothing stays${missing ? ` (${missing})` : ''}`,
  async (count, sentence) => {
    const volume = await mountTmpfs(24);
    try {
      writeDepot(at('depot'), {
        ...nothing,
        declarations: [table('t', 'CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT)')],
        fill(db) {
          const insert = db.query('INSERT INTO t (b) VALUES (?)');
          db.transaction(() => {
            for (let n = 0; n < count; n++) insert.run('x'.repeat(20_000));
          })();
        },
      });
      const dir = join(volume.path, 'data');
      const full = await runCommand(['import', 'trailbase', at('depot'), '--dir', dir], { cwd: folder });
      expect([full.stderr, full.code]).toEqual([expect.stringMatching(sentence), 1]);
      expect(readdirSync(volume.path)).toEqual([]);
    } finally {
      await volume.remove();
    }
  },
);
