import { afterEach, beforeEach, expect, test } from 'bun:test';
import { consoleFiles } from '../../test/support/console.ts';
import { openTestCore, type TestCore } from '../../test/support/core.ts';
import { guest } from '../../test/support/records.ts';
import { systemActor } from '../core/actor.ts';
import type { AccountRef } from '../core/index.ts';
import { consolePages } from './index.ts';

const HOUR = 3600_000;
const ADA = { email: 'ada@example.com', password: 'correct horse battery' };

let world: TestCore;
let account: AccountRef;
let idle: number;
let send: (path: string, init?: RequestInit) => Promise<Response>;

beforeEach(async () => {
  world = await openTestCore();
  const { core } = world;
  const collection = core.collections.get('_superusers');
  const made = await core.records.create(systemActor, collection, { ...ADA, passwordConfirm: ADA.password });
  account = { collection, record: (await core.records.findStored(collection, String(made.values.id))) ?? {} };
  idle = 8 * 3600;
  const app = consolePages({
    ...{ core, files: consoleFiles, publicUrl: undefined, idleLimit: () => idle },
    ...{ clientAddress: () => '192.0.2.1', requestId: () => 'id' },
  });
  send = async (path, init = {}) => app.handle(new Request(`http://localhost${path}`, init));
});
afterEach(() => world.close());

async function signIn(): Promise<string> {
  const answer = await send('/_/login', { method: 'POST', body: new URLSearchParams(ADA) });
  const [cookie = ''] = answer.headers.getSetCookie();
  expect(cookie).toContain('Max-Age=28800');
  return cookie.split(';')[0] ?? '';
}

const look = (cookie: string, path = '/_/account') => send(path, { headers: { cookie } });

test('a session that is used goes on, and its cookie with it; one that is not ends', async () => {
  const cookie = await signIn();
  for (let times = 0; times < 5; times++) {
    world.clock.time += 7 * HOUR;
    const answer = await look(cookie);
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(new RegExp(`^${cookie};.*Max-Age=28800.*HttpOnly`)),
    ]);
    expect((await look(cookie)).headers.getSetCookie()).toEqual([]);
  }
  world.clock.time += 8 * HOUR;
  const late = await look(cookie, '/_/files?kind=image');
  expect([late.status, late.headers.get('location')]).toEqual([
    303,
    '/_/login?next=%2F_%2Ffiles%3Fkind%3Dimage',
  ]);
});

test('what a page asks for by itself keeps nobody signed in', async () => {
  for (const path of ['/_/operations/storage/progress', '/_/operations/requests/stream']) {
    const cookie = await signIn();
    world.clock.time += 5 * HOUR;
    const answer = await look(cookie, path);
    await answer.body?.cancel();
    expect(answer.headers.get('location') ?? answer.headers.get('content-type')).not.toContain('/_/login');
    expect(answer.headers.getSetCookie().filter((one) => one.startsWith('dossier='))).toEqual([]);
    world.clock.time += 5 * HOUR;
    expect((await look(cookie)).status).toBe(303);
  }
});

test('use does not extend a session beyond its life', async () => {
  const cookie = await signIn();
  for (let hours = 0; hours < 30 * 24 - 6; hours += 6) {
    world.clock.time += 6 * HOUR;
    expect((await look(cookie)).status).toBe(200);
  }
  world.clock.time += 6 * HOUR;
  expect((await look(cookie)).status).toBe(303);
});

test('a change of the limit counts at once', async () => {
  const cookie = await signIn();
  world.clock.time += 2 * HOUR;
  idle = 3600;
  expect((await look(cookie)).status).toBe(303);
});

test('sessions of other clients may go unused', async () => {
  const { core, clock } = world;
  const { refreshToken } = await core.auth.sessions.open(guest, account);
  clock.time += 9 * HOUR;
  expect(await core.auth.sessions.refresh(guest, refreshToken, () => ({}))).toBeDefined();
});

test('a sign-out takes the cookie away, however long it was unused', async () => {
  const cookie = await signIn();
  const page = await (await look(cookie)).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  world.clock.time += HOUR;
  const body = new URLSearchParams({ csrf });
  const answer = await send('/_/logout', { method: 'POST', headers: { cookie }, body });
  const own = answer.headers.getSetCookie().filter((one) => one.startsWith('dossier='));
  expect(own).toEqual([expect.stringContaining('Max-Age=0')]);
});

test('a form that comes too late is not taken, and leads back to its page, which says so', async () => {
  const cookie = await signIn();
  const page = await (await look(cookie)).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  world.clock.time += 9 * HOUR;
  const headers = { cookie, referer: 'http://localhost/_/account?confirm=x' };
  const body = new URLSearchParams({ csrf, theme: 'dark', language: 'de' });
  const late = await send('/_/account/look', { method: 'POST', headers, body });
  const login = late.headers.get('location') ?? '';
  expect(login).toBe('/_/login?next=%2F_%2Faccount%3Fconfirm%3Dx');
  const note = late.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const form = await (await look(note, login)).text();
  expect(form).toContain('what you sent was not taken');
  expect(form).toContain('name="next" value="/_/account?confirm=x"');
});
