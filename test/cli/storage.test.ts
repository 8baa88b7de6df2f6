import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryPath } from '../support/binary.ts';
import { type S3Server, startS3 } from '../support/s3-server.ts';
import {
  adminToken,
  makeSuperuser,
  removeFolder,
  runCommand,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

const folder = temporaryFolder();
const dir = join(folder, 'data');
let command: string[];
let s3: S3Server;
let server: TestServer | undefined;
let config: string;
let names: string[];

/** A data folder with a local default storage and a bucket beside it. */
beforeAll(async () => {
  command = [await binaryPath()];
  s3 = await startS3();
  config = join(folder, 'dossier.toml');
  writeFileSync(config, bucket('photos'));
  await makeSuperuser(dir, command);
  server = await startServer({ command, dir, args: ['--config', config] });
  names = await uploadFiles(server.base, 5);
}, 240_000);
afterAll(async () => {
  await server?.stop();
  await s3.stop();
  removeFolder(folder);
});

function bucket(name: string): string {
  const { endpoint, accessKey, secretKey } = s3;
  return `[storages.${name}]\ntype = "s3"\nbucket = "${s3.bucket}"\nendpoint = "${endpoint}"\naccess_key = "${accessKey}"\nsecret_key = "${secretKey}"\n`;
}

const run = (...args: string[]) => runCommand([...args, '--dir', dir, '--config', config], { command });

function aLiveKey(): string {
  const db = new Database(join(dir, 'data.db'), { readonly: true });
  try {
    const live = "SELECT key FROM _objects WHERE state = 'live'";
    return db.query<{ key: string }, []>(live).get()?.key ?? '';
  } finally {
    db.close();
  }
}

let record = '';

async function uploadFiles(base: string, count: number): Promise<string[]> {
  const headers = { authorization: await adminToken(base) };
  const fields = [{ name: 'files', type: 'file', maxSelect: 99 }];
  await fetch(`${base}/api/collections`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'films', type: 'base', viewRule: '', fields }),
  });
  const form = new FormData();
  for (let n = 0; n < count; n++) form.append('files', new File([`film ${n}`], `film-${n}.txt`));
  const made = await fetch(`${base}/api/collections/films/records`, { method: 'POST', headers, body: form });
  const body: unknown = await made.json();
  if (
    typeof body !== 'object' ||
    body === null ||
    !('files' in body) ||
    !Array.isArray(body.files) ||
    !('id' in body)
  )
    throw new Error(`no record: ${made.status}`);
  record = String(body.id);
  return body.files.map(String);
}

async function contents(): Promise<string[]> {
  const texts = names.map(async (name) =>
    (await fetch(`${server?.base}/api/files/films/${record}/${name}`)).text(),
  );
  return (await Promise.all(texts)).sort();
}

const FILMS = [0, 1, 2, 3, 4].map((n) => `film ${n}`);

describe('while the server runs', () => {
  test('storage list', async () => {
    const { code, stdout, stderr } = await run('storage', 'list');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\* local +local +5 files +30 bytes\n {2}photos +s3 +0 files +0 bytes\n$/);
  });

  test('storage test goes through every step of a bucket', async () => {
    const { code, stdout, stderr } = await run('storage', 'test', 'photos');
    expect([code, stderr]).toEqual([0, '']);
    const steps = [...stdout.matchAll(/^ok +(\w+) +[\d.]+ ms$/gm)].map((match) => match[1]);
    expect(steps).toEqual(['reach', 'write', 'head', 'read', 'range', 'list', 'copy', 'large', 'remove']);
  }, 30_000);

  test('storage verify, as lines and as JSON', async () => {
    const plain = await run('storage', 'verify');
    expect(plain).toEqual({ code: 0, stdout: 'Checked 5 files, 30 bytes: all is well.\n', stderr: '' });
    const json = await run('storage', 'verify', 'local', '--quick', '--json');
    const last: unknown = JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '');
    expect(last).toEqual({ kind: 'summary', objects: 5, bytes: 30, findings: 0 });
  });

  test('storage migrate moves the files to the bucket, and they are served from there', async () => {
    const { code, stdout, stderr } = await run('storage', 'migrate', '--to', 'photos');
    expect([code, stderr, stdout]).toEqual([0, '', 'Moved 5 files, 30 bytes.\n']);
    expect(await contents()).toEqual(FILMS);
    const again = await run('storage', 'migrate', '--to', 'photos');
    expect(again.stdout).toBe('Moved 0 files, 0 bytes.\n');
  }, 30_000);

  test('storage gc puts what nothing knows aside', async () => {
    const { code, stdout } = await run('storage', 'gc', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Would have put 0 files in quarantine and erased 0; 0 wait there\.$/m);
  }, 30_000);

  test('storage deletions', async () => {
    expect((await run('storage', 'deletions', 'list')).code).toBe(0);
    const retried = await run('storage', 'deletions', 'retry');
    expect(retried).toEqual({ code: 0, stdout: '0 will be tried again.\n', stderr: '' });
  });

  test('backup create and list', async () => {
    const made = await run('backup', 'create', 'while-serving.zip');
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect((await run('backup', 'list')).stdout).toContain('while-serving.zip');
  }, 30_000);

  test.each<[string[], string]>([
    [
      ['storage', 'verify', 'nowhere'],
      'There is no storage of that name; "dossier storage list" names them.',
    ],
    [
      ['storage', 'migrate', '--to', 'nowhere'],
      'There is no storage of that name; "dossier storage list" names them.',
    ],
    [['storage', 'migrate'], "Required option '--to <name>' not specified."],
    [
      ['storage', 'gc', '--keep-days', 'soon'],
      '--keep-days cannot be "soon"; expected a whole number of days.',
    ],
    [
      ['storage', 'claim', 'photos'],
      'Whoever else uses the storage "photos" must not do so any more; say so with "dossier storage claim photos --yes".',
    ],
    [['storage', 'claim', 'photos', '--yes'], `The data folder ${dir} is in use by another Dossier process.`],
  ])('%p is refused', async (args, sentence) => {
    expect(await run(...args)).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` });
  });

  test('nothing of the control channel is on the public port', async () => {
    const { token } = JSON.parse(await Bun.file(join(dir, 'control.json')).text());
    for (const name of ['storage.list', 'storage.verify', 'backup.create']) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${server?.base}/${name}`, { method: 'POST', headers, body: '{}' });
      expect(answer.status).toBe(404);
    }
    expect(server?.output()).not.toContain(token);
  });
});

