import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { failpointNames } from '../src/lib/failpoints.ts';
import { VERSION } from '../src/lib/version.ts';
import { quarters } from './fixtures/images.ts';
import { auditFolder, settledAudit } from './support/audit.ts';
import { binaryPath } from './support/binary.ts';
import { textAt } from './support/json.ts';
import { createLedger, LEDGER_COLLECTION } from './support/ledger.ts';
import { MULTIPART_TYPE, multipart, multipartAround } from './support/multipart.ts';
import { rawConnection } from './support/raw.ts';
import {
  ADMIN,
  adminToken,
  type CommandResult,
  removeFolder,
  type StartOptions,
  startServer,
  type TestServer,
  temporaryFolder,
} from './support/server.ts';

// The binary alone in a folder, with nothing of a home or an environment around it.
const folder = temporaryFolder();
const binary = join(folder, process.platform === 'win32' ? 'dossier.exe' : 'dossier');
const env = {
  HOME: join(folder, 'home'),
  XDG_CACHE_HOME: join(folder, 'cache'),
  XDG_CONFIG_HOME: join(folder, 'config'),
  TMPDIR: join(folder, 'tmp'),
};

beforeAll(async () => {
  for (const dir of Object.values(env)) mkdirSync(dir);
  copyFileSync(await binaryPath(), binary);
}, 180_000);

afterAll(() => removeFolder(folder));

