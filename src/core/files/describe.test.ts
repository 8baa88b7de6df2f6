import { afterEach, beforeEach, expect, test } from 'bun:test';
import {
  collectionOf,
  type FileWorld,
  fileField,
  openFileWorld,
  PNG,
  streamOnce,
} from '../../../test/support/files.ts';
import { systemActor } from '../actor.ts';
import { prepareStatements } from './statements.ts';

const photo = fileField('photo');
const papers = fileField('papers', { maxSelect: 5 });
const posts = collectionOf('posts', [photo, papers]);

let world: FileWorld;
beforeEach(async () => {
  world = await openFileWorld();
});
afterEach(() => world.close());

test('the files of several records are described at once, each with what its client claimed', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const file = { filename: 'Über.png', declaredType: 'Image/X-Special', stream: streamOnce(PNG) };
  const upload = await intake.receive(photo, file);
  await world.database.db.write((tx) =>
    intake.attach(tx, posts, 'r1', [{ fieldId: 'photo', names: [upload.name], uploads: [upload] }]),
  );
  const paper = await world.upload(posts, 'r2', papers, 'a.txt', 'text');
  await world.upload(posts, 'r3', papers, 'b.txt', 'text');

  const described = await world.files.describe(posts, ['r1', 'r2', 'r9', "r' OR 1"]);
  expect([...described.keys()].sort()).toEqual(['r1', 'r2']);
  expect(described.get('r1')).toEqual([
    {
      objectId: upload.objectId,
      fieldId: 'photo',
      name: upload.name,
      originalName: 'Über.png',
      size: PNG.byteLength,
      type: 'image/png',
      declaredType: 'image/x-special',
      sha256: upload.sha256,
    },
  ]);
  expect(described.get('r2')).toMatchObject([{ name: paper.name, fieldId: 'papers', declaredType: '' }]);
  const found = await world.files.find(systemActor, posts, 'r1', upload.name);
  expect(found.file.declaredType).toBe('image/x-special');
});

test('files that are given up, and those of another collection, are not described', async () => {
  const gone = await world.upload(posts, 'r1', photo, 'a.txt', 'a');
  await world.upload(collectionOf('notes', [photo]), 'r1', photo, 'b.txt', 'b');
  await world.release(gone.objectId);
  expect(await world.files.describe(posts, ['r1'])).toEqual(new Map());
  expect(await world.files.describe(posts, [])).toEqual(new Map());
});

test('a claim that is no media type is dropped', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const file = { filename: 'a.txt', declaredType: 'a/b\r\nSet-Cookie: x', stream: streamOnce('x') };
  expect((await intake.receive(photo, file)).declaredType).toBe('');
  await intake.discard();
});

test('the catalogue is searched by its index, once a record', () => {
  const plan = world.plan(prepareStatements(world.database.db).describe).join('\n');
  expect(plan).toContain('USING INDEX _objects_owner (collection=? AND record=?)');
});