describe('without a server', () => {
  beforeAll(async () => {
    await server?.stop();
    server = undefined;
  });

  test('the commands do the work themselves, and damage is exit code 1', async () => {
    expect((await run('storage', 'migrate', '--to', 'local')).stdout).toBe('Moved 5 files, 30 bytes.\n');
    const key = aLiveKey();
    rmSync(join(dir, 'storage', 'objects', key.slice(0, 2), key));
    const { code, stdout, stderr } = await run('storage', 'verify');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^missing +local +\S+ +\w+\/\w+ +"film-\d\.txt"\n/);
    expect(stdout).toContain('Checked 5 files');
    expect(stderr).toEndWith('The stored files do not agree with the catalogue: 1 problem.\n');
  }, 60_000);

  test('a control.json that a killed server left is harmless', async () => {
    const killed = await startServer({ command, dir, args: ['--config', config] });
    await killed.stop('SIGKILL');
    expect(await Bun.file(join(dir, 'control.json')).exists()).toBe(true);
    expect((await run('storage', 'list')).code).toBe(0);
    expect(await Bun.file(join(dir, 'control.json')).exists()).toBe(false);
  }, 30_000);

  test('a bucket of another server is refused at the start, until it is claimed', async () => {
    const other = join(folder, 'other');
    const at = (...args: string[]) => runCommand([...args, '--dir', other, '--config', config], { command });
    const refused = await at('storage', 'list');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(
      /^storages\.photos\.bucket is "dossier-test" \(\S+\), but it belongs to another Dossier server; give the storage "photos" another storages\.photos\.prefix, or take it over with "dossier storage claim photos --yes"\.\n$/,
    );
    expect((await at('storage', 'claim', 'photos', '--yes')).stdout).toBe(
      'The storage "photos" belongs to this server now.\n',
    );
    expect((await at('storage', 'list')).code).toBe(0);
    expect((await run('storage', 'list')).code).toBe(1);
  }, 30_000);

  test.each([
    ['bucket = "nowhere"', /^storages\.photos\.bucket is "nowhere" \(.*\), but there is no such bucket/],
    [
      'access_key = "WRONG"',
      /^storages\.photos\.access_key is \*{8} \(.*\), but the service refused the credentials\.\n$/,
    ],
    [
      'endpoint = "http://127.0.0.1:1"',
      /^storages\.photos\.endpoint is "http:\/\/127\.0\.0\.1:1" \(.*\), but nothing answers there\.\n$/,
    ],
  ])(
    '%s',
    async (line, sentence) => {
      const key = line.split(' ')[0] ?? '';
      const wrong = join(folder, `${key}.toml`);
      writeFileSync(wrong, bucket('photos').replace(new RegExp(`^${key} = .*$`, 'm'), line));
      const fresh = join(folder, `fresh-${key}`);
      const { code, stderr } = await runCommand(
        ['serve', '--http', '127.0.0.1:0', '--dir', fresh, '--config', wrong],
        { command },
      );
      expect(stderr).toMatch(sentence);
      expect(code).toBe(1);
    },
    30_000,
  );
});
