import { Database } from 'bun:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PocketBase from 'pocketbase';
import { filePath, filesPath, initClient } from 'trailbase';
import { lockDirectory } from '../../src/server/lock.ts';
import { settledAudit } from '../support/audit.ts';
import { type DepotContents, uuidOf, writeDepot } from '../support/depot.ts';
import {
  FROM_SOURCE,
  removeFolder,
  runCommand,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

const PASSWORD = 'secret-of-the-depot';
const BIG = 9_007_199_254_740_993n;
const [ANN, BEN, EVE] = [uuidOf(1), uuidOf(2), uuidOf(3)];
const [POST, OTHER] = [uuidOf(77), uuidOf(78)];
const text = (value: string) => new TextEncoder().encode(value);

const uploads = {
  'f0000000-0000-4000-8000-000000000001': text('the report'),
  'f0000000-0000-4000-8000-000000000002': text('page one'),
  'f0000000-0000-4000-8000-000000000003': text('page two'),
  'f0000000-0000-4000-8000-000000000004': text('of another database'),
  'f0000000-0000-4000-8000-000000000005': text('nobody names it'),
  'f0000000-0000-4000-8000-000000000006': Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
};

function file(number: number, name: string, stored = `${name.replace('.', '_x1y2z3a4b5.')}`) {
  return {
    id: `f0000000-0000-4000-8000-00000000000${number}`,
    ...{ original_filename: name, filename: stored, content_type: 'text/plain', mime_type: 'text/plain' },
  };
}

const CONFIG = `
# A club's depot
server { application_name: "Club" site_url: "https://club.example.com" }
email { smtp_host: "mail.example.com" smtp_password: "<REDACTED>" }
record_apis: [
  {
    name: "reports"
    table_name: "reports"
    acl_authenticated: [CREATE, READ, UPDATE, DELETE]
    read_access_rule: "_ROW_.owner = _USER_.id"
    enable_subscriptions: true
  },
  { name: "other_files" table_name: "extra.files" attached_databases: ["extra"] acl_world: [READ] },
  { name: "titles" table_name: "titles" acl_authenticated: [READ] read_access_rule: "_ROW_.owner = _USER_.id" },
  { name: "odd" table_name: "odd" acl_world: [READ] }
]
schemas: [{ name: "facts" schema: '{"type": "object", "required": ["by"]}' }]
`;

const REPORTS = `CREATE TABLE reports (
  id BLOB PRIMARY KEY NOT NULL CHECK(is_uuid_v4(id)) DEFAULT (uuid_v4()),
  owner BLOB NOT NULL REFERENCES _user(id) ON DELETE CASCADE,
  title TEXT NOT NULL CHECK(length(title) < 100),
  count INTEGER,
  share REAL,
  facts TEXT CHECK(jsonschema('facts', facts)),
  place BLOB CHECK(ST_IsValid(place)),
  raw BLOB,
  document TEXT CHECK(jsonschema('std.FileUpload', document)),
  pages TEXT CHECK(jsonschema('std.FileUploads', pages)),
  _note TEXT
) STRICT`;

function depot(hash: string): DepotContents {
  return {
    config: CONFIG,
    users: [
      { id: ANN, email: 'admin@localhost', username: 'ann', hash, admin: true },
      { id: BEN, email: 'ben@example.com', hash, totp: 'YCUTAYEZ346ZUEI7FLCG57BOMZQHHRA5' },
      { id: EVE, unverified: 'eve@example.com', hash },
    ],
    avatars: [
      { user: ANN, file: { ...file(6, 'me.png'), content_type: 'image/png', mime_type: 'image/png' } },
    ],
    declarations: [
      { type: 'table', name: 'reports', sql: REPORTS },
      {
        type: 'table',
        name: 'odd',
        sql: 'CREATE TABLE odd (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) STRICT',
      },
      { type: 'index', name: 'by_title', sql: 'CREATE INDEX by_title ON reports (title)' },
      {
        type: 'view',
        name: 'titles',
        sql: 'CREATE VIEW titles AS SELECT id, owner, title AS name FROM reports',
      },
      {
        type: 'trigger',
        name: 'stamp',
        sql: 'CREATE TRIGGER stamp AFTER INSERT ON reports BEGIN SELECT 1; END',
      },
      {
        type: 'trigger',
        name: '__reports__document__delete_trigger',
        sql: 'CREATE TRIGGER __reports__document__delete_trigger AFTER DELETE ON reports BEGIN SELECT 1; END',
      },
    ],
    fill(db) {
      const point = Buffer.alloc(21);
      point.writeUInt8(1, 0);
      point.writeUInt32LE(1, 1);
      point.writeDoubleLE(12.5, 5);
      point.writeDoubleLE(41.75, 13);
      const insert = db.query('INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
      const pages = JSON.stringify([file(2, 'one.txt'), file(3, 'two.txt')]);
      const document = JSON.stringify(file(1, 'report.txt'));
      const facts = JSON.stringify({ by: 'train', days: 3 });
      const raw = Uint8Array.from([0, 255, 16]);
      insert.run(POST, ANN, 'First', BIG, 0.25, facts, point, raw, document, pages, 'hidden');
      insert.run(OTHER, BEN, 'Second', null, null, null, null, null, null, null, null);
    },
    others: {
      extra: {
        declarations: [
          {
            type: 'table',
            name: 'files',
            sql: "CREATE TABLE files (nr INTEGER PRIMARY KEY, f TEXT CHECK(jsonschema('std.FileUpload', f)), before INTEGER REFERENCES files(nr)) STRICT",
          },
        ],
        fill(db) {
          db.query('INSERT INTO files VALUES (?, ?, ?)').run(41, JSON.stringify(file(4, 'other.txt')), null);
          db.query('INSERT INTO files VALUES (?, ?, ?)').run(42, null, 41);
        },
      },
    },
    uploads,
  };
}

let folder: string;
let hash: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  hash = await Bun.password.hash(PASSWORD, { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 });
});

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => removeFolder(folder));

