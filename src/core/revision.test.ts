import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../test/support/core.ts';
import { guest } from '../../test/support/records.ts';
import { type Actor, systemActor } from './actor.ts';
import { accountActor } from './auth/account-actor.ts';
import { revisionOf } from './revision.ts';

let world: TestCore;
let mia: Actor;
let id: string;
const posts = () => world.core.collections.get('posts');
const changed = { code: 'conflict', reason: 'changed_meanwhile' };

beforeAll(async () => {
  world = await openTestCore();
  const { core } = world;
  await core.collections.create(systemActor, {
    ...{ name: 'posts', type: 'base', updateRule: '', viewRule: '' },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'views', type: 'number' },
      { name: 'secret', type: 'text', hidden: true },
    ],
  });
  id = String((await core.records.create(systemActor, posts(), { title: 'one' })).values.id);
  const users = core.collections.get('users');
  const made = await core.records.create(systemActor, users, {
    ...{ email: 'mia@example.com', password: 'long enough', passwordConfirm: 'long enough' },
  });
  mia = accountActor(users, made.values, guest.request);
});
afterAll(() => world.close());

test('a revision is another one for another value', () => {
  const all = [1, '1', 1n, null, [], [1], { a: 1 }, new Uint8Array([1]), new Uint8Array([2])].map(revisionOf);
  expect(new Set(all).size).toBe(all.length);
  for (const one of all) expect(one).toMatch(/^[\w-]{22}$/);
});

describe('of two who change a record', () => {
  const revision = () => world.core.records.revision(systemActor, posts(), id);
  const update = (input: Record<string, unknown>, ifUnchanged: string) =>
    world.core.records.update(systemActor, posts(), id, input, { ifUnchanged });

  test('the later one is told, and nothing of theirs is written', async () => {
    const seen = await revision();
    expect(await revision()).toBe(seen);
    await update({ title: 'first' }, seen);
    await expect(update({ title: 'second' }, seen)).rejects.toMatchObject(changed);
    const view = await world.core.records.view(systemActor, posts(), id);
    expect(view.values.title).toBe('first');
    await update({ title: 'second' }, await revision());
  });

  test('at the same moment, one is told', async () => {
    const seen = await revision();
    const done = await Promise.allSettled([update({ views: 1 }, seen), update({ views: 2 }, seen)]);
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  test('hidden values count, and a new collection of the same fields does not', async () => {
    const seen = await revision();
    await world.core.collections.update(systemActor, 'posts', { listRule: '' });
    expect(await revision()).toBe(seen);
    await world.core.records.update(systemActor, posts(), id, { secret: 'x' });
    expect(await revision()).not.toBe(seen);
  });

  test('only superusers are told apart', async () => {
    const { records } = world.core;
    const refused = { code: 'forbidden', reason: 'superusers_only' };
    await expect(records.revision(mia, posts(), id)).rejects.toMatchObject(refused);
    await expect(records.update(mia, posts(), id, { views: 3 }, { ifUnchanged: 'x' })).rejects.toMatchObject(
      refused,
    );
    await expect(records.revision(systemActor, posts(), 'gone')).rejects.toMatchObject({ reason: 'record' });
    await records.update(mia, posts(), id, { views: 3 });
  });
});

test('of two who change a collection, the later one is told', async () => {
  const { collections } = world.core;
  const seen = collections.revision(systemActor, 'posts');
  await collections.update(systemActor, 'posts', { listRule: "title = 'x'" }, { ifUnchanged: seen });
  const late = collections.update(systemActor, 'posts', { listRule: null }, { ifUnchanged: seen });
  await expect(late).rejects.toMatchObject(changed);
  expect(posts().rules.list).toBe("title = 'x'");
  const now = collections.revision(systemActor, 'posts');
  await collections.update(systemActor, 'posts', { listRule: null }, { ifUnchanged: now });
  expect(() => collections.revision(mia, 'posts')).toThrow('superusers_only');
  expect(() => collections.revision(systemActor, 'nope')).toThrow('collection');
});
