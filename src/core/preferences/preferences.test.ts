import { afterAll, beforeAll, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { type Actor, internalRequest, systemActor } from '../actor.ts';
import { accountActor, guestOf } from '../auth/account-actor.ts';
import { PREFERENCE_LIMITS } from './preferences.ts';

let world: TestCore;
let ada: Actor;
let mia: Actor;

beforeAll(async () => {
  world = await openTestCore();
  ada = await superuser('ada@example.com');
  mia = await superuser('mia@example.com');
});
afterAll(() => world.close());

async function superuser(email: string): Promise<Actor> {
  const { core } = world;
  const password = 'correct horse battery';
  const collection = core.collections.get('_superusers');
  const input = { email, password, passwordConfirm: password };
  const { values } = await core.records.create(systemActor, collection, input);
  return actorOf('_superusers', String(values.id));
}

async function actorOf(name: string, id: string): Promise<Actor> {
  const { core } = world;
  const collection = core.collections.get(name);
  const record = await core.records.findStored(collection, id);
  if (record === undefined) throw new Error('there is no such account');
  return accountActor(collection, record, internalRequest);
}

const kept = async (actor: Actor) => Object.fromEntries(await world.core.preferences.list(actor));

test('what a superuser keeps is theirs alone, and null forgets it', async () => {
  const { preferences } = world.core;
  await preferences.save(ada, { look: { theme: 'dark' }, 'columns.posts': ['a', 'Ünï"\\'] });
  await preferences.save(mia, { look: { theme: 'light' } });
  expect(await kept(ada)).toEqual({ look: { theme: 'dark' }, 'columns.posts': ['a', 'Ünï"\\'] });
  await preferences.save(ada, { look: null, page: 100 });
  expect(await kept(ada)).toEqual({ 'columns.posts': ['a', 'Ünï"\\'], page: 100 });
  expect(await kept(mia)).toEqual({ look: { theme: 'light' } });
});

test('nobody else has any', async () => {
  const { core } = world;
  const password = { password: 'correct horse battery', passwordConfirm: 'correct horse battery' };
  const users = core.collections.get('users');
  const made = await core.records.create(systemActor, users, { email: 'u@example.com', ...password });
  const user = await actorOf('users', String(made.values.id));
  for (const [actor, refusal] of [
    [guestOf(internalRequest), { code: 'unauthorized' }],
    [user, { code: 'forbidden', reason: 'superusers_only' }],
    [systemActor, { code: 'forbidden', reason: 'no_account' }],
  ] as const) {
    await expect(core.preferences.list(actor)).rejects.toMatchObject(refusal);
    await expect(core.preferences.save(actor, { look: 1 })).rejects.toMatchObject(refusal);
  }
});

test('values, names and their number are bounded, all or nothing', async () => {
  const { preferences } = world.core;
  const before = await kept(mia);
  const { bytes, count } = PREFERENCE_LIMITS;
  // With its quotes, and two bytes a letter.
  await preferences.save(mia, { long: 'ä'.repeat(bytes / 2 - 1) });
  const tooLong = preferences.save(mia, { other: 1, long: `${'ä'.repeat(bytes / 2 - 1)}a` });
  await expect(tooLong).rejects.toMatchObject({ issues: [{ path: 'long', code: 'too_long' }] });
  for (const name of ['', 'a b', '../x', 'x'.repeat(121)]) {
    const odd = preferences.save(mia, { other: 1, [name]: 1 });
    await expect(odd).rejects.toMatchObject({ issues: [{ path: name, code: 'invalid_name' }] });
  }
  const many = Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, index]));
  await expect(preferences.save(mia, many)).rejects.toMatchObject({ code: 'conflict', reason: 'too_many' });
  await preferences.save(mia, { long: null });
  expect(await kept(mia)).toEqual(before);
});

test('reading again asks the database only after something was committed', async () => {
  const { preferences } = world.core;
  await preferences.save(ada, { page: 20 });
  const first = await preferences.list(ada);
  expect(await preferences.list(ada)).toBe(first);
  await preferences.save(mia, { page: 50 });
  expect(await preferences.list(ada)).not.toBe(first);
});

test('they go with the account, and do not come again with its id', async () => {
  const { core, database } = world;
  const superusers = core.collections.get('_superusers');
  const eve = await superuser('eve@example.com');
  await core.preferences.save(eve, { look: { theme: 'dark' } });
  const id = String(eve.kind === 'superuser' && eve.record?.id);
  await core.records.delete(systemActor, superusers, id);
  const rows = database.db.prepare(sql`SELECT 1 FROM _preferences WHERE record = ${id}`);
  expect(await database.db.all(rows)).toEqual([]);
  const password = { password: 'correct horse battery', passwordConfirm: 'correct horse battery' };
  await core.records.create(systemActor, superusers, { id, email: 'eve@example.com', ...password });
  expect(await kept(await actorOf('_superusers', id))).toEqual({});
});
