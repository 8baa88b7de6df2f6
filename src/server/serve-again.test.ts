import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ZipFile } from 'yazl';
import { auditFolder, settledAudit } from '../../test/support/audit.ts';
import { at, textAt } from '../../test/support/json.ts';
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
import { FILMS, fileOf, numberedBytes, uploadByTus } from '../../test/support/tus.ts';

let folder: string;
let dir: string;
let server: TestServer;
let token: string;

beforeEach(async () => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
  mkdirSync(dir, { recursive: true });
  await makeSuperuser(dir);
  server = await startServer({ dir });
  token = await adminToken(server.base);
  await ok('POST', '/api/collections', {
    ...{ name: 'papers', type: 'base', listRule: '', viewRule: '' },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'file', type: 'file', maxSelect: 1 },
    ],
  });
  await add('kept');
}, 20_000);
afterEach(async () => {
  await server.stop('SIGKILL');
  removeFolder(folder);
});

async function call(method: string, path: string, body?: object): Promise<Response> {
  const isForm = body instanceof FormData;
  return fetch(server.base + path, {
    method,
    headers: { authorization: token, ...(isForm ? {} : { 'content-type': 'application/json' }) },
    body: isForm ? body : body && JSON.stringify(body),
  });
}

async function ok(method: string, path: string, body?: object): Promise<Response> {
  const response = await call(method, path, body);
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

const content = (title: string) => `what ${title} says `.repeat(30_000);

async function add(title: string): Promise<void> {
  const form = new FormData();
  form.set('title', title);
  form.set('file', new File([content(title)], `${title}.txt`));
  await ok('POST', '/api/collections/papers/records', form);
}

/** Every file of every record, by title. */
async function papers(): Promise<Record<string, string>> {
  const list: unknown = await (await fetch(`${server.base}/api/collections/papers/records`)).json();
  const items = at(list, 'items');
  const found: Record<string, string> = {};
  for (const item of Array.isArray(items) ? items : []) {
    const file = await fetch(`${server.base}/api/files/papers/${textAt(item, 'id')}/${textAt(item, 'file')}`);
    found[textAt(item, 'title')] = await file.text();
  }
  return found;
}

/** A backup as an admin downloads it. */
async function downloaded(key: string): Promise<File> {
  const made: unknown = await (await ok('POST', '/api/files/token')).json();
  const archive = await fetch(`${server.base}/api/backups/${key}?token=${textAt(made, 'token')}`);
  return new File([await archive.bytes()], 'uploaded.zip', { type: 'application/zip' });
}

function upload(file: File): Promise<Response> {
  const form = new FormData();
  form.set('file', file);
  return call('POST', '/api/backups/upload', form);
}

/** Resolves when the log has so many lines with this message. */
async function logged(message: string, times = 1): Promise<void> {
  const stop = Date.now() + 20_000;
  while (server.output().split(`"message":"${message}"`).length <= times) {
    if (Date.now() > stop) throw new Error(`no ${message}: ${server.output()}`);
    await Bun.sleep(20);
  }
}

/** Resolves with the first answer of the server's health that is not 503; what was refused said when to come back. */
async function back(): Promise<void> {
  for (;;) {
    const { status, headers } = await fetch(`${server.base}/api/health`);
    if (status === 200) return;
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    await Bun.sleep(10);
  }
}

async function keys(): Promise<string[]> {
  const listed: unknown = await (await ok('GET', '/api/backups')).json();
  return Array.isArray(listed) ? listed.map((each) => textAt(each, 'key')).sort() : [];
}

test('a backup that was downloaded is uploaded and restored while the server runs, and the restore undone', async () => {
  await ok('POST', '/api/backups', { name: 'first.zip' });
  const archive = await downloaded('first.zip');
  await ok('DELETE', '/api/backups/first.zip');
  await add('later');
  expect((await upload(archive)).status).toBe(204);
  expect((await upload(archive)).status).toBe(400);
  const stream = await fetch(`${server.base}/api/realtime`);

  expect((await ok('POST', '/api/backups/uploaded.zip/restore')).status).toBe(204);
  const again = await call('POST', '/api/backups/uploaded.zip/restore');
  expect([again.status, await again.text()]).toEqual([
    400,
    expect.stringContaining('another backup/restore'),
  ]);
  expect((await call('POST', '/api/backups', {})).status).toBe(400);
  expect(await stream.text()).toContain('PB_CONNECT');
  await logged('restore.finished');
  await back();
  expect(await papers()).toEqual({ kept: content('kept') });

  // The session is of the restored state; the port, the lock and the control channel go on.
  token = await adminToken(server.base);
  const saved = (await keys()).find((key) => key.startsWith('dossier_before_restore_')) ?? '';
  expect(await keys()).toEqual([saved, 'uploaded.zip']);
  const held = await runCommand(['serve', '--http', '127.0.0.1:0', '--dir', dir]);
  expect([held.code, held.stderr]).toEqual([1, expect.stringContaining('in use')]);
  const listed = await runCommand(['backup', 'list', '--dir', dir]);
  expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining(saved)]);

  await ok('POST', `/api/backups/${saved}/restore`);
  await logged('restore.finished', 2);
  await back();
  expect(await papers()).toEqual({ kept: content('kept'), later: content('later') });
  expect(auditFolder(dir)).toEqual([]);
  expect(await server.stop()).toBe(0);
}, 60_000);

