import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigSources, describeOrigin, loadConfig } from './config.ts';
import { variableOf } from './config-key.ts';
import { configTable, keys } from './config-keys.ts';
import { storageKeysOf, storageTypeKey } from './config-storages.ts';
import { OperatorError } from './operator-error.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dossier-config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function withFile(toml: string, sources: ConfigSources = {}) {
  const path = join(dir, `${Bun.hash(toml).toString(36)}.toml`);
  await Bun.write(path, toml);
  return loadConfig({ environment: {}, ...sources, flags: { ...sources.flags, config: path } });
}

const load = (sources: ConfigSources = {}) => loadConfig({ environment: {}, ...sources });

async function refusal(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  }
  return 'nothing was refused';
}

describe('precedence', () => {
  test('flag beats environment beats file beats saved settings beats default', async () => {
    const toml = '[log]\nlevel = "warn"';
    const settings = { 'log.level': 'error' };
    const environment = { DOSSIER_LOG_LEVEL: 'debug' };
    const level = (loaded: ReturnType<typeof loadConfig>) => loaded.config.log.level;
    expect(level(load())).toBe('info');
    expect(level(load({ settings }))).toBe('error');
    expect(level(await withFile(toml, { settings }))).toBe('warn');
    expect(level(await withFile(toml, { settings, environment }))).toBe('debug');
    expect(level(await withFile(toml, { settings, environment, flags: { 'log-level': 'off' } }))).toBe('off');
  });

  test('each value tells where it came from', async () => {
    const loaded = await withFile('[storage]\npath = "files"', {
      environment: { MAX_UPLOAD_FILE_SIZE: '50' },
      flags: { http: ':9000' },
    });
    const origins = new Map(loaded.rows.map((row) => [row.key, describeOrigin(row.origin)]));
    expect(origins.get('server.http')).toBe('flag --http');
    expect(origins.get('server.max_upload_size')).toBe('environment MAX_UPLOAD_FILE_SIZE');
    expect(origins.get('storage.path')).toBe(loaded.file);
    expect(origins.get('log.level')).toBe('default');
    const names = Object.values(keys).map((key) => key.name);
    expect([...origins.keys()].sort()).toEqual([...names, 'storage.type', 'storage.path'].sort());
  });

  test('an empty variable counts as unset', () => {
    expect(load({ environment: { DOSSIER_LOG_LEVEL: '', STORAGE_TYPE: '' } }).config.log.level).toBe('info');
  });
});

describe('the keys of the products whose dialects are spoken', () => {
  test.each([
    [{ MAX_UPLOAD_FILE_SIZE: '50' }, 50 * 1024 ** 2],
    [{ MAX_UPLOAD_FILE_SIZE: '1024' }, 1024 ** 3],
    [{ MAX_UPLOAD_FILE_SIZE: '0' }, undefined],
    [{ DOSSIER_SERVER_MAX_UPLOAD_SIZE: '50', MAX_UPLOAD_FILE_SIZE: '7' }, 50],
  ])('%p', (environment: Record<string, string>, bytes: number | undefined) => {
    expect(load({ environment }).config.server.maxUploadSize).toBe(bytes);
  });

  test('a configuration file as TrailBase documents it', async () => {
    const { config } = await withFile(
      '[server]\nmax_upload_size = "10MB"\n[storage]\ntype = "local"\npath = "./data/files"',
    );
    expect(config.server.maxUploadSize).toBe(10 * 1024 ** 2);
    expect<unknown>(config.storages).toEqual([
      { type: 'local', name: 'local', table: 'storage', path: join(process.cwd(), 'data/files') },
    ]);
  });

  test('the size of a request as TrailBase calls it, in the file and in the environment', async () => {
    const { config } = await withFile('[server]\nrequest_size_limit_bytes = 1000');
    expect(config.server.maxBodySize).toBe(1000);
    const environment = { DOSSIER_SERVER_REQUEST_SIZE_LIMIT_BYTES: '2000' };
    expect(load({ environment }).config.server.maxBodySize).toBe(2000);
    expect(
      (await withFile('[server]\nmax_body_size = 1\nrequest_size_limit_bytes = 2')).config.server.maxBodySize,
    ).toBe(1);
  });

  test('storage variables as Baasix documents them', () => {
    const environment = { STORAGE_TYPE: 'local', STORAGE_LOCAL_ROOT: '/srv/files' };
    expect(load({ environment }).config.storage.path).toBe('/srv/files');
  });
});

