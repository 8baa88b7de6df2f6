import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { type Actor, internalRequest, systemActor } from '../actor.ts';
import { actorOf, type Callers, createCallers } from './callers.ts';

let world: TestCore;
let callers: Callers;
let reads: number;

beforeEach(async () => {
  world = await openTestCore();
  reads = 0;
  callers = createCallers({
    database: world.database.db,
    schema: () => world.core.collections.schema,
    clock: world.clock,
    findStored(...asked) {
      reads++;
      return world.core.records.findStored(...asked);
    },
  });
});
afterEach(() => world.close());

async function signUp(): Promise<Actor & { kind: 'account' }> {
  const collection = world.core.collections.get('users');
  const password = 'likes-long-words';
  const { values } = await world.core.records.create(systemActor, collection, {
    ...{ email: 'ann@example.com', password, passwordConfirm: password },
  });
  const record = await world.core.records.findStored(collection, String(values.id));
  if (!record) throw new Error('no account');
  return { kind: 'account', collection, record, request: internalRequest };
}

test('one session is one caller, watched for as long as anybody holds it', async () => {
  const actor = await signUp();
  const id = String(actor.record.id);
  const [one, two] = [callers.hold(actor), callers.hold(actor)];
  expect(one).toBe(two);
  expect(callers.watches(actor.collection.id, id)).toBe(true);
  callers.release(one);
  expect(callers.watches(actor.collection.id, id)).toBe(true);
  callers.release(two);
  expect(callers.watches(actor.collection.id, id)).toBe(false);
});

test('another token key is another session', async () => {
  const actor = await signUp();
  const other = { ...actor, record: { ...actor.record, tokenKey: 'another'.repeat(6) } };
  const [one, two] = [callers.hold(actor), callers.hold(other)];
  expect(one).not.toBe(two);
  for (const caller of [one, two]) await callers.refresh(world.database.db, caller);
  expect(actorOf(one, internalRequest).kind).toBe('account');
  expect(actorOf(two, internalRequest).kind).toBe('guest');
});

test('the account is read when it may have changed, and not otherwise', async () => {
  const actor = await signUp();
  const caller = callers.hold(actor);
  const { db } = world.database;
  const refresh = async () => {
    const before = reads;
    await callers.refresh(db, caller);
    return reads - before;
  };
  expect(await refresh()).toBe(1);
  expect(await refresh()).toBe(0);
  callers.changed(actor.collection.id, String(actor.record.id));
  expect(await refresh()).toBe(1);
  world.clock.time += 10_000;
  // Nothing was committed since.
  expect(await refresh()).toBe(0);
  await world.core.collections.update(systemActor, 'users', { listRule: null });
  expect(await refresh()).toBe(1);
});

test('who lost the session does not get it back, but may begin a new one', async () => {
  const actor = await signUp();
  const lost = callers.hold(actor);
  const { collection, record } = actor;
  await world.core.records.update(systemActor, collection, String(record.id), { email: 'new@example.com' });
  await callers.refresh(world.database.db, lost);
  expect(lost.who.kind).toBe('guest');
  const fresh = await world.core.records.findStored(collection, String(record.id));
  if (!fresh) throw new Error('no account');
  const next = callers.hold({ ...actor, record: fresh });
  await callers.refresh(world.database.db, next);
  expect(actorOf(next, internalRequest)).toMatchObject({
    kind: 'account',
    record: { email: 'new@example.com' },
  });
});

test('guests and the product itself are nobody’s account', async () => {
  const guest = callers.hold({ kind: 'guest', request: internalRequest });
  const system = callers.hold(systemActor);
  for (const caller of [guest, system]) {
    await callers.refresh(world.database.db, caller);
    callers.release(caller);
    expect(caller.account).toBeUndefined();
  }
  expect(actorOf(system, internalRequest).kind).toBe('superuser');
  expect(reads).toBe(0);
});
