import { afterEach, beforeEach, expect, test } from 'bun:test';
import { readFile, rm, truncate } from 'node:fs/promises';
import { codeOf } from '../../../test/contracts/storage.ts';
import { collectionOf, type FileWorld, fileField, openFileWorld } from '../../../test/support/files.ts';
import { type Actor, internalRequest } from '../actor.ts';
import { prepareStatements } from './statements.ts';

const photo = fileField('photo');
const secret = fileField('secret', { protected: true });
const posts = collectionOf('posts', [photo, secret]);
const guest: Actor = { kind: 'guest', request: internalRequest };

let world: FileWorld;
const asked: string[] = [];
let viewable = false;

beforeEach(async () => {
  asked.length = 0;
  viewable = false;
  world = await openFileWorld({
    viewRule: (actor, collection, recordId) => {
      asked.push(`${actor.request.context} ${collection.name} ${recordId}`);
      return Promise.resolve(viewable);
    },
  });
});
afterEach(() => world.close());

async function stored(content: string | Uint8Array, field = photo) {
  const { name } = await world.upload(posts, 'r1', field, 'a.txt', content);
  viewable = true;
  const { file } = await world.files.find(guest, posts, 'r1', name);
  viewable = false;
  asked.length = 0;
  return file;
}

const textOf = async (...args: Parameters<FileWorld['files']['read']>) =>
  new Response(await world.files.read(...args)).text();

test('a file is found by collection, record and name, without asking a rule', async () => {
  const file = await stored('hello');
  const found = await world.files.find(guest, posts, 'r1', file.name);
  expect(found.file).toEqual(file);
  expect(found.field).toBe(photo);
  expect(asked).toEqual([]);
});

test('a protected file asks the view rule in its own context; a refusal looks like a miss', async () => {
  const file = await stored('hello', secret);
  await expect(world.files.find(guest, posts, 'r1', file.name)).rejects.toMatchObject({
    code: 'not_found',
    reason: 'file',
  });
  expect(asked).toEqual(['protectedFile posts r1']);
  viewable = true;
  expect((await world.files.find(guest, posts, 'r1', file.name)).file).toEqual(file);
});

test.each(['', '.', '..', '../x', 'a\0b', "' OR 1=1 --", '\ud800', '💾', 'x'.repeat(100_000), '%'])(
  'the odd name %p just misses',
  async (name) => {
    await stored('hello');
    expect(await codeOf(world.files.find(guest, posts, 'r1', name))).toBe('not_found');
    expect(await codeOf(world.files.find(guest, posts, name, 'a.txt'))).toBe('not_found');
  },
);

test('pending and doomed files are not found, nor files of another record or a dropped field', async () => {
  const file = await stored('hello');
  expect(await codeOf(world.files.find(guest, posts, 'r2', file.name))).toBe('not_found');
  const withoutField = collectionOf('posts', [secret]);
  expect(await codeOf(world.files.find(guest, withoutField, 'r1', file.name))).toBe('not_found');
  await world.release(file.objectId);
  expect(await codeOf(world.files.find(guest, posts, 'r1', file.name))).toBe('not_found');
});

test('finding is one search of the owner index', () => {
  expect(world.plan(prepareStatements(world.database.db).find)).toEqual([
    'SEARCH _objects USING INDEX _objects_owner (collection=? AND record=? AND name=?)',
  ]);
});

test('a small file comes from memory the second time', async () => {
  const file = await stored('hello');
  expect(await textOf(file)).toBe('hello');
  await rm(world.storage.localPath?.(file.key) ?? '');
  expect(await textOf(file)).toBe('hello');
  expect(await textOf(file, { start: 1, end: 2 })).toBe('el');
});

test('a large file is a slice of the file on disk', async () => {
  const content = new Uint8Array(200_000).map((_, index) => index % 256);
  const file = await stored(content);
  expect(await world.files.read(file)).toBeInstanceOf(Blob);
  expect(new Uint8Array(await new Response(await world.files.read(file)).arrayBuffer())).toEqual(content);
  const part = await new Response(await world.files.read(file, { start: 255, end: 257 })).bytes();
  expect([...part]).toEqual([255, 0, 1]);
});

test.each([10, 200_000])(
  'an object of %d bytes that the storage lost is an error and in the log',
  async (size) => {
    const file = await stored(new Uint8Array(size));
    await rm(world.storage.localPath?.(file.key) ?? '');
    await expect(world.files.read(file)).rejects.toMatchObject({
      code: 'internal',
      reason: 'missing_object',
    });
    expect(world.log.events).toContain('error files.missing_object');
  },
);

test.each([10, 200_000])(
  'an object of %d bytes that was cut short is never a short success',
  async (size) => {
    const file = await stored(new Uint8Array(size));
    await truncate(world.storage.localPath?.(file.key) ?? '', size - 1);
    await expect(world.files.read(file)).rejects.toMatchObject({ reason: 'missing_object' });
    await expect(world.files.read(file, { start: 0, end: size - 1 })).rejects.toMatchObject({
      reason: 'missing_object',
    });
  },
);

test('the checksum is that of the content', async () => {
  const file = await stored('hello');
  const bytes = await readFile(world.storage.localPath?.(file.key) ?? '');
  expect(file.sha256).toBe(new Bun.CryptoHasher('sha256').update(bytes).digest('hex'));
});

test('memory forgets what was erased', async () => {
  const file = await stored('hello');
  await textOf(file);
  await world.release(file.objectId);
  await world.files.eraseNow();
  await expect(world.files.read(file)).rejects.toMatchObject({ code: 'not_found', reason: 'file' });
});

test.each([10, 200_000])(
  'a file of %d bytes that goes between finding and reading is not found, and no loss',
  async (size) => {
    const file = await stored(new Uint8Array(size));
    await world.release(file.objectId);
    await world.files.eraseNow();
    const gone = { code: 'not_found', reason: 'file' };
    await expect(world.files.read(file)).rejects.toMatchObject(gone);
    await expect(world.files.read(file, { start: 0, end: 3 })).rejects.toMatchObject(gone);
    expect(world.log.events).not.toContain('error files.missing_object');
  },
);
