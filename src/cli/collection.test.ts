import { afterAll, beforeAll, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ADMIN,
  adminToken,
  makeSuperuser,
  removeFolder,
  runCommand,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../../test/support/server.ts';

let folder = '';
let dir = '';
let server: TestServer;

beforeAll(async () => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
  writeFileSync(
    join(folder, 'page.sql'),
    'CREATE TABLE profiles (\nid BLOB PRIMARY KEY,\nname TEXT NOT NULL,\navatar BLOB CHECK(is_file_upload(avatar))\n);\n',
  );
  writeFileSync(
    join(folder, 'notes.sql'),
    'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT) STRICT;\n',
  );
  writeFileSync(
    join(folder, 'config.textproto'),
    'record_apis { name: "notes" table_name: "notes" acl_world: [READ, CREATE] }\nrecord_apis { name: "hidden" table_name: "notes" }\n',
  );
  writeFileSync(join(folder, 'wrong.sql'), 'DROP TABLE profiles;\nCREATE TABLE x (name TEXT);\n');
  await makeSuperuser(dir);
}, 30_000);
afterAll(async () => {
  await server?.stop();
  removeFolder(folder);
});

const run = (...args: readonly string[]) =>
  runCommand(['collection', ...args, '--dir', dir], { cwd: folder });

const objects = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

test('collections are made of SQL in a folder that no server uses', async () => {
  expect(await run('create', '--sql', 'page.sql')).toEqual({
    code: 0,
    stdout: 'Made the collection profiles.\nMade the record API profiles.\n',
    stderr: '',
  });
  const { stdout } = await run('list');
  expect(stdout).toMatch(/^profiles +base +0 records {2}profiles$/m);
  expect(stdout).toMatch(/^_superusers +auth +1 records {2}no record API$/m);
}, 30_000);

test('what cannot be taken is said line by line, and nothing is made', async () => {
  expect(await run('create', '--sql', 'wrong.sql')).toEqual({
    code: 1,
    stdout: '',
    stderr: [
      'Line 1: only CREATE statements are supported, not "DROP".',
      'Line 2: the table "x" has no PRIMARY KEY; add one, such as id INTEGER PRIMARY KEY.',
      'Nothing was made.\n',
    ].join('\n'),
  });
  expect((await run('create', '--sql', 'none.sql')).stderr).toBe('none.sql cannot be read.\n');
  expect((await run('create')).code).toBe(1);
}, 30_000);

test('a running server makes them, and serves them at once', async () => {
  server = await startServer({ dir });
  const made = await run('create', '--sql', 'notes.sql', '--trailbase-config', 'config.textproto', '--json');
  expect(made.stderr).toBe('');
  expect(objects(made.stdout)).toEqual([
    { kind: 'collection', name: 'notes' },
    { kind: 'api', name: 'notes' },
    {
      kind: 'note',
      sentence:
        'The record API "hidden" is left out: it has other access rules than "notes", the first over the same table.',
    },
  ]);
  const response = await fetch(`${server.base}/api/records/v1/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"text":"hello"}',
  });
  expect(await response.json()).toEqual({ ids: ['1'] });
  const listed = objects((await run('list', '--json')).stdout);
  expect(listed).toContainEqual({ name: 'notes', type: 'base', records: 1, apis: ['notes'] });
  const refused = await run('create', '--sql', 'wrong.sql');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toEndWith('Nothing was made.\n');
}, 30_000);

test('the API behind it: superusers only, 200 with the names, 400 with the sentences', async () => {
  const ask = (token: string | undefined, query: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.base}/api/_admin/query`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: JSON.stringify({ query }),
    });
  const sql = 'CREATE TABLE over_http (id INTEGER PRIMARY KEY)';
  const token = await adminToken(server.base);
  expect((await ask(undefined, sql)).status).toBe(403);
  expect((await ask('nonsense', sql)).status).toBe(403);
  const made = await ask(token, sql);
  expect([made.status, await made.json()]).toEqual([
    200,
    { collections: ['over_http'], apis: ['over_http'], notes: [] },
  ]);
  const again = await ask(token, sql);
  expect([again.status, await again.text()]).toEqual([
    400,
    'Line 1: there is a collection "over_http" already.',
  ]);
  expect((await ask(token, 5)).status).toBe(422);
  expect((await ask(token, 'SELECT 1; DROP TABLE users')).status).toBe(400);
}, 30_000);

test('with the cookie of a session, the CSRF token is needed as well', async () => {
  const login = await fetch(`${server.base}/api/auth/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: ADMIN.email, password: ADMIN.password }),
  });
  const session: unknown = await login.json();
  const { auth_token: auth, csrf_token: csrf } = Object(session);
  const url = `${server.base}/api/_admin/record_apis/notes`;
  const cookie = `auth_token=${auth}`;
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(url, { headers });
    return [response.status, response.status === 200 ? '' : await response.text()];
  };
  expect(await ask({ authorization: `Bearer ${auth}` })).toEqual([200, '']);
  expect(await ask({ cookie, 'csrf-token': csrf })).toEqual([200, '']);
  expect(await ask({ cookie })).toEqual([400, 'admin APIs require csrf header']);
  expect(await ask({ cookie, 'csrf-token': 'guess' })).toEqual([400, 'invalid CSRF token']);
  expect(await ask({})).toEqual([403, '']);
  const changed = await fetch(url, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${auth}`, 'content-type': 'application/json' },
    body: '{"listing_hard_limit": 3, "acl_world": [], "acl_authenticated": ["READ"]}',
  });
  expect(await changed.json()).toMatchObject({
    listing_hard_limit: 3,
    rules: { list: "@request.auth.id != ''", create: null },
  });
  expect((await fetch(`${server.base}/api/records/v1/notes`)).status).toBe(403);
  const missing = await fetch(`${url}x`, { headers: { authorization: `Bearer ${auth}` } });
  expect([missing.status, await missing.text()]).toEqual([404, '']);
}, 30_000);