function importInto(dir: string, ...more: readonly string[]) {
  return runCommand(['import', 'trailbase', at('depot'), '--dir', at(dir), ...more], { cwd: folder });
}

/** Every file below a folder, with its bytes. */
function contentsOf(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map(({ parentPath, name }) => [
      join(parentPath, name),
      readFileSync(join(parentPath, name), 'hex'),
    ]),
  );
}

describe('an import', () => {
  let server: TestServer | undefined;
  afterAll(() => server?.stop());

  test('brings accounts, tables, rules, rows and files, and leaves the depot as it was', async () => {
    writeDepot(at('depot'), depot(hash));
    const before = contentsOf(at('depot'));
    const done = await importInto('data');
    expect([done.stderr, done.code]).toEqual(['', 0]);
    expect(done.stdout).toMatch(/^users +3 records with 1 file$/m);
    expect(done.stdout).toMatch(/^reports +2 records with 3 files$/m);
    expect(done.stdout).toMatch(/^extra_files +2 records with 1 file$/m);
    for (const sentence of [
      'The trigger "stamp" is left out: triggers are not supported.',
      'The table "odd" is left out: a key of several columns is not supported',
      'The record API "odd" is left out:',
      'The section "email" of the configuration is left out:',
    ])
      expect(done.stdout).toContain(sentence);
    expect(done.stdout).not.toContain('__reports__');
    expect(contentsOf(at('depot'))).toEqual(before);
    expect(readdirSync(folder).toSorted()).toEqual(['data', 'depot']);
    expect(await settledAudit(at('data'))).toEqual([]);

    server = await startServer({ dir: at('data') });
    const { base } = server;
    const ann = initClient(base);
    await ann.login('admin@localhost', PASSWORD);
    const id = Buffer.from(POST).toString('base64url').concat('==');
    const report = await ann.records('reports').read(id);
    expect(report).toMatchObject({
      ...{ id, title: 'First', count: BIG, share: 0.25, facts: { by: 'train', days: 3 } },
      ...{ place: { type: 'Point', coordinates: [12.5, 41.75] }, raw: 'AP8Q' },
      document: {
        filename: 'report_x1y2z3a4b5.txt',
        original_filename: 'report.txt',
        content_type: 'text/plain',
      },
      pages: [{ original_filename: 'one.txt' }, { filename: 'two_x1y2z3a4b5.txt' }],
    });
    expect(report).not.toHaveProperty('_note');
    expect((await ann.records('titles').list()).records).toEqual([
      { id, owner: report.owner, name: 'First' },
    ]);
    const headers = new Headers(ann.headers());
    const read = async (path: string) => (await fetch(new URL(path, base), { headers })).text();
    expect(await read(filePath('reports', id, 'document'))).toBe('the report');
    expect(await read(filesPath('reports', id, 'pages', 'two_x1y2z3a4b5.txt'))).toBe('page two');
    const others = initClient(base).records('other_files');
    expect(await others.read(42)).toMatchObject({ nr: 42, f: null, before: 41 });
    expect(await read(filePath('other_files', '41', 'f'))).toBe('of another database');
    const avatar = await fetch(new URL(ann.avatarUrl(ann.user()?.id) ?? '', base));
    expect([avatar.status, avatar.headers.get('content-type')]).toEqual([200, 'image/png']);

    // Ben has a second factor, Eve's address was never verified, and Ann administers.
    const ben = initClient(base);
    expect((await ben.login('ben@example.com', PASSWORD))?.token).toBeTruthy();
    const admin = new PocketBase(base).autoCancellation(false);
    await admin.collection('_superusers').authWithPassword('admin@localhost', PASSWORD);
    const eve = await admin.collection('users').getFirstListItem('email = "eve@example.com"');
    expect(eve).toMatchObject({ verified: false, created: '2023-11-14 22:13:20.000Z' });
    expect(await admin.collection('reports').getList()).toMatchObject({ totalItems: 2 });
    await ann.records('reports').delete(id);
    expect(await settledAudit(at('data'))).toEqual([]);
    await server.stop();
  }, 60_000);

  test('says the same beforehand, and keeps nothing of it', async () => {
    writeDepot(at('depot'), depot(hash));
    const rehearsal = await importInto('data', '--dry-run', '--json');
    expect([rehearsal.stderr, rehearsal.code]).toEqual(['', 0]);
    const items: Record<string, unknown>[] = rehearsal.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(items).toContainEqual({ kind: 'imported', name: 'reports', records: 2, files: 3 });
    expect(items.filter(({ kind }) => kind === 'progress').at(-1)).toMatchObject({ done: 7, total: 7 });
    expect(readdirSync(folder)).toEqual(['depot']);
  });

  test('of a row that cannot be taken is not done, unless such rows are to be left out', async () => {
    const contents = depot(hash);
    writeDepot(at('depot'), {
      ...contents,
      fill(db) {
        contents.fill?.(db);
        db.query("INSERT INTO reports (id, owner, title, facts) VALUES (?, ?, 'Odd', '{\"days\":1}')").run(
          uuidOf(90),
          ANN,
        );
      },
    });
    const refused = await importInto('data');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /"reports" cannot be taken: .*"facts".*JSON schema.* Nothing was imported; --skip-rows/,
    );
    expect(readdirSync(folder)).toEqual(['depot']);
    const skipped = await importInto('data', '--skip-rows');
    expect([skipped.stderr, skipped.code]).toEqual(['', 0]);
    expect(skipped.stdout).toMatch(/^reports +2 records with 3 files$/m);
    expect(skipped.stdout).toContain('cannot be taken: "facts" is not as its JSON schema says.');
    expect(await settledAudit(at('data'))).toEqual([]);
  });

  test('tells of files that the depot has lost', async () => {
    const { 'f0000000-0000-4000-8000-000000000002': _, ...left } = uploads;
    writeDepot(at('depot'), { ...depot(hash), uploads: left });
    const done = await importInto('data');
    expect([done.stderr, done.code]).toEqual(['', 0]);
    expect(done.stdout).toContain('The file "one.txt" of the row');
    expect(done.stdout).toMatch(/^reports +2 records with 2 files$/m);
  });
});