test('what is no backup is not restored, and neither uploaded nor restored by others', async () => {
  for (const [file, code] of [
    [new File(['a story'], 'story.zip'), 'validation_invalid_mime_type'],
    [new File(['PK\x03\x04 and no more'], 'cut.zip'), 'validation_invalid_backup'],
    [new File(['PK'], 'a b.zip'), 'validation_match_invalid'],
    [new File(['PK'], 'Upper.zip'), 'validation_match_invalid'],
  ] as const) {
    const answer = await upload(file);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(code)]);
  }
  for (const key of ['none.zip', '..%2fdata.db', '..%2f..%2fdata.db.zip'])
    expect((await call('POST', `/api/backups/${key}/restore`)).status).toBe(400);
  expect(await keys()).toEqual([]);
  expect(readdirSync(join(dir, 'backups', '.work'))).toEqual([]);
  token = '';
  expect((await upload(new File(['PK'], 'a.zip'))).status).toBe(401);
  expect((await call('POST', '/api/backups/a.zip/restore')).status).toBe(401);
  expect((await fetch(`${server.base}/api/health`)).status).toBe(200);
}, 60_000);

test('the command line has a running server restore: a backup of its own, and an archive from elsewhere', async () => {
  await ok('POST', '/api/backups', { name: 'first.zip' });
  const elsewhere = join(folder, 'elsewhere.zip');
  await Bun.write(elsewhere, await downloaded('first.zip'));
  for (const given of ['first.zip', elsewhere]) {
    await add('later');
    const { code, stdout, stderr } = await runCommand(['backup', 'restore', given, '--dir', dir]);
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toMatch(
      /^Restored .*\.zip; the server is back\. What was before is in dossier_before_restore_/m,
    );
    expect(await papers()).toEqual({ kept: content('kept') });
    token = await adminToken(server.base);
  }
  expect(await keys()).toContain('elsewhere.zip');
  await Bun.write(elsewhere, 'a story');
  for (const [given, words] of [
    ['none.zip', 'There is no such backup.'],
    [elsewhere, 'The name is that of another backup.'],
  ] as const) {
    const { code, stderr } = await runCommand(['backup', 'restore', given, '--dir', dir]);
    expect([code, stderr]).toEqual([1, `${words}\n`]);
  }
  expect((await fetch(`${server.base}/api/health`)).status).toBe(200);
}, 60_000);

test('a resumable upload that is open meanwhile comes to its end, with the bytes that it was sent', async () => {
  await ok('POST', '/api/collections', FILMS);
  const data = numberedBytes(12_000_000, 1);
  let restored: Promise<unknown> | undefined;
  const uploaded = await uploadByTus(server.base, data, {
    chunkSize: 500_000,
    onChunkComplete(_size, sent) {
      if (sent < 3_000_000) return;
      restored ??= ok('POST', '/api/backups', { name: 'open.zip' }).then(() =>
        ok('POST', '/api/backups/open.zip/restore'),
      );
    },
    onBeforeRequest: async () => {
      if (restored) await Bun.sleep(300);
    },
  });
  await restored;
  expect(server.output()).toContain('"message":"restore.finished"');
  expect(Buffer.compare(await fileOf(server.base, uploaded.record), data)).toBe(0);
  expect(await settledAudit(dir)).toEqual([]);
}, 60_000);