async function dossier(args: readonly string[], extra: Record<string, string> = {}): Promise<CommandResult> {
  const child = Bun.spawn([binary, ...args], {
    cwd: folder,
    env: { ...env, ...extra },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

function start(dir: string, options: StartOptions = {}): Promise<TestServer> {
  return startServer({ command: [binary], dir, bareEnv: true, ...options, env: { ...env, ...options.env } });
}

/** A folder of data with a superuser in it. */
async function withSuperuser(name: string): Promise<string> {
  const dir = join(folder, name);
  const made = await dossier(['superuser', 'upsert', ADMIN.email, ADMIN.password, '--dir', dir]);
  expect(made).toEqual({ code: 0, stdout: `Saved superuser ${ADMIN.email}.\n`, stderr: '' });
  return dir;
}

/** One sentence on stderr, nothing on stdout, exit code 1. */
function expectSentence(result: CommandResult, ...words: readonly string[]): void {
  expect(result.stdout).toBe('');
  expect(result.stderr).toMatch(/^[\w"/][^\n]*\.\n$/);
  for (const word of words) expect(result.stderr).toContain(word);
  expect(result.code).toBe(1);
}

describe('commands', () => {
  test('version prints the version', async () => {
    const { code, stdout } = await dossier(['version']);
    expect(code).toBe(0);
    expect(stdout).toContain(VERSION);
  });

  test('config prints every value with its origin', async () => {
    const { code, stdout } = await dossier(['config', '--http', '127.0.0.1:1234'], {
      DOSSIER_IMAGES_WORKERS: '3',
      MAX_UPLOAD_FILE_SIZE: '7',
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^server\.http +"127\.0\.0\.1:1234" +flag --http$/m);
    expect(stdout).toMatch(/^images\.workers +3 +environment DOSSIER_IMAGES_WORKERS$/m);
    expect(stdout).toMatch(/^server\.max_upload_size +\S+ +environment MAX_UPLOAD_FILE_SIZE$/m);
    expect(stdout).toMatch(/^storage\.type +"local" +default$/m);
  });

  test('--help names the commands', async () => {
    const { code, stdout } = await dossier(['--help']);
    expect(code).toBe(0);
    for (const verb of ['serve', 'superuser', 'backup', 'config', 'version']) expect(stdout).toContain(verb);
  });

  test.each([
    [['serve', '--nope'], ['--nope']],
    [['launch'], ['launch']],
    [
      ['serve', '--http', 'here'],
      ['server.http', '"here"', '--http'],
    ],
    [
      ['serve', '--log-level', 'loud'],
      ['log.level', '"loud"'],
    ],
    [
      ['serve', '--config', 'missing.toml'],
      ['missing.toml', 'does not exist'],
    ],
    [['superuser', 'create', 'no-mail', 'long-enough-secret', '--dir', 'x1'], ['e-mail']],
    [['superuser', 'create', 'a@example.com', 'short', '--dir', 'x1'], ['password']],
    [['superuser', 'delete', 'nobody@example.com', '--dir', 'x1'], ['superuser']],
    [['backup', 'restore', 'missing.zip', '--dir', 'x1'], ['missing.zip']],
    [['backup', 'create', 'Bad Name', '--dir', 'x1'], ['name']],
  ] as const)('%p is answered with one sentence', async (args, words) => {
    expectSentence(await dossier(args), ...words);
  });

  test.each([
    [{ STORAGE_TYPE: 's3' }, ['storage.type', '"s3"', 'STORAGE_TYPE']],
    [
      { DOSSIER_SERVER_IDLE_TIMEOUT: 'long' },
      ['server.idle_timeout', '"long"', 'DOSSIER_SERVER_IDLE_TIMEOUT'],
    ],
  ])('a wrong variable %p names key, value and origin', async (variables, words) => {
    expectSentence(await dossier(['serve'], variables), ...words);
  });

  test('a wrong key in dossier.toml names the file and the nearest key', async () => {
    const file = join(folder, 'wrong.toml');
    writeFileSync(file, '[server]\nhtp = "127.0.0.1:1"\n');
    expectSentence(await dossier(['config', '--config', file]), 'server.htp', file, 'server.http');
  });

  test('a folder that cannot be written', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const dir = join(file, 'x');
    expectSentence(await dossier(['serve', '--http', '127.0.0.1:0', '--dir', dir]), dir, 'cannot be written');
  });
});

describe('a first start', () => {
  test('prints a one-time link; the form makes the superuser; then the link is void', async () => {
    const server = await start(join(folder, 'first'));
    try {
      const link = server.setupLink() ?? '';
      expect(link).toStartWith(`${server.base}/_/`);
      const page = await fetch(link);
      const html = await page.text();
      expect(page.status).toBe(200);
      expect(html).toContain('name="email"');
      expect(html).not.toContain('<script');
      expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");

      const submit = (fields: Record<string, string>) =>
        fetch(link, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
      const { email, password } = ADMIN;
      const mismatch = await submit({ email, password, passwordConfirm: 'another-one-altogether' });
      expect(mismatch.status).toBe(422);
      expect(await mismatch.text()).not.toContain(password);
      // Twice at once: one of them makes the superuser, the other finds the link void.
      const both = [1, 2].map(() => submit({ email, password, passwordConfirm: password }));
      const statuses = (await Promise.all(both)).map(({ status }) => status).sort();
      expect(statuses).toEqual([303, 403]);
      expect(await adminToken(server.base)).toStartWith('ey');

      const second = await submit({ email: 'second@example.com', password, passwordConfirm: password });
      expect(second.status).toBe(403);
      expect((await fetch(link)).status).toBe(403);
      const token = new URL(link).searchParams.get('token') ?? '';
      expect(token.length).toBeGreaterThan(20);
      const lines = server
        .output()
        .split('\n')
        .filter((line) => line.includes('"request"'));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.join('\n')).not.toContain(token);
    } finally {
      expect(await server.stop()).toBe(0);
    }
    const again = await start(join(folder, 'first'));
    expect(again.setupLink()).toBeUndefined();
    expect(await again.stop()).toBe(0);
  });
});

describe('a running server', () => {
  test('keeps everything over a restart, thumbs included', async () => {
    const dir = await withSuperuser('kept');
    let server = await start(dir);
    const made = await upload(server.base, await quarters().png().toBuffer());
    const thumb = `/api/files/things/${made.id}/${made.name}?thumb=100x100`;
    const before = await fetch(server.base + thumb);
    const picture = await before.bytes();
    expect((await sharp(picture).metadata()).width).toBe(100);
    expect(await server.stop()).toBe(0);
    expect(auditFolder(dir)).toEqual([]);

    server = await start(dir);
    const after = await fetch(server.base + thumb);
    expect(after.headers.get('etag')).toBe(before.headers.get('etag') ?? '');
    expect(Buffer.compare(await after.bytes(), picture)).toBe(0);
    expect(await server.stop()).toBe(0);
  });

  test('a second server on its port or in its folder ends with a sentence', async () => {
    const dir = await withSuperuser('mine');
    const server = await start(dir);
    try {
      const { host } = new URL(server.base);
      const onThePort = await dossier(['serve', '--http', host, '--dir', join(folder, 'other')]);
      expectSentence(onThePort, host, 'already in use');
      const inTheFolder = await dossier(['serve', '--http', '127.0.0.1:0', '--dir', dir]);
      expectSentence(inTheFolder, dir, 'in use by another Dossier process');
      const command = await dossier(['superuser', 'upsert', ADMIN.email, ADMIN.password, '--dir', dir]);
      expectSentence(command, dir, 'in use by another Dossier process');
    } finally {
      await server.stop();
    }
  });

  test('SIGTERM lets an upload that is under way finish, and keeps it', async () => {
    const dir = await withSuperuser('drained');
    const server = await start(dir);
    await things(server.base);
    const slow = await slowUpload(server.base);
    const stopped = server.stop('SIGTERM');
    await Bun.sleep(300);
    await expect(fetch(`${server.base}/api/health`)).rejects.toThrow();
    slow.finish();
    const response = await slow.connection.until('"file":"');
    expect(response).toContain('HTTP/1.1 200');
    slow.connection.end();
    expect(await stopped).toBe(0);
    expect(auditFolder(dir)).toEqual([]);
    const name = /"file":"([^"]+)"/.exec(response)?.[1] ?? '';
    expect(name).toStartWith('slow_');
  });

  test('a second signal ends it at once; the next start cleans up', async () => {
    const dir = await withSuperuser('cut');
    const server = await start(dir);
    await things(server.base);
    const slow = await slowUpload(server.base);
    process.kill(server.pid, 'SIGTERM');
    await Bun.sleep(300);
    const started = performance.now();
    expect(await server.stop('SIGINT')).toBe(130);
    expect(performance.now() - started).toBeLessThan(2000);
    slow.connection.end();
    const again = await start(dir);
    expect(await settledAudit(dir)).toEqual([]);
    expect(await again.stop()).toBe(0);
  });

  test('stdout is JSON lines, with tokens and secrets masked', async () => {
    const dir = await withSuperuser('logged');
    const server = await start(dir);
    const token = await adminToken(server.base);
    await fetch(`${server.base}/api/backups/x.zip?token=${token}&a=shown`);
    await fetch(`${server.base}/api/health?password=hunter2secret`, { headers: { authorization: token } });
    expect(await server.stop()).toBe(0);
    const lines = server.output().trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    const requests = lines.map((line) => JSON.parse(line)).filter((line) => line.message === 'request');
    expect(requests.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['POST', '/api/collections/_superusers/auth-with-password', 200],
      ['GET', '/api/backups/x.zip?token=***&a=shown', 403],
      ['GET', '/api/health?password=***', 200],
    ]);
    for (const secret of [token, 'hunter2secret', ADMIN.password])
      expect(server.output()).not.toContain(secret);
  });
});

describe('backups on the command line', () => {
  test('create, list, restore; a broken archive is refused and changes nothing', async () => {
    const dir = await withSuperuser('backed-up');
    let server = await start(dir);
    const kept = await upload(server.base, new TextEncoder().encode('kept'));
    await server.stop();

    const created = await dossier(['backup', 'create', 'good.zip', '--dir', dir]);
    expect(created.stderr).toBe('');
    expect(created.code).toBe(0);
    const listed = await dossier(['backup', 'list', '--dir', dir]);
    expect(listed.stdout).toMatch(/ good\.zip$/m);

    server = await start(dir);
    const later = await upload(server.base, new TextEncoder().encode('later'));
    await server.stop();

    const archive = readFileSync(join(dir, 'backups', 'good.zip'));
    const broken = join(folder, 'broken.zip');
    // Within the database, three times, and within the file of the record.
    const places = [0.25, 0.5, 0.75].map((part) => Math.floor(archive.length * part));
    for (const position of [...places, archive.indexOf('kept')]) {
      expect(position).toBeGreaterThan(0);
      const bytes = Buffer.from(archive);
      bytes[position] = (bytes[position] ?? 0) ^ 0xff;
      writeFileSync(broken, bytes);
      expectSentence(await dossier(['backup', 'restore', broken, '--dir', dir]));
    }
    writeFileSync(broken, archive.subarray(0, archive.length - 500));
    expectSentence(await dossier(['backup', 'restore', broken, '--dir', dir]));
    expect(auditFolder(dir)).toEqual([]);
    server = await start(dir);
    expect(await (await fetch(`${server.base}${later.path}`)).text()).toBe('later');
    await server.stop();

    const restored = await dossier(['backup', 'restore', 'good.zip', '--dir', dir]);
    expect(restored.stderr).toBe('');
    expect(restored.code).toBe(0);
    server = await start(dir);
    expect(await (await fetch(`${server.base}${kept.path}`)).text()).toBe('kept');
    expect((await fetch(`${server.base}${later.path}`)).status).toBe(404);
    expect(await settledAudit(dir)).toEqual([]);
    expect(await server.stop()).toBe(0);
  }, 60_000);
});

describe('backups of a running server', () => {
  test('uploaded and restored elsewhere, every byte is there; the process, its address and its lock stay', async () => {
    const dir = await withSuperuser('giver');
    let server = await start(dir);
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const kept = await upload(server.base, bytes);
    expect((await dossier(['backup', 'create', 'giver.zip', '--dir', dir])).code).toBe(0);
    await server.stop();
    const archive = readFileSync(join(dir, 'backups', 'giver.zip'));

    const taker = await withSuperuser('taker');
    server = await start(taker);
    const own = await upload(server.base, new TextEncoder().encode('own'));
    const token = await adminToken(server.base);
    const form = new FormData();
    form.set('file', new File([archive], 'giver.zip', { type: 'application/zip' }));
    const send = (path: string, body?: FormData) =>
      fetch(`${server.base}/api/backups/${path}`, {
        method: 'POST',
        headers: { authorization: token },
        body,
      });
    expect((await send('upload', form)).status).toBe(204);
    expect(Buffer.compare(readFileSync(join(taker, 'backups', 'giver.zip')), archive)).toBe(0);
    expect((await send('giver.zip/restore')).status).toBe(204);
    const stop = Date.now() + 20_000;
    while (!server.output().includes('"message":"restore.finished"') && Date.now() < stop)
      await Bun.sleep(20);
    while ((await fetch(`${server.base}/api/health`)).status === 503) await Bun.sleep(20);
    const file = await (await fetch(`${server.base}${kept.path}`)).bytes();
    expect(Buffer.compare(file, bytes)).toBe(0);
    expect((await fetch(`${server.base}${own.path}`)).status).toBe(404);
    expectSentence(await dossier(['serve', '--http', '127.0.0.1:0', '--dir', taker]), 'in use');
    const listed = await dossier(['backup', 'list', '--dir', taker]);
    const saved = /dossier_before_restore_\d+\.zip/.exec(listed.stdout)?.[0] ?? '';
    const undone = await dossier(['backup', 'restore', saved, '--dir', taker]);
    expect([undone.stderr, undone.code]).toEqual(['', 0]);
    expect(await (await fetch(`${server.base}${own.path}`)).text()).toBe('own');
    expect(await settledAudit(taker)).toEqual([]);
    expect(await server.stop()).toBe(0);
  }, 90_000);
});

describe('a backup under load', () => {
  test('is whole: restored elsewhere, records and files agree, and writers were not held up', async () => {
    const dir = await withSuperuser('loaded');
    const server = await start(dir);
    const headers = { authorization: await adminToken(server.base), 'content-type': 'application/json' };
    const collections = `${server.base}/api/collections`;
    await fetch(collections, { method: 'POST', headers, body: JSON.stringify(LEDGER_COLLECTION) });
    const ledger = createLedger(Math.random, new Uint8Array(await quarters().png().toBuffer()));
    const done = Promise.withResolvers<void>();
    const working = ledger.work(server.base, done.promise);
    await Bun.sleep(300);
    const before = ledger.acknowledged;
    const body = JSON.stringify({ name: 'loaded.zip' });
    const made = await fetch(`${server.base}/api/backups`, { method: 'POST', headers, body });
    expect(made.status).toBe(204);
    expect(ledger.acknowledged).toBeGreaterThan(before);
    await Bun.sleep(200);
    done.resolve();
    await working;
    expect(await ledger.check(server.base)).toEqual([]);
    expect(await server.stop()).toBe(0);

    const elsewhere = join(folder, 'elsewhere');
    const archive = join(dir, 'backups', 'loaded.zip');
    const restored = await dossier(['backup', 'restore', archive, '--dir', elsewhere]);
    expect([restored.stderr, restored.code]).toEqual(['', 0]);
    const again = await start(elsewhere);
    expect(await settledAudit(elsewhere)).toEqual([]);
    expect(await adminToken(again.base)).toStartWith('ey');
    expect(await again.stop()).toBe(0);
  }, 60_000);
});

describe('the file itself', () => {
  test('has no failpoints', () => {
    const bytes = readFileSync(binary);
    for (const name of failpointNames)
      expect(bytes.includes(`'${name}'`) || bytes.includes(`"${name}"`)).toBe(false);
    expect(bytes.includes('DOSSIER_FAILPOINTS=')).toBe(false);
  }, 60_000);

  test('writes nothing outside its data folder and its cache', () => {
    expect(readdirSync(env.HOME)).toEqual([]);
    expect(readdirSync(env.XDG_CONFIG_HOME)).toEqual([]);
    expect(existsSync(join(folder, 'dossier_data'))).toBe(false);
    expect(readdirSync(env.TMPDIR)).toEqual([]);
  });
});

/** An open collection with one file. Made once for each server's folder. */
async function things(base: string): Promise<void> {
  const headers = { authorization: await adminToken(base), 'content-type': 'application/json' };
  const known = await fetch(`${base}/api/collections/things`, { headers });
  if (known.ok) return;
  const rules = { listRule: '', viewRule: '', createRule: '', deleteRule: '' };
  const body = JSON.stringify({
    name: 'things',
    type: 'base',
    ...rules,
    fields: [{ name: 'file', type: 'file' }],
  });
  const made = await fetch(`${base}/api/collections`, { method: 'POST', headers, body });
  expect(made.status).toBe(200);
}

async function upload(base: string, value: Uint8Array): Promise<{ id: string; name: string; path: string }> {
  await things(base);
  const response = await fetch(`${base}/api/collections/things/records`, {
    method: 'POST',
    headers: { 'content-type': MULTIPART_TYPE },
    body: multipart([{ name: 'file', filename: 'upload.bin', value }]),
  });
  const record: unknown = await response.json();
  const id = textAt(record, 'id');
  const name = textAt(record, 'file');
  return { id, name, path: `/api/files/things/${id}/${name}` };
}

/** An upload of which half has been sent; `finish` sends the rest. */
async function slowUpload(base: string) {
  const connection = await rawConnection(base);
  const { head, tail } = multipartAround('file', 'slow.bin');
  const content = new Uint8Array(200_000).fill(7);
  const length = head.length + content.length + tail.length;
  connection.write(
    `POST /api/collections/things/records HTTP/1.1\r\nHost: ${new URL(base).host}\r\n` +
      `Content-Type: ${MULTIPART_TYPE}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  connection.write(head);
  connection.write(content.subarray(0, 100_000));
  await Bun.sleep(200);
  return {
    connection,
    finish() {
      connection.write(content.subarray(100_000));
      connection.write(tail);
    },
  };
}
