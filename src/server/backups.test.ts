import { Database } from 'bun:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { at, textAt } from '../../test/support/json.ts';
import { type S3Server, startS3 } from '../../test/support/s3-server.ts';
import {
  ADMIN,
  adminToken,
  FROM_SOURCE,
  removeFolder,
  runCommand,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../../test/support/server.ts';
import { finishRestore } from '../drivers/backups/zip/restore.ts';

let folder: string;
let s3: S3Server;
const servers: TestServer[] = [];

beforeAll(async () => {
  s3 = await startS3();
});
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop('SIGKILL');
  removeFolder(folder);
});
afterAll(() => s3.stop());

type Kind = 'local' | 's3';

/** Files in one storage, backups in another, both beside the data folder. */
function environment(kind: Kind, bucket: string): Record<string, string> {
  return {
    ...storage(kind, 'BUCKET', bucket),
    ...storage(kind, 'CELLAR', 'cellar'),
    DOSSIER_STORAGE_DEFAULT: 'bucket',
    DOSSIER_BACKUPS_STORAGE: 'cellar',
    DOSSIER_BACKUPS_SCHEDULE: '@daily',
    DOSSIER_BACKUPS_KEEP: '1',
  };
}

function storage(kind: Kind, name: string, place: string): Record<string, string> {
  const keys =
    kind === 'local'
      ? { TYPE: 'local', PATH: join(folder, place) }
      : {
          ...{ TYPE: 's3', BUCKET: s3.bucket, ENDPOINT: s3.endpoint, PREFIX: `${place}/` },
          ...{ ACCESS_KEY: s3.accessKey, SECRET_KEY: s3.secretKey },
        };
  if (kind === 'local') mkdirSync(join(folder, place), { recursive: true });
  return Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [`DOSSIER_STORAGES_${name}_${key}`, value]),
  );
}

async function start(dir: string, env: Record<string, string>): Promise<TestServer> {
  const server = await startServer({ dir, env });
  servers.push(server);
  return server;
}

const FILES = 5;
const content = (n: number) => `file ${n} `.repeat(20_000);

async function call(
  server: TestServer,
  token: string,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const response = await fetch(`${server.base}${path}`, {
    ...init,
    headers: { ...init.headers, authorization: token },
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

async function fill(server: TestServer): Promise<void> {
  const token = await adminToken(server.base);
  await call(server, token, '/api/collections', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ name: 'papers', type: 'base', listRule: '', viewRule: '' },
      fields: [
        { name: 'title', type: 'text' },
        { name: 'file', type: 'file', maxSelect: 1 },
      ],
    }),
  });
  for (let n = 0; n < FILES; n++) {
    const form = new FormData();
    form.set('title', String(n));
    form.set('file', new File([content(n)], `paper ${n}.txt`));
    await call(server, token, '/api/collections/papers/records', { method: 'POST', body: form });
  }
}

/** The job's time has passed while no server ran. */
function missBackup(dir: string): void {
  using db = new Database(join(dir, 'data.db'));
  db.run("UPDATE _jobs SET since = 0, started = NULL WHERE name = 'backup'");
}

/** Names of the backups that a superuser sees. */
async function backups(server: TestServer): Promise<readonly string[]> {
  const response = await call(server, await adminToken(server.base), '/api/backups');
  const listed: unknown = await response.json();
  return Array.isArray(listed) ? listed.map((each) => textAt(each, 'key')) : [];
}

async function scheduledBackup(server: TestServer, but: string): Promise<string> {
  const stop = Date.now() + 20_000;
  while (Date.now() < stop) {
    const found = (await backups(server)).find((key) => key.startsWith('dossier_scheduled_') && key !== but);
    if (found) return found;
    await Bun.sleep(100);
  }
  throw new Error(`no scheduled backup: ${server.output()}`);
}

