import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { internalRequest, systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { CollectionInput, Collections, DefinitionsOptions } from './collections.ts';
import { collectionTemplates } from './templates/index.ts';

let world: TestCore;
let collections: Collections;

beforeEach(async () => {
  world = await openTestCore();
  collections = world.core.collections;
});
afterEach(() => world.close());

const everything = collectionTemplates.flatMap(({ collections }) => collections);
const copy = (inputs: readonly CollectionInput[]): CollectionInput[] => JSON.parse(JSON.stringify(inputs));
const plan = async (inputs: readonly CollectionInput[], options?: DefinitionsOptions) => {
  const { changes } = await collections.planAll(systemActor, inputs, options);
  return changes.map(({ kind, before, after }) => `${kind} ${(after ?? before)?.name}`);
};
const apply = (inputs: readonly CollectionInput[], options?: DefinitionsOptions) =>
  collections.applyAll(systemActor, inputs, options);
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error('it did not fail as it should');
  return error;
};
const relation = (name: string, collectionId: string) => ({ name, type: 'relation', collectionId });

test('what one server gives out, another takes, in any order; taken again, nothing changes', async () => {
  await collections.createAll(systemActor, everything);
  const given = copy(collections.definitions(systemActor));
  const other = await openTestCore();
  try {
    const there = other.core.collections;
    await there.applyAll(systemActor, given.toReversed());
    expect(
      there.definitions(
        systemActor,
        given.map(({ name }) => String(name)),
      ),
    ).toEqual(given);
    const again = await there.planAll(systemActor, given, { deleteMissing: true });
    expect(new Set(again.changes.map(({ kind }) => kind))).toEqual(new Set(['same']));
  } finally {
    await other.close();
  }
});

test('a preview names the rules of others that would not hold any more', async () => {
  const { id } = await collections.create(systemActor, {
    name: 'houses',
    fields: [{ name: 'street', type: 'text' }],
  });
  await collections.create(systemActor, {
    name: 'rooms',
    fields: [relation('house', id)],
    listRule: 'house.street != ""',
    viewRule: '@collection.houses.street ?= "x"',
  });
  const fields = collections.get('houses').fields.map((field) => ({ ...field }));
  const renamed = fields.map((field) => (field.name === 'street' ? { ...field, name: 'road' } : field));
  const rulesOf = ({ broken }: { broken: readonly { collection: string; rule: string }[] }) =>
    broken.map(({ collection, rule }) => `${collection}.${rule}`);
  expect(rulesOf(await collections.preview(systemActor, 'houses', { fields: renamed }))).toEqual([
    'rooms.listRule',
    'rooms.viewRule',
  ]);
  expect(rulesOf(await collections.preview(systemActor, 'houses', { name: 'homes' }))).toEqual([
    'rooms.viewRule',
  ]);
  expect(rulesOf(await collections.preview(systemActor, 'houses', { listRule: '' }))).toEqual([]);
  expect(rulesOf(await collections.planAll(systemActor, [{ name: 'houses', fields: renamed }]))).toEqual([
    'rooms.listRule',
    'rooms.viewRule',
  ]);
  expect(collections.referrers(systemActor, 'houses')).toEqual(['rooms']);
  const guest = { kind: 'guest', request: internalRequest } as const;
  expect(() => collections.referrers(guest, 'houses')).toThrow();
  await expect(collections.preview(guest, 'houses', {})).rejects.toMatchObject({ code: 'unauthorized' });
});

test('definitions are without secrets and without the collections of the system', async () => {
  await collections.update(systemActor, 'users', {
    oauth2: { providers: [{ name: 'google', clientId: 'id', clientSecret: 'hush-hush' }] },
  });
  const text = JSON.stringify(collections.definitions(systemActor));
  const users = collections.get('users');
  expect(text).toContain('"clientId":"id"');
  expect(text).not.toContain('hush-hush');
  expect(text).not.toContain('secret');
  expect(text).not.toContain(users.auth?.authToken.secret ?? '');
  expect(text).not.toContain('_superusers');
  // And taking them back loses none.
  const [given = {}] = copy(collections.definitions(systemActor, ['users']));
  await apply([{ ...given, viewRule: '' }]);
  expect(collections.get('users').auth?.oauth2.providers).toEqual([
    { name: 'google', clientId: 'id', clientSecret: 'hush-hush' },
  ]);
  expect(collections.get('users').auth?.authToken).toEqual(users.auth?.authToken);
});

test('collections may refer to each other in a circle, and rules to what comes later', async () => {
  const rooms = {
    name: 'rooms',
    fields: [relation('host', 'guests')],
    listRule: 'host.name = "x" && @collection.guests.name = "y"',
  };
  const guests = { name: 'guests', fields: [relation('room', 'rooms'), { name: 'name', type: 'text' }] };
  await apply([rooms, guests]);
  const host = collections.get('rooms').fields.find(({ name }) => name === 'host');
  expect(host).toMatchObject({ collectionId: collections.get('guests').id });
});