describe('values', () => {
  test('files lie in the data folder unless they are told elsewhere', () => {
    const { config } = load({ flags: { dir: '/srv/d' } });
    expect([config.dir, config.storage.path, config.backups.path]).toEqual([
      '/srv/d',
      '/srv/d/storage',
      '/srv/d/backups',
    ]);
  });

  test.each([
    ['127.0.0.1:8090', '127.0.0.1', 8090],
    [':80', '0.0.0.0', 80],
    ['8090', '127.0.0.1', 8090],
    ['[::1]:0', '::1', 0],
    ['localhost:65535', 'localhost', 65535],
  ])('listens on %s', (http, hostname, port) => {
    expect(load({ flags: { http } }).config.server.http).toEqual({ hostname, port });
  });

  test.each([
    '',
    'x',
    '1.2.3:80',
    '300.1.1.1:80',
    'host:65536',
    '::1:80',
    '[zz]:80',
    'a b:80',
    'http://a:80',
  ])('does not listen on "%s"', async (http) => {
    expect(await refusal(() => load({ flags: { http } }))).toMatch(
      /^server\.http cannot be ".*" \(flag --http\)/,
    );
  });

  test.each([
    ['10MB', 10 * 1024 ** 2],
    ['1.5 GiB', 1.5 * 1024 ** 3],
    ['512', 512],
    ['8k', 8192],
  ])('the size %s', (text, bytes) => {
    const environment = { DOSSIER_SERVER_MAX_BODY_SIZE: text };
    expect(load({ environment }).config.server.maxBodySize).toBe(bytes);
  });

  test('lists come from arrays in the file and from commas elsewhere', async () => {
    const toml = '[server]\ncors_origins = ["https://a.example", "http://localhost:5173"]';
    expect((await withFile(toml)).config.server.corsOrigins).toEqual([
      'https://a.example',
      'http://localhost:5173',
    ]);
    const environment = { DOSSIER_SERVER_TRUSTED_PROXIES: '10.0.0.0/8, ::1' };
    expect(load({ environment }).config.server.trustedProxies).toEqual(['10.0.0.0/8', '::1']);
  });

  test.each([
    ['me@example.com', 'me@example.com'],
    ['Photos <me@example.com>', 'Photos <me@example.com>'],
  ])('mail comes from %s', (from, sender) => {
    expect(load({ environment: { DOSSIER_MAIL_FROM: from } }).config.mail.from).toBe(sender);
  });

  test.each([
    'me',
    'me@example.com, you@example.com',
    'A <a@example.com> <b@example.com>',
    'A\r\nBcc: b@example.com <a@example.com>',
    'a"b <a@example.com>',
  ])('mail does not come from %j', async (from) => {
    const message = await refusal(() => load({ environment: { DOSSIER_MAIL_FROM: from } }));
    expect(message).toMatch(/^mail\.from cannot be/);
  });

  test('sign-ins lead to listed addresses and to schemes of apps, not to what runs code', async () => {
    const { config } = load({
      environment: {
        DOSSIER_AUTH_REDIRECT_URIS: 'https://app.example.com/in, myapp://in',
        DOSSIER_AUTH_REDIRECT_SCHEMES: 'MyApp, other://, com.example.app:',
      },
    });
    expect(config.auth.redirectUris).toEqual(['https://app.example.com/in', 'myapp://in']);
    expect(config.auth.redirectSchemes).toEqual(['myapp', 'other', 'com.example.app']);
    for (const scheme of ['javascript', 'https', 'data:', 'FILE', 'a b', '1x', '']) {
      const environment = { DOSSIER_AUTH_REDIRECT_SCHEMES: `x1,${scheme || ' ;'}` };
      expect(await refusal(() => load({ environment }))).toMatch(/^auth\.redirect_schemes cannot be/);
    }
    for (const uri of [
      'javascript:alert(1)',
      'app.example.com',
      'https://me:x@a.example/',
      'https://a.example/#x',
    ]) {
      const environment = { DOSSIER_AUTH_REDIRECT_URIS: uri };
      expect(await refusal(() => load({ environment }))).toMatch(/^auth\.redirect_uris cannot be/);
    }
  });

  test('the password of the mail server is not shown', () => {
    const { rows } = load({ environment: { DOSSIER_MAIL_SMTP_PASSWORD: 'hunter2' } });
    expect(rows.find(({ key }) => key === 'mail.smtp_password')?.value).toBe('********');
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });

  test('the configuration cannot be changed', () => {
    const { config } = load();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.values(config).every((part) => Object.isFrozen(part))).toBe(true);
  });
});

