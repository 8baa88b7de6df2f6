import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { Storage } from '../../../core/ports/storage.ts';
import { createLocalStorage } from '../../storage/local/index.ts';
import type { ArchivePlace } from './archive-place.ts';
import { createZipBackups } from './index.ts';
import { createStoragePlace } from './storage-place.ts';

const CONTENT = 'an archive that was verified';

let folder: string;
let storage: Storage;
let archive: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dossier-place-'));
  mkdirSync(join(folder, 'there'));
  storage = createLocalStorage({ name: 'cellar', dir: join(folder, 'there') });
  archive = join(folder, 'archive');
  writeFileSync(archive, CONTENT);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function placeOn(changed: Partial<Storage> = {}): ArchivePlace {
  return createStoragePlace({ storage: { ...storage, ...changed }, notes: join(folder, 'notes') });
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of storage.list('')) found.push(key);
  return found;
}

const notes = () => (existsSync(join(folder, 'notes')) ? readdirSync(join(folder, 'notes')) : []);

test('an archive is taken, listed where it lies, read in parts, and removed', async () => {
  const place = placeOn();
  await place.take('one.zip', archive, undefined);
  const info = await place.find('one.zip');
  expect(info).toMatchObject({ key: 'one.zip', size: CONTENT.length, storage: 'cellar' });
  expect(await place.list()).toEqual(info ? [info] : []);
  const part = await place.read('one.zip', { start: 3, end: 9 });
  expect(await new Response(part).text()).toBe(CONTENT.slice(3, 10));
  expect(notes()).toEqual([]);
  expect(await place.remove('one.zip')).toBe(true);
  expect(await place.remove('one.zip')).toBe(false);
  expect(await keys()).toEqual([]);
});

test('what comes back as other bytes is not listed and does not stay', async () => {
  const wrong = new Blob([CONTENT.toUpperCase()]);
  const place = placeOn({ read: async () => wrong });
  const taking = place.take('one.zip', archive, undefined);
  await expect(taking).rejects.toMatchObject({ code: 'internal', reason: 'backup_failed' });
  expect(await place.list()).toEqual([]);
  expect(await keys()).toEqual([]);
  expect(notes()).toEqual([]);
});

test('a transfer that nobody could clear away is cleared before the next, and never listed', async () => {
  const down = () => Promise.reject(new AppError('unavailable', { reason: 'storage' }));
  const failing = placeOn({ read: down, remove: down, discard: down });
  await expect(failing.take('one.zip', archive, undefined)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await keys()).toEqual(['one.zip']);
  expect(notes()).toEqual(['one.zip.unfinished']);
  const place = placeOn();
  expect(await place.list()).toEqual([]);
  expect(await place.find('one.zip')).toBeUndefined();
  await place.take('two.zip', archive, undefined);
  expect(await keys()).toEqual(['two.zip', 'two.zip.verified']);
  expect(notes()).toEqual([]);
});

test('the id of an unfinished multipart is given back to the storage that began it', async () => {
  const discarded: string[] = [];
  const place = placeOn({
    async put(_key, _source, options) {
      await options?.journal?.('upload-7');
      throw new AppError('unavailable', { reason: 'storage' });
    },
    discard: async (key, upload) => void discarded.push(`${key} ${upload}`),
  });
  await expect(place.take('one.zip', archive, undefined)).rejects.toMatchObject({ code: 'unavailable' });
  expect(discarded).toEqual(['one.zip upload-7']);
});

test('an archive whose bytes are gone, or whose seal is not one, is not listed', async () => {
  const place = placeOn();
  await place.take('one.zip', archive, undefined);
  await place.take('two.zip', archive, undefined);
  await storage.remove('one.zip');
  await storage.remove('two.zip.verified');
  await storage.put('two.zip.verified', new Blob(['{"size":"x"}']).stream());
  expect(await place.list()).toEqual([]);
  expect(await place.find('one.zip')).toBeUndefined();
  expect(await place.find('two.zip')).toBeUndefined();
  await storage.remove('two.zip.verified');
  const seal = JSON.stringify({ size: CONTENT.length, sha256: '', modified: 1e300 });
  await storage.put('two.zip.verified', new Blob([seal]).stream());
  expect(await place.list()).toEqual([]);
});

test('what a killed process left of a transfer on this machine goes at the next start', async () => {
  let swept = 0;
  const counting = { ...storage, sweep: async () => ++swept };
  const options = { dir: join(folder, 'backups'), workerCommand: [], environment: {} };
  await createZipBackups({ ...options, storage: counting }).sweep();
  expect(swept).toBe(1);
});

test('a transfer that is told to end leaves nothing', async () => {
  const ending = new AbortController();
  const place = placeOn({
    async read(key) {
      ending.abort(new AppError('unavailable', { reason: 'stopping' }));
      return storage.read(key);
    },
  });
  await expect(place.take('one.zip', archive, ending.signal)).rejects.toMatchObject({ reason: 'stopping' });
  expect(await keys()).toEqual([]);
});
