import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { internalRequest, systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Collections } from './collections.ts';

let world: TestCore;
let collections: Collections;

beforeEach(async () => {
  world = await openTestCore();
  collections = world.core.collections;
});
afterEach(() => world.close());

const relation = (name: string, collectionId: string) => ({ name, type: 'relation', collectionId });
const targets = (name: string) =>
  collections.get(name).fields.flatMap((field) => ('collectionId' in field ? [field.collectionId] : []));
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error('it did not fail as it should');
  return error;
};

test('several collections are made at once; relations go to earlier, existing and own ones by name or id', async () => {
  const [rooms, members] = await collections.createAll(systemActor, [
    { name: 'rooms', fields: [relation('parent', 'Rooms'), relation('owner', 'users')] },
    { name: 'members', fields: [relation('room', 'rooms'), relation('user', '_pb_users_auth_')] },
  ]);
  expect(targets('rooms')).toEqual([String(rooms?.id), '_pb_users_auth_']);
  expect(targets('members')).toEqual([String(rooms?.id), '_pb_users_auth_']);
  expect(members).toBe(collections.get('members'));
});

test('one that fails undoes all, and is named', async () => {
  const error = await failure(
    collections.createAll(systemActor, [
      { name: 'rooms' },
      { name: 'members', fields: [relation('room', 'rooms'), relation('later', 'others')] },
      { name: 'others' },
    ]),
  );
  expect(error.params.index).toBe(1);
  expect(error.issues).toEqual([
    { path: 'fields.2.collectionId', code: 'field_relation_missing_collection' },
  ]);
  expect(collections.schema.byName('rooms')).toBeUndefined();
  // The name is free again: no table stayed behind.
  await collections.createAll(systemActor, [{ name: 'rooms' }]);
});

test('a rule may speak of collections that are made before it', async () => {
  const rule = '@collection.rooms.name != ""';
  await collections.createAll(systemActor, [
    { name: 'rooms', fields: [{ name: 'name', type: 'text' }] },
    { name: 'members', listRule: rule },
  ]);
  expect(collections.get('members').rules.list).toBe(rule);
});

test('rules may speak of each other, and a wrong one undoes all', async () => {
  const rooms = { name: 'rooms', fields: [{ name: 'open', type: 'bool' }] };
  const members = { name: 'members', fields: [{ name: 'role', type: 'text' }] };
  const asMember = '@collection.members.role != ""';
  const wrong = { ...members, listRule: '@collection.rooms.nope != ""' };
  const error = await failure(collections.createAll(systemActor, [{ ...rooms, viewRule: asMember }, wrong]));
  expect([error.params.index, error.issues[0]?.path]).toEqual([1, 'listRule']);
  expect(collections.schema.byName('rooms')).toBeUndefined();
  const made = await collections.createAll(systemActor, [
    { ...rooms, viewRule: asMember },
    { ...members, listRule: '@collection.rooms.open = true' },
  ]);
  expect(made.map(({ rules }) => [rules.view, rules.list])).toEqual([
    [asMember, null],
    [null, '@collection.rooms.open = true'],
  ]);
});

test('a relation of a single new collection still goes by id only', async () => {
  const made = collections.create(systemActor, { name: 'members', fields: [relation('user', 'users')] });
  expect((await failure(made)).issues[0]?.code).toBe('field_relation_missing_collection');
});

test('nobody but superusers makes collections', async () => {
  expect(
    (await failure(collections.createAll({ kind: 'guest', request: internalRequest }, [{ name: 'rooms' }])))
      .code,
  ).toBe('unauthorized');
});