test.each([
  ['restore.extracted', 'nothing was changed: failpoint restore.extracted', ['kept', 'later']],
  ['restore.done', '', ['kept']],
])(
  'a restore that fails at %s is told, and the server goes on with what is whole',
  async (point, problem, titles) => {
    await ok('POST', '/api/backups', { name: 'first.zip' });
    await add('later');
    await server.stop();
    server = await startServer({ dir, env: { DOSSIER_FAILPOINTS: `${point}=error` } });
    token = await adminToken(server.base);
    await ok('POST', '/api/backups/first.zip/restore');
    await logged('restore.failed');
    await back();
    expect(Object.keys(await papers()).sort()).toEqual(titles);
    const body = new URLSearchParams(ADMIN);
    const login = await fetch(`${server.base}/_/login`, { method: 'POST', body, redirect: 'manual' });
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const page = await (await fetch(`${server.base}/_/operations/backups`, { headers: { cookie } })).text();
    expect(page).toContain(problem === '' ? 'first.zip was restored:' : problem);
    expect(auditFolder(dir)).toEqual([]);
  },
  60_000,
);

/** A backup that is whole as far as anybody can tell who does not open it. */
async function unopenable(): Promise<File> {
  const damaged = join(folder, 'damaged');
  const base = await startServer({ dir: damaged });
  await base.stop();
  const database = new Database(join(damaged, 'data.db'));
  database.run("UPDATE _collections SET fields = 'a story'");
  database.run('PRAGMA journal_mode = DELETE');
  database.close();
  const zip = new ZipFile();
  zip.addBuffer(
    Buffer.from(JSON.stringify({ format: 'dossier-backup', version: 1, created: '' })),
    'manifest.json',
  );
  zip.addBuffer(readFileSync(join(damaged, 'data.db')), 'data.db');
  zip.end();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of zip.outputStream) chunks.push(new Uint8Array(Buffer.from(chunk)));
  return new File(chunks, 'unopenable.zip');
}

test('when what was restored cannot be opened, what was before comes back, and the reason is told', async () => {
  expect((await upload(await unopenable())).status).toBe(204);
  await add('later');
  await ok('POST', '/api/backups/unopenable.zip/restore');
  await logged('restore.failed');
  await back();
  expect(await papers()).toEqual({ kept: content('kept'), later: content('later') });
  // It is the state itself, not a backup of it: the session goes on.
  expect(await keys()).toContain('unopenable.zip');
  const { code, stderr } = await runCommand(['backup', 'restore', 'unopenable.zip', '--dir', dir]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('The restored state cannot be opened: ')]);
  expect(await papers()).toEqual({ kept: content('kept'), later: content('later') });
  expect(await server.stop()).toBe(0);
  expect(auditFolder(dir)).toEqual([]);
  expect(readdirSync(dir).filter((name) => name.includes('restore'))).toEqual([]);
}, 60_000);

test(`a request that does not end is cut, and the address kept; ${ADMIN.email} signs in again`, async () => {
  await server.stop();
  server = await startServer({ dir, env: { DOSSIER_SERVER_SHUTDOWN_TIMEOUT: '1' } });
  token = await adminToken(server.base);
  await ok('POST', '/api/backups', { name: 'first.zip' });
  const endless = new ReadableStream({
    async pull(controller) {
      await Bun.sleep(50);
      controller.enqueue(new Uint8Array(50_000));
    },
  });
  const form = { 'content-type': 'multipart/form-data; boundary=b', authorization: token };
  const uploading = fetch(`${server.base}/api/collections/papers/records`, {
    ...{ method: 'POST', headers: form, body: endless },
  }).then(
    ({ status }) => status,
    () => 0,
  );
  await ok('POST', '/api/backups/first.zip/restore');
  await logged('requests cut');
  expect(await uploading).not.toBe(200);
  await logged('restore.finished');
  await back();
  token = await adminToken(server.base);
  expect(await papers()).toEqual({ kept: content('kept') });
  expect(await server.stop()).toBe(0);
}, 60_000);