describe('what is wrong is said in one sentence with key, value and origin', () => {
  test.each([
    [{ DOSSIER_LOG_LEVEL: 'loud' }, 'log.level', '"loud"', 'DOSSIER_LOG_LEVEL'],
    [{ MAX_UPLOAD_FILE_SIZE: 'ten' }, 'server.max_upload_size', '"ten"', 'MAX_UPLOAD_FILE_SIZE'],
    [{ MAX_UPLOAD_FILE_SIZE: '-1' }, 'server.max_upload_size', '"-1"', 'MAX_UPLOAD_FILE_SIZE'],
    [{ STORAGE_TYPE: 'ftp' }, 'storage.type', '"ftp"', 'STORAGE_TYPE'],
    [{ DOSSIER_IMAGES_WORKERS: '0' }, 'images.workers', '"0"', 'DOSSIER_IMAGES_WORKERS'],
    [{ DOSSIER_IMAGES_WORKERS: '1e9' }, 'images.workers', '"1e9"', 'DOSSIER_IMAGES_WORKERS'],
    [
      { DOSSIER_SERVER_SHUTDOWN_TIMEOUT: '1h' },
      'server.shutdown_timeout',
      '"1h"',
      'DOSSIER_SERVER_SHUTDOWN_TIMEOUT',
    ],
    [{ DOSSIER_SERVER_TRUSTED_PROXIES: '10.0.0.0/33' }, 'server.trusted_proxies', '"10.0.0.0/33"', 'PROXIES'],
    [{ DOSSIER_SERVER_CORS_ORIGINS: 'a.example' }, 'server.cors_origins', '"a.example"', 'ORIGINS'],
    [{ DOSSIER_SERVER_PUBLIC_URL: 'ftp://a' }, 'server.public_url', '"ftp://a"', 'PUBLIC_URL'],
    [{ DOSSIER_DATABASE_SYNCHRONOUS: 'off' }, 'database.synchronous', '"off"', 'SYNCHRONOUS'],
  ])('%p', async (environment: Record<string, string>, key: string, value: string, variable: string) => {
    const message = await refusal(() => load({ environment }));
    for (const part of [key, value, variable]) expect(message).toContain(part);
    expect(message).toMatch(/^[^\n]+\.$/);
  });

  test('a wrong type in the file', async () => {
    const message = await refusal(() => withFile('[server]\nhttp = true'));
    expect(message).toMatch(/^server\.http cannot be true \(.*\.toml\); expected an address/);
  });

  test('an unknown key, with the nearest known one', async () => {
    expect(await refusal(() => withFile('[server]\nmax_uplaod_size = "1MB"'))).toMatch(
      /^There is no key "server\.max_uplaod_size" \(in .*\); the nearest is "server\.max_upload_size"\.$/,
    );
  });

  test('a file that is no TOML', async () => {
    expect(await refusal(() => withFile('[server\nhttp = '))).toMatch(
      /^The configuration file .* is not valid TOML: [^\n]*\.$/,
    );
  });

  test('a file that was asked for and does not exist', async () => {
    const flags = { config: join(dir, 'missing.toml') };
    expect(await refusal(() => load({ flags }))).toMatch(/missing\.toml does not exist\.$/);
  });
});

test('every key has its variable and a line in the table', () => {
  const table = configTable();
  for (const key of [...Object.values(keys), storageTypeKey('storage'), ...storageKeysOf('storage')]) {
    expect(table).toContain(`| \`${key.name}\` |`);
    expect(table).toContain(`\`${variableOf(key.name)}\``);
  }
});

describe('what is secret', () => {
  const shown = (toml: string) => refusal(() => withFile(toml));

  test('is not told of a file that is wrong, nor of an address with a password', async () => {
    const unquoted = await shown('[storage]\nsecret_key = hunter2');
    expect(unquoted).toEndWith('is not valid TOML: TOML Parse error: Strings must be quoted.');
    const address = await shown(
      '[storage]\ntype = "s3"\nbucket = "abc"\nendpoint = "https://me:hunter2@host"',
    );
    expect(address).toContain('"https://********@host"');
    expect(address).not.toContain('hunter2');
  });

  test('is a key file that is given in base64, too', async () => {
    const key = btoa(JSON.stringify({ type: 'service_account', private_key: 'x'.repeat(200) }));
    const { rows } = await withFile(
      `[storage]\ntype = "gcs"\nbucket = "abc"\nservice_account_key = "${key}"`,
    );
    expect(rows.find((row) => row.key === 'storage.service_account_key')?.value).toBe('********');
  });
});

test('a date is not passed over, but refused like any other value of the wrong kind', async () => {
  expect(await refusal(() => withFile('[storage]\ntype = "s3"\nbucket = 2020-01-01'))).toContain(
    'storage.bucket cannot be "2020-01-01"',
  );
});

test('a path with a NUL is refused', async () => {
  expect(await refusal(() => withFile('dir = "a\\u0000b"'))).toContain('expected a text');
});

test('a key of any length is refused at once', async () => {
  const started = performance.now();
  expect(await refusal(() => withFile(`${'x'.repeat(300_000)} = 1`))).toContain('There is no key "xxx');
  expect(performance.now() - started).toBeLessThan(1000);
});
