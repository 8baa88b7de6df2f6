import { afterEach, beforeEach, expect, test } from 'bun:test';
import { rm } from 'node:fs/promises';
import {
  collectionOf,
  type FileWorld,
  fileField,
  openFileWorld,
  PNG,
  pictureOf,
} from '../../../test/support/files.ts';
import { armFailpoints } from '../../lib/failpoints.ts';
import { systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { ImageResult, ImageTransform } from '../ports/images.ts';
import type { Storage } from '../ports/storage.ts';
import type { FilesLimits } from './create-files.ts';
import type { Derivative } from './files.ts';
import type { StoredFile } from './stored-file.ts';

const photo = fileField('photo');
const posts = collectionOf('posts', [photo]);
const thumb: ImageTransform = { width: 100, height: 100, fit: 'cover', anchor: 'center', format: 'source' };
const BIG = 'big '.repeat(50_000);

let world: FileWorld;
let putFault: AppError | undefined;

function faulty(storage: Storage): Storage {
  return {
    ...storage,
    put: (key, source, options) => {
      if (putFault !== undefined && key.includes('.')) return Promise.reject(putFault);
      return storage.put(key, source, options);
    },
  };
}

async function open(limits: Partial<FilesLimits> = {}): Promise<void> {
  world = await openFileWorld({ wrap: faulty, limits });
}
beforeEach(() => {
  putFault = undefined;
});
afterEach(async () => {
  armFailpoints('');
  await world.close();
});

async function storedPicture(recordId = 'r1'): Promise<StoredFile> {
  const { name } = await world.upload(posts, recordId, photo, 'a.png', PNG);
  return (await world.files.find(systemActor, posts, recordId, name)).file;
}

const textOf = (derivative: Derivative) => new Response(derivative.body).text();
const sized = (width: number): ImageTransform => ({ ...thumb, width });
const rowCount = async () => (await world.rows('SELECT key FROM _derivatives')).length;

/** Resolves when all that is being stored is stored. */
async function kept(count: number): Promise<void> {
  // Rows come before their bytes, and on a busy machine long before.
  const byteCount = async () => (await world.keys()).filter((key) => key.includes('.')).length;
  const isDone = async () => (await rowCount()) === count && (await byteCount()) >= count;
  for (let tries = 0; tries < 400 && !(await isDone()); tries++) await Bun.sleep(2);
  expect(await rowCount()).toBe(count);
  await Bun.sleep(20);
}

test('a picture is made once, kept beside its original, and the same for everybody', async () => {
  await open();
  const file = await storedPicture();
  const answers = await Promise.all(Array.from({ length: 10 }, () => world.files.derive(file, thumb)));
  expect(world.images.made).toBe(1);
  expect(new Set(answers.map(({ etag }) => etag)).size).toBe(1);
  expect(answers[0]).toMatchObject({ type: 'image/png', size: 9 });
  await kept(1);
  expect(await world.keys()).toHaveLength(2);
  expect(await world.files.derive(file, thumb)).toMatchObject({ etag: answers[0]?.etag });
  expect(world.images.made).toBe(1);
});

test('another process finds it in the storage, with the same entity tag', async () => {
  await open();
  const file = await storedPicture();
  for (const text of ['small', BIG]) {
    world.images.next = () => Promise.resolve(pictureOf(text));
    const transform = sized(text.length % 1000);
    const first = await world.files.derive(file, transform);
    await kept(text === BIG ? 2 : 1);
    const again = await world.restart('epoch-2').derive(file, transform);
    expect(await textOf(again)).toBe(text);
    expect(again.etag).toBe(first.etag);
    expect(again.size).toBe(text.length);
  }
  expect(world.images.made).toBe(2);
});

test('a large picture that is still being stored is not made again', async () => {
  await open();
  const file = await storedPicture();
  world.images.next = () => Promise.resolve(pictureOf(BIG));
  for (let index = 0; index < 5; index++)
    expect(await textOf(await world.files.derive(file, thumb))).toBe(BIG);
  await kept(1);
  expect((await world.files.derive(file, thumb)).body).toBeInstanceOf(Blob);
  expect(world.images.made).toBe(1);
});

test('different transforms are different pictures with different tags', async () => {
  await open();
  const file = await storedPicture();
  const one = await world.files.derive(file, sized(10));
  const other = await world.files.derive(file, sized(20));
  expect(one.etag).not.toBe(other.etag);
  await kept(2);
});

test('derivatives go with their original', async () => {
  await open();
  const file = await storedPicture();
  await world.files.derive(file, sized(10));
  await world.files.derive(file, sized(20));
  await kept(2);
  await world.release(file.objectId);
  await world.files.eraseNow();
  expect(await world.keys()).toEqual([]);
  expect(await rowCount()).toBe(0);
});

test('a picture that is still being made when its original is released is not kept', async () => {
  await open();
  const file = await storedPicture();
  const made = Promise.withResolvers<ImageResult>();
  world.images.next = () => made.promise;
  const answer = world.files.derive(file, thumb);
  while (world.images.made === 0) await Bun.sleep(0);
  await world.release(file.objectId);
  made.resolve(pictureOf('late'));
  expect(await textOf(await answer)).toBe('late');
  await world.files.eraseNow();
  await Bun.sleep(20);
  expect(await world.keys()).toEqual([]);
  expect(await rowCount()).toBe(0);
});

test('erasure waits for a derivative whose bytes are on their way', async () => {
  await open();
  const file = await storedPicture();
  await world.files.derive(file, thumb);
  while ((await rowCount()) === 0) await Bun.sleep(0);
  await world.release(file.objectId);
  await world.files.eraseNow();
  expect(await world.keys()).toEqual([]);
  expect(await rowCount()).toBe(0);
});

test('a full disk still answers the picture, and leaves neither bytes nor row', async () => {
  await open();
  const file = await storedPicture();
  putFault = new AppError('storage_full');
  expect(await textOf(await world.files.derive(file, thumb))).toBe('picture 1');
  await world.files.close();
  expect(await rowCount()).toBe(0);
  expect(await world.keys()).toEqual([file.key]);
  expect(world.log.events).toContain('warn files.derivative_not_kept');
});

test.each(['derive.before', 'derive.reserved', 'derive.written'])(
  'a failure at %s still answers, and what is stored is what is counted',
  async (name) => {
    await open();
    const file = await storedPicture();
    armFailpoints(`${name}=error`);
    expect(await textOf(await world.files.derive(file, thumb))).toBe('picture 1');
    await world.files.close();
    expect(await world.keys()).toHaveLength(1 + (await rowCount()));
  },
);

test('a derivative whose bytes are missing is made again', async () => {
  await open({ memoryBytes: 0 });
  const file = await storedPicture();
  await world.files.derive(file, thumb);
  await kept(1);
  const [row] = await world.rows('SELECT key FROM _derivatives');
  await rm(world.storage.localPath?.(String(row?.key)) ?? '');
  expect(await textOf(await world.files.derive(file, thumb))).toBe('picture 2');
  await kept(1);
  expect(await world.keys()).toHaveLength(2);
});

test('one file has a bounded number of variants; the one used longest ago goes', async () => {
  await open({ maxVariants: 3 });
  const file = await storedPicture();
  for (let width = 1; width <= 6; width++) {
    world.clock.time += 1000;
    await world.files.derive(file, sized(width));
    await kept(Math.min(width, 3));
  }
  const rows = await world.rows('SELECT transform FROM _derivatives ORDER BY used');
  expect(rows.map(({ transform }) => String(transform).split('x')[0])).toEqual(['4', '5', '6']);
  expect(await world.keys()).toHaveLength(4);
});

test('all derivatives together are bounded; files and rows go together', async () => {
  await open({ derivativeBytes: 50 });
  const files = await Promise.all(Array.from({ length: 12 }, (_, index) => storedPicture(`r${index}`)));
  for (const file of files) {
    world.clock.time += 1000;
    await world.files.derive(file, thumb);
    await Bun.sleep(15);
  }
  await world.files.close();
  const rows = await world.rows('SELECT object, size FROM _derivatives ORDER BY used');
  expect(rows.reduce((sum, { size }) => sum + Number(size), 0)).toBeLessThanOrEqual(50);
  expect(rows.at(-1)?.object).toBe(files[11]?.objectId);
  expect(await world.keys()).toHaveLength(12 + rows.length);
});

test('use is noted by the hour, so that popular pictures outlive others', async () => {
  await open();
  const file = await storedPicture();
  await world.files.derive(file, thumb);
  await kept(1);
  const used = async () => (await world.rows('SELECT used FROM _derivatives'))[0]?.used;
  const first = await used();
  world.clock.time += 59 * 60_000;
  await world.files.derive(file, thumb);
  await Bun.sleep(10);
  expect(await used()).toBe(first);
  world.clock.time += 2 * 60_000;
  await world.files.derive(file, thumb);
  for (let tries = 0; tries < 200 && (await used()) === first; tries++) await Bun.sleep(2);
  expect(await used()).toBe(world.clock.time);
});

test('a corrupt picture is decoded once; a busy decoder is asked again', async () => {
  await open();
  const file = await storedPicture();
  world.images.next = () => Promise.reject(new AppError('busy'));
  await expect(world.files.derive(file, thumb)).rejects.toMatchObject({ code: 'busy' });
  world.images.next = () => Promise.reject(new AppError('invalid', { reason: 'not_an_image' }));
  for (let index = 0; index < 3; index++) {
    await expect(world.files.derive(file, thumb)).rejects.toMatchObject({
      code: 'invalid',
      reason: 'not_an_image',
    });
  }
  expect(world.images.made).toBe(2);
});

test('what is no picture, too many pixels, or a bad transform never reaches the decoder', async () => {
  await open();
  const file = await storedPicture();
  const derive = (change: Partial<StoredFile>, transform = thumb) =>
    world.files.derive({ ...file, ...change }, transform).catch((error: unknown) => error);
  expect(await derive({ type: 'image/svg+xml' })).toMatchObject({ reason: 'format_not_allowed' });
  expect(await derive({ width: 50_001, height: 1000 }, sized(1))).toMatchObject({
    reason: 'too_many_pixels',
  });
  expect(await derive({}, sized(5000))).toMatchObject({ reason: 'bad_transform' });
  expect(world.images.made).toBe(0);
});

test('an original that the storage lost is missing_object', async () => {
  await open();
  const file = await storedPicture();
  await rm(world.storage.localPath?.(file.key) ?? '');
  await expect(world.files.derive(file, thumb)).rejects.toMatchObject({ reason: 'missing_object' });
});

test('a picture of a file that goes meanwhile is not found, wherever that happens', async () => {
  let onHead: (() => Promise<void>) | undefined;
  const remote = (storage: Storage): Storage => ({
    ...storage,
    localPath: undefined,
    async head(key) {
      const found = await storage.head(key);
      await onHead?.();
      return found;
    },
  });
  world = await openFileWorld({ wrap: remote });
  const gone = { code: 'not_found', reason: 'file' };
  const [before, between] = [await storedPicture('r1'), await storedPicture('r2')];
  await world.release(before.objectId);
  await world.files.eraseNow();
  await expect(world.files.derive(before, thumb)).rejects.toMatchObject(gone);
  onHead = async () => {
    onHead = undefined;
    await world.release(between.objectId);
    await world.files.eraseNow();
  };
  await expect(world.files.derive(between, thumb)).rejects.toMatchObject(gone);
  expect(world.log.events).not.toContain('error files.missing_object');
});

test('a storage without files on this machine gives small pictures to the decoder by their bytes, each once', async () => {
  const asked: string[] = [];
  const remote = (storage: Storage): Storage => ({
    ...storage,
    localPath: undefined,
    bytes: (key) => {
      asked.push('bytes');
      return storage.bytes(key);
    },
    read: (key, range) => {
      asked.push('read');
      return storage.read(key, range);
    },
  });
  world = await openFileWorld({ wrap: remote });
  const file = await storedPicture();
  world.images.next = async () => pictureOf(BIG);
  await world.files.derive(file, thumb);
  await kept(1);
  expect(asked).toEqual(['bytes']);
  expect(await textOf(await world.restart('epoch-2').derive(file, thumb))).toBe(BIG);
  expect(asked).toEqual(['bytes', 'bytes']);

  const size = 32 * 1024 * 1024 + 1;
  const huge = { ...file, objectId: 'huge', size };
  world.storage.head = async () => ({ size, modified: 0 });
  await expect(world.files.derive(huge, sized(7))).rejects.toMatchObject({ reason: 'source_too_large' });
  expect(asked).toEqual(['bytes', 'bytes']);
});