describe('an import that ends before its time', () => {
  test('by ctrl-C leaves nothing', async () => {
    const contents = depot(hash);
    writeDepot(at('depot'), {
      ...contents,
      fill(db) {
        const insert = db.query("INSERT INTO reports (id, owner, title) VALUES (?, ?, 'One of many')");
        db.transaction(() => {
          for (let n = 1000; n < 21_000; n++) insert.run(uuidOf(n), ANN);
        })();
      },
    });
    const child = Bun.spawn(
      [...FROM_SOURCE, 'import', 'trailbase', at('depot'), '--dir', at('data'), '--json'],
      { cwd: folder, stdout: 'pipe', stderr: 'pipe' },
    );
    const decoder = new TextDecoder();
    let out = '';
    for await (const bytes of child.stdout) {
      out += decoder.decode(bytes, { stream: true });
      if (out.includes('"users"')) child.kill('SIGINT');
    }
    expect([await new Response(child.stderr).text(), await child.exited]).toEqual([
      'Stopped. Nothing was imported.\n',
      1,
    ]);
    expect(readdirSync(folder)).toEqual(['depot']);
  });

  test('by a kill leaves a hidden folder, which the next one removes unless it is in use', async () => {
    writeDepot(at('depot'), depot(hash));
    for (const name of ['.data-import-killed', '.data-import-runs', '.other-import-killed'])
      lockDirectory(at(`${name}/data`)).release();
    const running = lockDirectory(at('.data-import-runs/data'));
    const done = await importInto('data');
    running.release();
    expect([done.stderr, done.code]).toEqual(['', 0]);
    expect(readdirSync(folder).toSorted()).toEqual([
      ...['.data-import-runs', '.other-import-killed', 'data', 'depot'],
    ]);
  });
});

