import { afterEach, beforeEach, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { systemActor } from '../actor.ts';

let world: TestCore;

beforeEach(async () => {
  world = await openTestCore();
  await world.core.collections.create(systemActor, {
    name: 'notes',
    type: 'base',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'kind', type: 'select', values: ['a', 'b'], maxSelect: 1 },
    ],
  });
});
afterEach(() => world.close());

const stale = { code: 'busy', reason: 'schema_changed' };

/** A change of the collection and a write for its former state, brought by one turn of the event loop. */
async function together(change: (collections: TestCore['core']['collections']) => Promise<unknown>) {
  const { collections, records } = world.core;
  const notes = collections.get('notes');
  const kept = await records.create(systemActor, notes, { title: 'kept', kind: 'a' });
  const id = String(kept.values.id);
  const outcomes = await Promise.allSettled([
    change(collections),
    records.create(systemActor, notes, { title: 'new', kind: 'b' }),
    records.update(systemActor, notes, id, { kind: 'b' }),
    records.delete(systemActor, notes, id),
  ]);
  const [changed, ...writes] = outcomes;
  expect(changed?.status).toBe('fulfilled');
  return writes.map((write) => (write.status === 'rejected' ? write.reason : 'done'));
}

test('writes that wait behind the removal of a field are refused as outdated', async () => {
  const outcomes = await together((collections) =>
    collections.update(systemActor, 'notes', { fields: [{ name: 'title', type: 'text' }] }),
  );
  for (const outcome of outcomes) expect(outcome).toMatchObject(stale);
});

test('writes that wait behind a conversion never store the former form', async () => {
  const { db } = world.database;
  const outcomes = await together((collections) => {
    const fields = collections
      .get('notes')
      .fields.map((field) => (field.name === 'kind' ? { ...field, maxSelect: 2 } : field));
    return collections.update(systemActor, 'notes', { fields });
  });
  for (const outcome of outcomes) expect(outcome).toMatchObject(stale);
  expect(await db.all(db.prepare(sql`SELECT kind FROM notes`))).toEqual([{ kind: '["a"]' }]);
});

test('writes that wait behind a rename or the end of a collection are refused as outdated', async () => {
  const renamed = await together((collections) =>
    collections.update(systemActor, 'notes', { name: 'papers' }),
  );
  for (const outcome of renamed) expect(outcome).toMatchObject(stale);
  await world.core.collections.update(systemActor, 'papers', { name: 'notes' });
  const ended = await together((collections) => collections.delete(systemActor, 'notes'));
  for (const outcome of ended) expect(outcome).toMatchObject(stale);
});

test('a write whose body took longer than a change of its collection is refused as outdated', async () => {
  const { collections, records } = world.core;
  const users = collections.get('users');
  const account = {
    email: 'ann@example.com',
    password: 'a-long-password',
    passwordConfirm: 'a-long-password',
  };
  const ann = await records.create(systemActor, users, account);
  await collections.update(systemActor, 'users', { name: 'people' });
  const outcomes = await Promise.allSettled([
    records.create(systemActor, users, { ...account, email: 'bob@example.com' }),
    records.update(systemActor, users, String(ann.values.id), {
      password: 'another-one',
      passwordConfirm: 'another-one',
    }),
  ]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: stale });
});
