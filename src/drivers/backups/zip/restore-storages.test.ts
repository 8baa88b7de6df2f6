import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { openTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import type { Storage } from '../../../core/ports/storage.ts';
import { createLocalStorage } from '../../storage/local/index.ts';
import { createZipBackups } from './index.ts';
import { finishRestore, restoreArchive } from './restore.ts';
import { createRestoreStorages } from './restore-storages.ts';

const workerCommand = [process.execPath, join(import.meta.dir, '../../../main.ts'), '__worker', 'backup'];

/** What the archive holds: storage and content by key. */
const OBJECTS: Readonly<Record<string, readonly [backend: string, text: string]>> = {
  aa11: ['local', 'in the folder'],
  bb22: ['bucket', 'in the bucket, still there'],
  cc33: ['bucket', 'in the bucket, lost since'],
  dd44: ['bucket', 'in the bucket, cut short since'],
  ee55: ['gone', 'in a storage that is gone'],
};

let folder: string;
let archive: string;
let bucket: Storage & { readonly puts: string[] };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dossier-restore-'));
  const source = await openTestDatabase();
  await fill(source);
  const store = createZipBackups({ dir: join(folder, 'backups'), workerCommand, environment: {} });
  await store.write('one.zip', {
    snapshot: (path) => source.db.snapshot(path),
    readObject: async (_backend, key) => new Blob([OBJECTS[key]?.[1] ?? '']).stream(),
    sizeOf: async (_backend, key) => OBJECTS[key]?.[1].length,
  });
  archive = join(folder, 'backups', 'one.zip');
  await source.close();
  const puts: string[] = [];
  const there = createLocalStorage({ name: 'bucket', dir: join(folder, 'bucket') });
  bucket = {
    ...there,
    puts,
    put(key, body, options) {
      puts.push(key);
      return there.put(key, body, options);
    },
  };
  mkdirSync(join(folder, 'bucket'));
  await there.put('bb22', new Blob([OBJECTS.bb22?.[1] ?? '']).stream());
  await there.put('dd44', new Blob(['in the']).stream());
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function fill({ db }: TestDatabase): Promise<void> {
  for (const [key, [backend, text]] of Object.entries(OBJECTS)) {
    const sha256 = new Bun.CryptoHasher('sha256').update(text).digest('hex');
    const insert = sql`INSERT INTO _objects (id, backend, key, state, epoch, size, sha256, name, collection, record, created)
      VALUES (${key}, ${backend}, ${key}, 'live', 'e', ${text.length}, ${sha256}, ${key}, 'c', 'r', 0)`;
    await db.write((tx) => tx.run(db.prepare(insert)));
    const picture = sql`INSERT INTO _derivatives (object, transform, key, size, type, used)
      VALUES (${key}, 't', ${`${key}.t`}, 1, 'image/png', 0)`;
    await db.write((tx) => tx.run(db.prepare(picture)));
  }
  for (const [key, backend] of [
    ['ff66', 'bucket'],
    ['gg77', 'gone'],
  ]) {
    const doomed = sql`INSERT INTO _objects (id, backend, key, state, epoch, created)
      VALUES (${key}, ${backend}, ${key}, 'doomed', 'e', 0)`;
    await db.write((tx) => tx.run(db.prepare(doomed)));
    const due = sql`INSERT INTO _file_deletions (object, backend, key, created) VALUES (${key}, ${backend}, ${key}, 0)`;
    await db.write((tx) => tx.run(db.prepare(due)));
  }
}

/** An installation that has something else. */
function installation() {
  const paths = { dataDir: join(folder, 'data'), filesDir: join(folder, 'data', 'files') };
  mkdirSync(paths.filesDir, { recursive: true });
  writeFileSync(join(paths.dataDir, 'data.db'), 'old database');
  writeFileSync(join(paths.filesDir, 'old'), 'old file');
  const objectPath = (dir: string, key: string) =>
    createLocalStorage({ name: 'local', dir }).localPath?.(key) ?? '';
  return { ...paths, objectPath };
}

const storagesWith = (fallback: string) =>
  createRestoreStorages({ folder: 'local', others: [bucket], fallback });

async function rowsOf(dataDir: string) {
  const copy = join(dataDir, 'data.db');
  const { Database } = await import('bun:sqlite');
  using db = new Database(copy, { readonly: true });
  return {
    backends: db
      .query<{ key: string; backend: string }, []>('SELECT key, backend FROM _objects ORDER BY key')
      .all()
      .map(({ key, backend }) => `${key} ${backend}`),
    pictures: db.query('SELECT object FROM _derivatives').all().length,
    erasures: db.query<{ key: string }, []>('SELECT key FROM _file_deletions').all(),
  };
}

test('what waits for its erasure in a storage that is not here is not waited for, or nothing could start', async () => {
  const target = installation();
  await restoreArchive(archive, { ...target, storages: storagesWith('local') });
  const { backends, erasures } = await rowsOf(target.dataDir);
  expect(erasures).toEqual([{ key: 'ff66' }]);
  expect(backends).toContain('ff66 bucket');
  expect(backends).not.toContain('gg77 gone');
});

test('each object goes where its row says: into the folder, or into its storage when it is not whole there', async () => {
  const target = installation();
  const facts = await restoreArchive(archive, { ...target, storages: storagesWith('local') });
  expect(bucket.puts).toEqual(['cc33', 'dd44']);
  expect([...facts.sent]).toEqual([['bucket', 2]]);
  expect(facts.moved).toEqual([{ backend: 'gone', objects: 1 }]);
  for (const key of ['bb22', 'cc33', 'dd44']) {
    expect(new TextDecoder().decode(await bucket.bytes(key))).toBe(OBJECTS[key]?.[1] ?? '');
    expect(existsSync(target.objectPath(target.filesDir, key))).toBe(false);
  }
  for (const key of ['aa11', 'ee55']) {
    expect(readFileSync(target.objectPath(target.filesDir, key), 'utf8')).toBe(OBJECTS[key]?.[1] ?? '');
  }
  expect(await rowsOf(target.dataDir)).toEqual({
    backends: ['aa11 local', 'bb22 bucket', 'cc33 bucket', 'dd44 bucket', 'ee55 local', 'ff66 bucket'],
    pictures: 4,
    erasures: [{ key: 'ff66' }],
  });
});

test('what was in a storage that is gone goes to the default one, also when that is a bucket', async () => {
  const target = installation();
  await restoreArchive(archive, { ...target, storages: storagesWith('bucket') });
  expect(new TextDecoder().decode(await bucket.bytes('ee55'))).toBe(OBJECTS.ee55?.[1] ?? '');
  expect((await rowsOf(target.dataDir)).backends).toContain('ee55 bucket');
});

test('a storage that fails, or keeps other bytes, leaves the installation as it was', async () => {
  for (const fault of [
    { head: () => Promise.reject(new Error('no answer')) },
    { put: async () => ({ size: 1, sha256: 'other' }) },
  ]) {
    const target = installation();
    const failing = createRestoreStorages({
      folder: 'local',
      others: [{ ...bucket, ...fault }],
      fallback: 'local',
    });
    await expect(restoreArchive(archive, { ...target, storages: failing })).rejects.toThrow(
      /no answer|read twice/,
    );
    expect(readFileSync(join(target.dataDir, 'data.db'), 'utf8')).toBe('old database');
    expect(existsSync(join(target.filesDir, 'old'))).toBe(true);
    expect(existsSync(join(target.dataDir, '.restore'))).toBe(false);
  }
});

describe('a restore that is interrupted', () => {
  for (const [point, expected] of [
    ['restore.extracted', 'old'],
    ['restore.sent', 'old'],
    ['restore.ready', 'new'],
    ['restore.exchanged.data.db', 'new'],
  ] as const) {
    test(`at ${point} is ${expected} after the next start, and may be repeated`, async () => {
      const target = { ...installation(), storages: storagesWith('local') };
      const failpoint = (name: string) => {
        if (name === point) throw new Error('power cut');
      };
      await expect(restoreArchive(archive, target, { failpoint })).rejects.toThrow('power cut');
      await finishRestore(target);
      const isOld = readFileSync(join(target.dataDir, 'data.db'), 'utf8') === 'old database';
      expect(isOld).toBe(expected === 'old');
      bucket.puts.length = 0;
      await restoreArchive(archive, target);
      // What was sent before the interruption is not sent again.
      expect(bucket.puts.length).toBe(point === 'restore.extracted' ? 2 : 0);
      expect((await rowsOf(target.dataDir)).backends).toContain('cc33 bucket');
    });
  }
});
