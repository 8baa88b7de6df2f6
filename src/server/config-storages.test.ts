import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describeOrigin, loadConfig } from './config.ts';
import { OperatorError } from './operator-error.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dossier-config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function load(toml: string, environment: Record<string, string> = {}) {
  const config = join(dir, `${Bun.hash(toml).toString(36)}.toml`);
  writeFileSync(config, toml);
  return loadConfig({ environment, flags: { config, dir: '/srv/d' } });
}

function refusal(toml: string, environment: Record<string, string> = {}): string {
  try {
    load(toml, environment);
  } catch (error) {
    if (error instanceof OperatorError) return error.message.replaceAll(/[^\s(]*\/\w+\.toml/g, 'FILE');
    throw error;
  }
  return 'nothing was refused';
}

const S3 = '[storage]\ntype = "s3"\nbucket = "photos"\naccess_key = "ID"\nsecret_key = "SECRET"\n';
const LOCAL = { type: 'local', name: 'local', table: 'storages.local', path: '/srv/d/storage' } as const;
const AWS = {
  ...{ type: 's3', name: 's3', table: 'storage', bucket: 'photos', region: 'us-east-1' },
  ...{ accessKey: 'ID', secretKey: 'SECRET', sessionToken: undefined, endpoint: undefined },
  ...{ forcePathStyle: false, prefix: '' },
} as const;

describe('one storage, as the documents of TrailBase and Baasix have it', () => {
  test('S3', () => {
    const { config } = load(`${S3}region = "us-west-2"`);
    expect<unknown>(config.storages).toEqual([{ ...AWS, region: 'us-west-2' }, LOCAL]);
    expect(config.defaultStorage).toBe('s3');
  });

  test('Google Cloud Storage', () => {
    const toml = '[storage]\ntype = "gcs"\nbucket = "photos"\nservice_account_key = "/path/to/key.json"';
    expect<unknown>(load(toml).config.storages[0]).toEqual({
      ...{ type: 'gcs', name: 'gcs', table: 'storage', bucket: 'photos' },
      ...{ serviceAccountKey: '/path/to/key.json', endpoint: undefined, prefix: '' },
    });
  });

  test('Azure Blob Storage', () => {
    const toml = '[storage]\ntype = "azure"\naccount = "mine"\ncontainer = "my-container"\naccess_key = "K"';
    expect<unknown>(load(toml).config.storages[0]).toEqual({
      ...{ type: 'azure', name: 'azure', table: 'storage', account: 'mine', container: 'my-container' },
      ...{ accessKey: 'K', endpoint: undefined, prefix: '' },
    });
  });

  test('the variables of S3', () => {
    const environment = {
      ...{ STORAGE_TYPE: 'S3', STORAGE_S3_BUCKET: 'photos', STORAGE_S3_REGION: 'auto' },
      ...{ STORAGE_S3_ACCESS_KEY: 'ID', STORAGE_S3_SECRET_KEY: 'SECRET' },
      STORAGE_S3_ENDPOINT: 'http://127.0.0.1:9000/',
    };
    const expected = { ...AWS, region: 'auto', endpoint: 'http://127.0.0.1:9000', forcePathStyle: true };
    expect<unknown>(load('', environment).config.storages[0]).toEqual(expected);
  });

  test('variables of another type than the chosen one count for nothing', () => {
    const environment = { STORAGE_TYPE: 'LOCAL', STORAGE_S3_BUCKET: 'photos', STORAGE_LOCAL_ROOT: '/srv/f' };
    expect<unknown>(load('', environment).config.storages).toEqual([
      { ...LOCAL, table: 'storage', path: '/srv/f' },
    ]);
  });

  test('files of the folder stay readable when the storage becomes a bucket', () => {
    const { config } = load(S3, { STORAGE_LOCAL_ROOT: '/srv/f' });
    expect(config.storages.map(({ name }) => name)).toEqual(['s3', 'local']);
    expect(config.storage.path).toBe('/srv/f');
  });
});

describe('several storages', () => {
  test('by tables', () => {
    const { config } = load(`[storage]
default = "archive"
[storages.archive]
type = "s3"
bucket = "old"
access_key = "ID"
secret_key = "SECRET"
prefix = "/dossier//a"
[storages.disk-2]
type = "local"
path = "/mnt/2"
`);
    expect(config.storages.map(({ name, type }) => [name, type])).toEqual([
      ['local', 'local'],
      ['archive', 's3'],
      ['disk-2', 'local'],
    ]);
    expect(config.storages[1]).toMatchObject({ prefix: 'dossier/a/', table: 'storages.archive' });
    expect(config.defaultStorage).toBe('archive');
  });

  test('by variables alone, and with variables for keys of a table', () => {
    const environment = {
      ...{ DOSSIER_STORAGES_ARCHIVE_TYPE: 'local', DOSSIER_STORAGES_ARCHIVE_PATH: '/mnt/a' },
      DOSSIER_STORAGES_DISK_2_PATH: '/mnt/other',
    };
    const { config } = load('[storages.disk-2]\ntype = "local"\npath = "/mnt/2"', environment);
    expect(config.storages.map((storage) => [storage.name, 'path' in storage && storage.path])).toEqual([
      ['local', '/srv/d/storage'],
      ['archive', '/mnt/a'],
      ['disk-2', '/mnt/other'],
    ]);
  });

  test('every name that may be written in the file can be configured by variables', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,31}$/).filter((each) => each !== 'local');
    fc.assert(
      fc.property(name, (each) => {
        const spelled = each.toUpperCase().replaceAll('-', '_');
        const environment = {
          [`DOSSIER_STORAGES_${spelled}_TYPE`]: 'gcs',
          [`DOSSIER_STORAGES_${spelled}_BUCKET`]: 'photos',
          [`DOSSIER_STORAGES_${spelled}_SERVICE_ACCOUNT_KEY`]: '/key.json',
        };
        const found = load('', environment).config.storages;
        expect(found.map((storage) => storage.name)).toEqual(['local', each.replaceAll('-', '_')]);
        const tabled = load(`[storages.${each}]\ntype = "gcs"`, environment).config.storages;
        expect(tabled.map((storage) => storage.name)).toEqual(['local', each]);
      }),
      { numRuns: 50 },
    );
  });

  test('variables of container platforms that look alike are no storages', () => {
    const environment = { DOSSIER_STORAGES_PORT: 'tcp://10.0.0.1:80', DOSSIER_STORAGES_X_PORT_80_TCP: 'tcp' };
    expect<unknown>(load('', environment).config.storages).toHaveLength(1);
  });
});

