import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { createTestLog } from '../../test/support/files.ts';
import { AppError } from '../core/errors.ts';
import type { Storage } from '../core/ports/storage.ts';
import { CLAIM_KEY } from '../core/storages/claim.ts';
import { checkStorages } from './check-storages.ts';
import { loadConfig } from './config.ts';
import { OperatorError } from './operator-error.ts';
import { openStorage } from './storages.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(() => database.close());

const S3 = {
  ...{ STORAGE_TYPE: 's3', STORAGE_S3_BUCKET: 'photos', STORAGE_S3_ENDPOINT: 'http://127.0.0.1:1' },
  ...{ STORAGE_S3_ACCESS_KEY: 'ID', STORAGE_S3_SECRET_KEY: 'PSST' },
};

async function keepFiles(backend: string, count: number) {
  const { db } = database;
  for (let n = 0; n < count; n++) {
    const insert = db.prepare(
      sql`INSERT INTO _objects (id, backend, key, state, epoch, created) VALUES (${`o${n}`}, ${backend}, ${`k${n}`}, 'live', 'e', 0)`,
    );
    await db.write((tx) => tx.run(insert));
  }
}

/** Checks as the start does; `fault` is what every call of the storage of `[storage]` throws. */
async function start(environment: Record<string, string>, fault?: AppError) {
  const { config } = loadConfig({ environment, flags: { dir: join(database.dir, 'data') } });
  const storages: Storage[] = [];
  for (const configured of config.storages) storages.push(await openStorage(config, configured, 'objects'));
  const [first] = storages;
  if (fault && first) {
    const fail = () => Promise.reject(fault);
    storages[0] = { ...first, check: fail, bytes: fail, head: fail };
  }
  const log = createTestLog();
  await checkStorages({ config, storages, db: database.db, log, newId: () => 'me' });
  return { storages, log };
}

async function refusal(environment: Record<string, string>, fault?: AppError): Promise<string> {
  try {
    await start(environment, fault);
  } catch (error) {
    if (error instanceof OperatorError) return error.message.replaceAll(database.dir, 'DIR');
    throw error;
  }
  return 'nothing was refused';
}

const check = (reason: string, setting: string) =>
  new AppError(reason === 'storage' ? 'unavailable' : 'not_configured', { reason, params: { setting } });

describe('a start is refused in one sentence', () => {
  test.each<[string, Record<string, string>, AppError, string]>([
    [
      'a missing bucket',
      S3,
      check('bucket_missing', 'bucket'),
      'storage.bucket is "photos" (environment STORAGE_S3_BUCKET), but there is no such bucket or container.',
    ],
    [
      'refused credentials',
      S3,
      check('credentials_refused', 'access_key'),
      'storage.access_key is ******** (environment STORAGE_S3_ACCESS_KEY), but the service refused the credentials.',
    ],
    [
      'a region that is wrong',
      S3,
      check('bad_setting', 'region'),
      'storage.region is "us-east-1" (default), but the service does not take that.',
    ],
    [
      'nothing that answers, and no files there',
      S3,
      check('storage', 'endpoint'),
      'storage.endpoint is "http://127.0.0.1:1" (environment STORAGE_S3_ENDPOINT), but nothing answers there.',
    ],
    [
      'nothing that answers at the usual address',
      { ...S3, STORAGE_S3_ENDPOINT: '' },
      check('storage', 'endpoint'),
      'The storage "s3" does not answer; it is a storage of type "s3" ([storage]).',
    ],
    [
      'a folder that cannot be one',
      {},
      check('path_unusable', 'path'),
      'storage.path is "DIR/data/storage" (default), but that folder cannot be used; it must be a folder that this program may write.',
    ],
  ])('%s', async (_, environment, fault, sentence) => {
    expect(await refusal(environment, fault)).toBe(sentence);
  });

  test('a file in the place of the folder', async () => {
    const path = join(database.dir, 'taken');
    writeFileSync(path, '');
    expect(await refusal({ STORAGE_LOCAL_ROOT: path })).toStartWith(
      'storage.path is "DIR/taken" (environment STORAGE_LOCAL_ROOT), but that folder cannot be used',
    );
  });

  test('files in a storage that is not configured any more', async () => {
    await keepFiles('archive', 3);
    expect(await refusal({})).toBe(
      '3 files are kept in the storage "archive", which is not configured; configure it again as [storages.archive], and move its files with "dossier storage migrate --from archive --to NAME" before it goes.',
    );
  });

  test('a folder without the files: a volume that is not mounted', async () => {
    await keepFiles('local', 2);
    expect(await refusal({})).toBe(
      'storage.path is "DIR/data/storage" (default), but none of the 2 files that are kept in the storage "local" is there; is it the wrong folder, or a volume that is not mounted?',
    );
  });

  test('a folder of somebody else', async () => {
    const { storages } = await start({});
    await storages[0]?.put(CLAIM_KEY, new Blob(['{"installation":"you","storage":"local"}']).stream());
    expect(await refusal({})).toBe(
      'storage.path is "DIR/data/storage" (default), but it belongs to another Dossier server; give the storage "local" another path, or take it over with "dossier storage claim local --yes".',
    );
  });
});

test('a storage with files that does not answer is an error in the log, and the rest is served', async () => {
  await keepFiles('s3', 1);
  const { log } = await start(S3, check('storage', 'endpoint'));
  expect(JSON.stringify(log)).toContain('storage.unavailable');
});

test('a full disk does not keep the server from starting', async () => {
  await start({}, new AppError('storage_full', { reason: 'storage' }));
});

test('a folder beside a bucket is left alone while nothing is in it', async () => {
  await keepFiles('s3', 1);
  const { storages } = await start(S3, check('storage', 'endpoint'));
  expect(storages.map(({ name }) => name)).toEqual(['s3', 'local']);
  expect(await storages[1]?.head(CLAIM_KEY)).toBeUndefined();
});

test('a folder of before there were claims simply works, and is claimed', async () => {
  mkdirSync(join(database.dir, 'data', 'storage', 'objects'), { recursive: true });
  const { storages } = await start({});
  expect(await storages[0]?.head(CLAIM_KEY)).toBeDefined();
  await start({});
});

test('a restored database, of another server or of before there were ids, finds the storages it was restored to', async () => {
  await start({});
  for (const value of ['"another"', undefined]) {
    const { db } = database;
    const forget = db.prepare(sql`DELETE FROM _settings WHERE key = 'installation'`);
    await db.write((tx) => tx.run(forget));
    if (value !== undefined) {
      const insert = db.prepare(sql`INSERT INTO _settings (key, value) VALUES ('installation', ${value})`);
      await db.write((tx) => tx.run(insert));
    }
    await start({});
  }
});
