import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { type Actor, systemActor } from '../actor.ts';
import type { Log } from '../ports/log.ts';
import { accountActor } from './account-actor.ts';

const PASSWORD = 'correct horse battery';
const request = { ...systemActor.request, address: '192.0.2.9' };

let world: TestCore;
let lines: { readonly event: string; readonly facts: unknown }[];
let ada: Actor;
let by: { readonly by: unknown; readonly address: string };

beforeEach(async () => {
  lines = [];
  const note = (event: string, facts?: unknown) => void lines.push({ event, facts });
  const log: Log = { debug: note, info: note, warn: note, error: note };
  world = await openTestCore({ log });
  const superusers = world.core.collections.get('_superusers');
  const { values } = await world.core.records.create(systemActor, superusers, account('ada@example.com'));
  const record = (await world.core.records.findStored(superusers, String(values.id))) ?? {};
  ada = accountActor(superusers, record, request);
  by = { by: record.id, address: '192.0.2.9' };
  lines.length = 0;
});
afterEach(() => world.close());

const account = (email: string) => ({ email, password: PASSWORD, passwordConfirm: PASSWORD });
const noted = () => lines.filter(({ event }) => event.startsWith('auth.account_'));

test('what a superuser makes, changes and deletes of accounts is logged with who and where, and without secrets', async () => {
  const { records, collections } = world.core;
  const superusers = collections.get('_superusers');
  const { values } = await records.create(ada, superusers, account('eve@example.com'));
  const record = String(values.id);
  await records.update(ada, superusers, record, { password: PASSWORD, passwordConfirm: PASSWORD });
  await records.update(ada, superusers, record, { email: 'eva@example.com', password: '' });
  await records.update(ada, superusers, record, { emailVisibility: true });
  await records.delete(ada, superusers, record);
  const it = { collection: '_superusers', record };
  expect(noted()).toEqual([
    { event: 'auth.account_made', facts: { ...it, ...by } },
    { event: 'auth.account_changed', facts: { ...it, what: 'password', ...by } },
    { event: 'auth.account_changed', facts: { ...it, what: 'email', ...by } },
    { event: 'auth.account_deleted', facts: { ...it, ...by } },
  ]);
  expect(JSON.stringify(lines)).not.toContain(PASSWORD);
});

test('so it is within a batch, but for a rehearsal and what was refused', async () => {
  const { records, collections } = world.core;
  const users = collections.get('users');
  const make = { kind: 'create', collection: users, input: account('mia@example.com') } as const;
  await records.batch(ada, [make], { rehearsal: true });
  await records.create(ada, users, account('no address')).catch(() => undefined);
  expect(noted()).toEqual([]);
  const [made] = await records.batch(ada, [make]);
  const record = made?.kind === 'done' ? made.id : '';
  await records.batch(ada, [
    { kind: 'update', collection: users, id: record, input: { verified: true } },
    { kind: 'delete', collection: users, id: record },
  ]);
  const it = { collection: 'users', record };
  expect(noted()).toEqual([
    { event: 'auth.account_made', facts: { ...it, ...by } },
    { event: 'auth.account_changed', facts: { ...it, what: 'verified', ...by } },
    { event: 'auth.account_deleted', facts: { ...it, ...by } },
  ]);
});

test('records that are no accounts are nothing of it', async () => {
  const { records, collections } = world.core;
  const posts = await collections.create(systemActor, {
    ...{ name: 'posts', type: 'base' },
    fields: [{ name: 'email', type: 'email' }],
  });
  await records.create(ada, posts, { email: 'a@example.com' });
  expect(noted()).toEqual([]);
});

test('who ends the session of another account, or switches its authenticator app off, is told beside whose it is', async () => {
  const { auth, records, collections } = world.core;
  const collection = collections.get('users');
  const { values } = await records.create(systemActor, collection, account('mia@example.com'));
  const record = (await records.findStored(collection, String(values.id))) ?? {};
  const mia = { collection, record };
  await auth.totp.adopt(systemActor, mia, 'A'.repeat(32));
  await auth.sessions.open(accountActor(collection, record, request), mia);
  const [session] = await auth.sessions.list(ada, { collection, id: String(record.id) });
  lines.length = 0;
  await auth.totp.forget(ada, mia);
  await auth.sessions.end(ada, session?.id ?? '');
  const facts = { collection: 'users', record: record.id, ...by };
  expect(lines).toEqual([
    { event: 'auth.totp_off', facts },
    { event: 'auth.session_ended', facts },
  ]);
});
