import { afterEach, beforeEach, expect, test } from 'bun:test';
import {
  type AccountWorld,
  as,
  from,
  openAccountWorld,
  PASSWORD,
  somebody,
} from '../../../test/support/accounts.ts';
import { type Guest, systemActor } from '../actor.ts';
import type { AccountId, AccountRef, OpenSession } from './sessions.ts';

let world: AccountWorld;
let sessions: AccountWorld['auth']['sessions'];
let mia: AccountRef;
let tom: AccountRef;

const browser = (name: string, address: string): Guest => ({
  kind: 'guest',
  request: {
    ...from(address).request,
    header: (header) => (header === 'user_agent' ? name : undefined),
  },
});
const idOf = ({ collection, record }: AccountRef): AccountId => ({ collection, id: String(record.id) });
const open = (account: AccountRef, caller: Guest = somebody) => sessions.open(caller, account);
const refresh = (session: OpenSession, caller: Guest = somebody) =>
  sessions.refresh(caller, session.refreshToken, () => ({}));

beforeEach(async () => {
  world = await openAccountWorld();
  sessions = world.auth.sessions;
  mia = await world.mia();
  await world.core.records.create(systemActor, world.users(), {
    ...{ email: 'tom@example.com', username: 'tom', password: PASSWORD, passwordConfirm: PASSWORD },
  });
  tom = await world.account({ username: 'tom' });
});
afterEach(() => world.close());

test('the sessions of an account are told with when, whence and by what they were used, the last used first', async () => {
  const start = world.clock.time;
  const phone = await open(mia, browser('Phone/1\n\u202e', '192.0.2.7'));
  world.clock.time += 60_000;
  await open(mia);
  world.clock.time += 60_000;
  const next = await refresh(phone, browser('Phone/2', '192.0.2.8'));
  const common = { id: expect.stringMatching(/^[\w-]{43,64}$/), anonymous: false };
  expect(await sessions.list(as(mia), idOf(mia), next?.refreshToken)).toEqual([
    {
      ...{ ...common, created: start, used: start + 120_000, expires: start + 30 * 86_400_000 },
      ...{ address: '192.0.2.8', agent: 'Phone/2', isCurrent: true },
    },
    {
      ...{
        ...common,
        created: start + 60_000,
        used: start + 60_000,
        expires: start + 60_000 + 30 * 86_400_000,
      },
      ...{ address: '192.0.2.1', agent: '', isCurrent: false },
    },
  ]);
  const shown = JSON.stringify(await sessions.list(systemActor, idOf(mia)));
  for (const { refreshToken } of [phone, next ?? phone]) {
    expect(shown).not.toContain(refreshToken.slice(0, 20));
    expect(shown).not.toContain(refreshToken.slice(43, 63));
  }
});

test('sessions that are over are not told', async () => {
  await open(mia);
  expect(await sessions.list(systemActor, idOf(mia))).toHaveLength(1);
  world.clock.time += 30 * 86_400_000;
  expect(await sessions.list(systemActor, idOf(mia))).toEqual([]);
  await open(mia);
  await world.core.records.update(systemActor, mia.collection, String(mia.record.id), {
    ...{ password: 'another horse', passwordConfirm: 'another horse' },
  });
  expect(await sessions.list(systemActor, idOf(mia))).toEqual([]);
});

test('one is ended by its account or a superuser, and the others go on', async () => {
  const [first, second, third] = [await open(mia), await open(mia), await open(mia)];
  const own = async (session: OpenSession) =>
    (await sessions.list(as(mia), idOf(mia), session.refreshToken)).find(({ isCurrent }) => isCurrent)?.id ??
    '';
  await sessions.end(as(mia), await own(first));
  await sessions.end(systemActor, await own(second));
  expect(await refresh(first)).toBeUndefined();
  expect(await refresh(second)).toBeUndefined();
  expect(await refresh(third)).toBeDefined();
  expect(world.log.events).toContain('info auth.session_ended');
});

test('all are ended at once, with every token', async () => {
  const session = await open(mia);
  await open(mia);
  await sessions.endAll(as(mia), idOf(mia));
  expect(await sessions.list(systemActor, idOf(mia))).toEqual([]);
  expect(await refresh(session)).toBeUndefined();
  expect((await sessions.identify(session.accessToken, somebody.request)).actor.kind).toBe('guest');
});

test('nobody looks at the sessions of others or ends them', async () => {
  const session = await open(mia);
  const [{ id } = { id: '' }] = await sessions.list(systemActor, idOf(mia));
  const refused = { code: 'forbidden', reason: 'superusers_only' };
  await expect(sessions.list(as(tom), idOf(mia))).rejects.toMatchObject(refused);
  await expect(sessions.endAll(as(tom), idOf(mia))).rejects.toMatchObject(refused);
  await expect(sessions.end(as(tom), id)).rejects.toMatchObject({ code: 'not_found', reason: 'session' });
  await expect(sessions.end(as(mia), 'none')).rejects.toMatchObject({ code: 'not_found', reason: 'session' });
  await expect(sessions.list(somebody, idOf(mia))).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(sessions.end(somebody, id)).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(sessions.endAll(somebody, idOf(mia))).rejects.toMatchObject({ code: 'unauthorized' });
  const gone = { collection: mia.collection, id: 'gone' };
  await expect(sessions.list(systemActor, gone)).rejects.toMatchObject({ reason: 'account' });
  expect(await refresh(session)).toBeDefined();
});