test('a review shows steps and changes nothing; its mark holds until somebody else changes something', async () => {
  const [rooms] = await collections.createAll(systemActor, [
    { name: 'rooms', fields: [{ name: 'size', type: 'number' }] },
    { name: 'others' },
  ]);
  const set = [
    {
      name: 'rooms',
      fields: [
        { name: 'size', type: 'number' },
        { name: 'view', type: 'text' },
      ],
    },
    { name: 'others' },
    { name: 'new' },
  ];
  const review = await collections.planAll(systemActor, set);
  expect(review.changes.map(({ kind }) => kind)).toEqual(['update', 'same', 'create']);
  expect(review.changes[0]?.steps.map(({ kind }) => kind)).toEqual(['add_column', 'save_definition']);
  expect(collections.get('rooms')).toBe(rooms ?? collections.get('others'));
  world.clock.time += 1000;
  await collections.update(systemActor, 'rooms', { listRule: '' });
  const outdated = await failure(apply(set, { mark: review.mark }));
  expect([outdated.code, outdated.reason]).toEqual(['conflict', 'review_outdated']);
  expect(collections.schema.byName('new')).toBeUndefined();
  const { mark } = await collections.planAll(systemActor, set);
  await apply(set, { mark });
  expect(collections.get('rooms').fields.map(({ name }) => name)).toEqual(['id', 'size', 'view']);
});

test('what a set leaves out stays, unless asked', async () => {
  await collections.createAll(systemActor, [
    {
      name: 'rooms',
      fields: [
        { name: 'size', type: 'number' },
        { name: 'view', type: 'text' },
      ],
    },
    { name: 'others', fields: [relation('room', 'rooms')] },
  ]);
  await world.core.records.create(systemActor, collections.get('rooms'), { size: 3, view: 'sea' });
  const set = [{ name: 'rooms', fields: [{ name: 'size', type: 'number' }] }];
  expect(await plan(set)).toEqual(['same rooms']);
  const [users = {}] = collections.definitions(systemActor, ['users']);
  const exactly = [...set, users];
  expect(await plan(exactly, { deleteMissing: true })).toEqual([
    'delete others',
    'update rooms',
    'same users',
  ]);
  await apply(exactly, { deleteMissing: true });
  expect(collections.schema.byName('others')).toBeUndefined();
  expect(collections.get('_superusers').system).toBe(true);
  const { items } = await world.core.records.list(systemActor, collections.get('rooms'), {
    page: 1,
    perPage: 5,
  });
  expect(items.map(({ values }) => values)).toEqual([{ id: expect.any(String), size: 3 }]);
});

test('definitions from another server, where ids differ, keep the rows of this one', async () => {
  await collections.createAll(systemActor, [
    { id: 'here_rooms', name: 'rooms', fields: [{ id: 'f1', name: 'size', type: 'number' }] },
  ]);
  await world.core.records.create(systemActor, collections.get('rooms'), { size: 3 });
  const set = [
    { id: 'there_beds', name: 'beds', fields: [relation('room', 'there_rooms')] },
    {
      id: 'there_rooms',
      name: 'rooms',
      fields: [{ id: 'other', name: 'size', type: 'number', required: true }],
    },
  ];
  const { changes } = await apply(set);
  expect(changes[1]?.steps.map(({ kind }) => kind)).toEqual(['save_definition']);
  expect(collections.get('beds').fields.at(-1)).toMatchObject({ collectionId: 'here_rooms' });
  expect(await world.core.records.count(systemActor, collections.get('rooms'), 'size = 3')).toBe(1);
});

test('every issue of every definition is told at its place, and nothing is done', async () => {
  const error = await failure(
    apply([
      { name: 'rooms', listRule: 'nothing = 1' },
      { name: 'bad name' },
      { name: 'halls', fields: [relation('room', 'nowhere')] },
    ]),
  );
  expect(error.issues.map(({ path, code }) => [path, code])).toEqual([['1.name', 'match_invalid']]);
  const later = await failure(
    apply([
      { name: 'rooms', listRule: 'nothing = 1' },
      { name: 'halls', fields: [relation('room', 'nowhere')] },
    ]),
  );
  expect(later.issues.map(({ path, code }) => [path, code])).toEqual([
    ['0.listRule', 'invalid_rule'],
    ['1.fields.1.collectionId', 'field_relation_missing_collection'],
  ]);
  const twice = await failure(apply([{ name: 'users' }, { id: '_pb_users_auth_' }]));
  expect(twice.issues).toEqual([{ path: '1.name', code: 'collection_name_exists' }]);
  expect((await failure(apply([{ name: 'one' }, { name: 'ONE' }]))).issues[0]?.path).toBe('1.name');
  expect(collections.schema.collections.map(({ name }) => name)).toEqual(['_superusers', 'users']);
});

test('a step that fails on the rows undoes all of it', async () => {
  await collections.create(systemActor, { name: 'rooms', fields: [{ name: 'size', type: 'number' }] });
  for (const size of [1, 1]) await world.core.records.create(systemActor, collections.get('rooms'), { size });
  const error = await failure(
    apply([{ name: 'new' }, { name: 'rooms', indexes: ['CREATE UNIQUE INDEX u ON rooms (size)'] }]),
  );
  expect(error.issues[0]?.code).toBe('invalid_index_expression');
  expect(collections.schema.byName('new')).toBeUndefined();
});

test('only superusers may', async () => {
  const guest = { kind: 'guest', request: internalRequest } as const;
  expect((await failure(collections.applyAll(guest, []))).code).toBe('unauthorized');
  expect((await failure(collections.planAll(guest, []))).code).toBe('unauthorized');
  expect(() => collections.definitions(guest)).toThrow(AppError);
});