describe('secrets are masked', () => {
  const shown = (toml: string) => JSON.stringify(load(toml).rows);

  test('keys of S3 and Azure', () => {
    expect(shown(`${S3}session_token = "TOKEN"`)).not.toMatch(/"ID|SECRET|TOKEN/);
    const azure = '[storage]\ntype = "azure"\naccount = "mine"\ncontainer = "files"\naccess_key = "PSST"';
    expect(shown(azure)).not.toContain('PSST');
    expect(shown(azure)).toContain('"\\"mine\\""');
  });

  test('a key of Google as JSON, but not its path', () => {
    const gcs = (key: string) => `[storage]\ntype = "gcs"\nbucket = "photos"\nservice_account_key = '${key}'`;
    expect(shown(gcs(' {"private_key":"PSST"}'))).not.toContain('PSST');
    expect(shown(gcs('/key.json'))).toContain('/key.json');
  });

  test('also when something else is wrong with them', () => {
    const message = refusal('[storage]\naccess_key = "PSST"');
    expect(message).toContain('storage.access_key');
    expect(message).not.toContain('PSST');
    expect(refusal('[storage]\ntype = "s3"\nbucket = "photos"\naccess_key = 1234567')).not.toContain(
      '1234567',
    );
    const json = '[storage]\ntype = "gcs"\nbucket = "photos"\nservice_account_key = ["PSST"]';
    expect(refusal(json)).not.toContain('PSST');
    expect(refusal(`[storage]\nservice_account_key = '{"private_key":"PSST"}'`)).not.toContain('PSST');
  });
});

test('each key of a storage tells where it came from', () => {
  const loaded = load(S3, { STORAGE_S3_BUCKET: 'other' });
  const origins = new Map(loaded.rows.map((row) => [row.key, describeOrigin(row.origin)]));
  expect(origins.get('storage.bucket')).toBe('environment STORAGE_S3_BUCKET');
  expect(origins.get('storage.secret_key')).toBe(loaded.file);
  expect(origins.get('storage.region')).toBe('default');
  expect(origins.get('storages.local.path')).toBe('default');
  expect(origins.has('storage.account')).toBe(false);
  expect(loaded.config.explain('storage.bucket')).toBe('"other" (environment STORAGE_S3_BUCKET)');
  expect(loaded.config.explain('storage.secret_key')).toMatch(/^\*{8} \(.*\.toml\)$/);
});

const refused: readonly (readonly [string, string, Record<string, string>?])[] = [
  [
    '[storage]\ntype = "ftp"',
    'storage.type cannot be "ftp" (FILE); expected "local", "s3", "gcs" or "azure".',
  ],
  [
    '',
    'storage.bucket is required when storage.type is "s3" (environment STORAGE_TYPE); set it in dossier.toml or as DOSSIER_STORAGE_BUCKET.',
    { STORAGE_TYPE: 's3' },
  ],
  [
    '[storage]\ntype = "s3"\nbucket = "photos"\naccess_key = "PSST"',
    'storage.secret_key is required when storage.access_key is ******** (FILE); set it in dossier.toml or as DOSSIER_STORAGE_SECRET_KEY.',
  ],
  [
    '[storage]\nbucket = "photos"',
    'storage.bucket is set to "photos" (FILE), but it belongs to storages of type "s3" or "gcs", and storage.type is "local" (default).',
  ],
  [
    `${S3}path = "/srv/f"`,
    'storage.path is set to "/srv/f" (FILE), but it belongs to storages of type "local", and storage.type is "s3" (FILE).',
  ],
  [
    '[storages.archive]\nbucket = "b1"',
    'storages.archive.type is required; set it in dossier.toml or as DOSSIER_STORAGES_ARCHIVE_TYPE to "local", "s3", "gcs" or "azure".',
  ],
  [
    '[storages.archive]',
    'storages.archive.type is required; set it in dossier.toml or as DOSSIER_STORAGES_ARCHIVE_TYPE to "local", "s3", "gcs" or "azure".',
  ],
  [
    '[storages.archive]\ntype = "local"',
    'storages.archive.path is required when storages.archive.type is "local" (FILE); set it in dossier.toml or as DOSSIER_STORAGES_ARCHIVE_PATH.',
  ],
  [
    '[storages.archive]\ntype = "local"\npath = "/a"\nbukcet = "b"',
    'There is no key "storages.archive.bukcet" (in FILE); the nearest is "storages.archive.bucket".',
  ],
  ['[storage]\nbukcet = "b"', 'There is no key "storage.bukcet" (in FILE); the nearest is "storage.bucket".'],
  [
    '[storages.Archive]\ntype = "local"',
    'A storage cannot be called "Archive" ([storages.Archive]); expected at most 32 of a-z, 0-9, - and _, beginning with a letter.',
  ],
  [
    '[storages.a-b]\ntype = "local"\npath = "/1"\n[storages.a_b]\ntype = "local"\npath = "/2"',
    'The storages "a-b" and "a_b" have the same variables (DOSSIER_STORAGES_A_B_TYPE and so on); rename one.',
  ],
  [
    '[storages.local]\ntype = "local"\npath = "/1"',
    'There are two storages called "local": [storage], which is named after its type, and [storages.local].',
  ],
  [
    '[storages.b]\ntype = "local"\npath = "/srv/d/storage"',
    'The storages "local" and "b" are the same place; give each its own path.',
  ],
  ['[storage]\ndefault = "b"', 'storage.default cannot be "b" (FILE); the storages are "local".'],
  [
    '',
    'backups.storage cannot be "b" (environment DOSSIER_BACKUPS_STORAGE); the storages are "local".',
    { DOSSIER_BACKUPS_STORAGE: 'b' },
  ],
  [
    `${S3}prefix = "../x"`,
    'storage.prefix cannot be "../x" (FILE); expected a path such as "dossier/files".',
  ],
  [
    `${S3}endpoint = "minio:9000"`,
    'storage.endpoint cannot be "minio:9000" (FILE); expected an address such as "https://files.example.com".',
  ],
  [
    `${S3}force_path_style = "maybe"`,
    'storage.force_path_style cannot be "maybe" (FILE); expected true or false.',
  ],
  [
    '[backups]\nschedule = "often"',
    'backups.schedule cannot be "often" (FILE); expected five fields of cron such as "0 3 * * *", or "@daily".',
  ],
  [
    '[storage]\nredirect_downloads = "on"',
    'storage.redirect_downloads cannot be "on" (FILE); expected "off" or a size such as "10MB".',
  ],
];

test.each(refused.map((row) => [row] as const))('%p is refused', ([toml, sentence, environment]) => {
  expect(refusal(toml, environment)).toBe(sentence);
});

test('uploads, quotas and backups', () => {
  const { config } = load(`[uploads]
expire_after = "2d"
max_size = "5GB"
[quotas]
total = "1TB"
per_owner = "10MB"
[backups]
storage = "local"
schedule = "@daily"
[storage]
redirect_downloads = "1MB"
`);
  expect(config.uploads).toEqual({ path: '/srv/d/uploads', expireAfter: 172_800, maxSize: 5 * 1024 ** 3 });
  expect(config.quotas).toEqual({ total: 1024 ** 4, perOwner: 10 * 1024 ** 2 });
  expect(config.backups).toMatchObject({ storage: 'local', keep: 7 });
  expect(config.backups.schedule?.text).toBe('@daily');
  expect(config.storage).toEqual({
    ...{ path: '/srv/d/storage', redirectDownloads: 1024 ** 2, spoolPath: '/srv/d/spool' },
  });
  expect(load('').config.uploads.expireAfter).toBe(86_400);
  expect(load('[storage]\nredirect_downloads = "off"').config.storage.redirectDownloads).toBeUndefined();
});

test.each([
  ['access_key', 'AKIA\n', 'a text without spaces and line breaks'],
  ['secret_key', ' hunter2', 'a text without spaces and line breaks'],
  ['session_token', 'a\r\nx: y', 'a text without spaces and line breaks'],
  ['region', 'eu west', 'a name such as "eu-west-1"'],
  ['region', 'a.evil.example/#', 'a name such as "eu-west-1"'],
])('%s %p, as a badly copied secret is, is refused before anybody is asked', (key, value, expected) => {
  const environment = {
    ...{ DOSSIER_STORAGE_TYPE: 's3', DOSSIER_STORAGE_BUCKET: 'abc' },
    ...{ DOSSIER_STORAGE_ACCESS_KEY: 'a', DOSSIER_STORAGE_SECRET_KEY: 'b' },
    [`DOSSIER_STORAGE_${key.toUpperCase()}`]: value,
  };
  expect(() => loadConfig({ environment })).toThrow(`expected ${expected}.`);
});