function itemsOf(list: unknown) {
  const items = at(list, 'items');
  if (!Array.isArray(items)) throw new Error(`no records: ${JSON.stringify(list)}`);
  return items.map((item) => ({
    id: textAt(item, 'id'),
    title: textAt(item, 'title'),
    file: textAt(item, 'file'),
  }));
}

/** Every file of every record, by the record's title. */
async function download(server: TestServer): Promise<Record<string, string>> {
  const list = await (await fetch(`${server.base}/api/collections/papers/records`)).json();
  const found: Record<string, string> = {};
  for (const { id, title, file } of itemsOf(list)) {
    found[title] = await (await fetch(`${server.base}/api/files/papers/${id}/${file}`)).text();
  }
  return found;
}

const everything = Object.fromEntries(Array.from({ length: FILES }, (_, n) => [String(n), content(n)]));

test.each<Kind>(['local', 's3'])(
  'a missed backup is made up for into a storage (%s); from there everything comes back, whenever a restore is killed',
  async (kind) => {
    const dir = join(folder, 'first');
    const env = environment(kind, 'bucket');
    const { code, stderr } = await runCommand(
      ['superuser', 'upsert', ADMIN.email, ADMIN.password, '--dir', dir],
      { env },
    );
    expect([code, stderr]).toEqual([0, '']);
    let server = await start(dir, env);
    await fill(server);
    expect(await backups(server)).toEqual([]);
    await server.stop();

    missBackup(dir);
    server = await start(dir, env);
    const older = await scheduledBackup(server, '');
    await server.stop();
    missBackup(dir);
    server = await start(dir, env);
    const name = await scheduledBackup(server, older);
    await server.stop();
    const listed = await runCommand(['backup', 'list', '--dir', dir], { env });
    expect(listed.stdout).toContain(`${name}  (storage "cellar")`);
    // Only one is kept.
    expect(listed.stdout).not.toContain(older);

    const elsewhere = join(folder, 'second');
    const fresh = environment(kind, 'fresh');
    const paths = { dataDir: elsewhere, filesDir: join(elsewhere, 'storage') };
    for (const delay of [250, 350, 450, 550]) {
      const child = Bun.spawn([...FROM_SOURCE, 'backup', 'restore', name, '--dir', elsewhere], {
        ...{ cwd: folder, env: { ...process.env, ...fresh } },
        ...{ stdout: 'ignore', stderr: 'ignore' },
      });
      await Bun.sleep(delay);
      child.kill('SIGKILL');
      await child.exited;
      await finishRestore(paths);
      if (existsSync(join(elsewhere, 'data.db'))) expect(liveFiles(elsewhere)).toBe(FILES);
    }
    const restored = await runCommand(['backup', 'restore', name, '--dir', elsewhere], { env: fresh });
    expect([restored.stderr, restored.code]).toEqual(['', 0]);
    expect(restored.stdout).toContain(
      `Restored ${name} of storage "cellar": the database and ${FILES} files.`,
    );

    server = await start(elsewhere, fresh);
    expect(await download(server)).toEqual(everything);
    // What killed restores had fetched went with the start.
    expect(existsSync(join(elsewhere, 'backups', '.work'))).toBe(false);
    const token = await adminToken(server.base);
    const answer: unknown = await (await call(server, token, '/api/files/token', { method: 'POST' })).json();
    const archive = await call(server, '', `/api/backups/${name}?token=${textAt(answer, 'token')}`, {
      headers: { range: 'bytes=0-1' },
    });
    expect([archive.status, await archive.text()]).toEqual([206, 'PK']);
    await call(server, token, `/api/backups/${name}`, { method: 'DELETE' });
    expect(await backups(server)).toEqual([]);
    await server.stop();
  },
  120_000,
);

function liveFiles(dir: string): number {
  using db = new Database(join(dir, 'data.db'), { readonly: true });
  return db.query<{ n: number }, []>("SELECT count(*) AS n FROM _objects WHERE state = 'live'").get()?.n ?? 0;
}