describe('an import is refused', () => {
  const cases: readonly [string, (dir: string) => void, RegExp][] = [
    [
      'into a folder that holds something',
      (dir) => writeFileSync(join(dir, 'notes.txt'), ''),
      /is not empty/,
    ],
    ['of a folder that is no depot', () => undefined, /There is no TrailBase depot/],
  ];

  test.each(cases)('%s', async (_name, prepare, sentence) => {
    const dir = at('data');
    mkdirSync(dir);
    prepare(dir);
    const before = contentsOf(dir);
    const refused = await importInto('data');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(sentence);
    expect(contentsOf(dir)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['data']);
  });

  test('of a database that is none', async () => {
    writeDepot(at('depot'), depot(hash));
    writeFileSync(at('depot/data/main.db'), 'this is no database');
    const refused = await importInto('data');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('is no database that can be read'),
    ]);
    expect(existsSync(at('data'))).toBe(false);
  });

  test('with a configuration that cannot be read', async () => {
    writeDepot(at('depot'), { ...depot(hash), config: 'record_apis: [ { name: ' });
    const refused = await importInto('data');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('config.textproto cannot be read'),
    ]);
  });

  test('where files would go elsewhere', async () => {
    writeDepot(at('depot'), depot(hash));
    writeFileSync(at('dossier.toml'), '[storage]\ntype = "local"\npath = "./elsewhere"\n');
    const refused = await importInto('data');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('keeps files in the data folder'),
    ]);
    expect(readdirSync(folder).toSorted()).toEqual(['depot', 'dossier.toml']);
  });
});

test('what is left of a file that nobody named is not taken', async () => {
  writeDepot(at('depot'), depot(hash));
  await importInto('data');
  const db = new Database(at('data/data.db'), { readonly: true });
  const names = db.query<{ original_name: string }, []>('SELECT original_name FROM _objects').all();
  db.close();
  expect(names.map(({ original_name }) => original_name).toSorted()).toEqual([
    ...['me.png', 'one.txt', 'other.txt', 'report.txt', 'two.txt'],
  ]);
});
