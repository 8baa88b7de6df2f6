import { afterAll, beforeAll, expect, test } from 'bun:test';
import { collectionId, guest, openRecordWorld, type RecordWorld } from '../../../test/support/records.ts';
import type { AppError } from '../errors.ts';
import type { RecordInput } from './record.ts';

let world: RecordWorld;

const author = 'author000000001';
const book = 'book00000000001';

beforeAll(async () => {
  world = await openRecordWorld([
    { name: 'authors', fields: [{ name: 'name', type: 'text' }] },
    {
      name: 'books',
      fields: [
        { name: 'isbn', type: 'text' },
        { name: 'shelf', type: 'text' },
        { name: 'place', type: 'number' },
        {
          ...{ name: 'author', type: 'relation', collectionId: collectionId('authors'), maxSelect: 1 },
          required: true,
        },
      ],
      indexes: [
        "CREATE UNIQUE INDEX `books_isbn` ON `books` (`isbn`) WHERE `isbn` != ''",
        "CREATE UNIQUE INDEX `books_place` ON `books` (`shelf`, `place`) WHERE `shelf` != ''",
      ],
    },
    { name: 'folded', fields: [], idKind: 'integer' },
  ]);
  await world.records.create(guest, world.collection('authors'), { id: author, name: 'Ann' });
  await create({ id: book, author, isbn: '1', shelf: 'a', place: 1 });
  await create({ id: 'book00000000002', author, isbn: '2', shelf: 'a', place: 2 });
});

afterAll(() => world.close());

function create(input: RecordInput, collection = 'books') {
  return world.records.create(guest, world.collection(collection), input);
}

interface Failure {
  readonly code: string;
  readonly reason: string | undefined;
  readonly issues: readonly string[];
}

async function failure(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(
    () => ({ code: 'done', reason: undefined, issues: [] }),
    ({ code, reason, issues }: AppError) => ({
      ...{ code, reason },
      issues: issues.map((one) => `${one.path} ${one.code}`),
    }),
  );
}

test('an id that is taken is told at the id', async () => {
  const taken = { code: 'invalid', reason: 'create', issues: ['id not_unique'] };
  expect(await failure(create({ id: book, author }))).toEqual(taken);
  await create({ id: '5' }, 'folded');
  expect(await failure(create({ id: '5' }, 'folded'))).toEqual(taken);
});

test('a unique value that is taken is told at its fields, by create and update', async () => {
  expect(await failure(create({ author, isbn: '2' }))).toEqual({
    ...{ code: 'invalid', reason: 'create', issues: ['isbn not_unique'] },
  });
  const update = world.records.update(guest, world.collection('books'), book, { place: 2 });
  expect(await failure(update)).toEqual({
    ...{ code: 'invalid', reason: 'update', issues: ['shelf not_unique', 'place not_unique'] },
  });
});

test('a reference that leads nowhere is told at its field', async () => {
  const missing = 'author999999999';
  expect(await failure(create({ author: missing }))).toEqual({
    ...{ code: 'invalid', reason: 'create', issues: ['author missing_rel_records'] },
  });
  const update = world.records.update(guest, world.collection('books'), book, { author: missing });
  expect(await failure(update)).toEqual({
    ...{ code: 'invalid', reason: 'update', issues: ['author missing_rel_records'] },
  });
});

test('a record that a required reference holds is a conflict to delete, alone and in a batch', async () => {
  const held = { code: 'conflict', reason: 'required_reference', issues: [] };
  const collection = world.collection('authors');
  expect(await failure(world.records.delete(guest, collection, author))).toEqual(held);
  const batch = world.records.batch(guest, [{ kind: 'delete', collection, id: author }]);
  expect(await failure(batch)).toEqual(held);
});
