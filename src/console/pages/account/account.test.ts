import { afterEach, beforeEach, expect, test } from 'bun:test';
import { generate } from 'otplib';
import { consoleFiles } from '../../../../test/support/console.ts';
import { openTestCore } from '../../../../test/support/core.ts';
import { guest } from '../../../../test/support/records.ts';
import { openSignedIn, type SignedInConsole } from '../../../../test/support/signed-in-console.ts';
import { systemActor } from '../../../core/actor.ts';
import { accountActor } from '../../../core/auth/account-actor.ts';
import type { AccountRef } from '../../../core/index.ts';
import { consolePages } from '../../index.ts';

const ADA = { email: 'ada@example.com', password: 'correct horse battery' };
const FACTOR = '/_/account/second-factor';
let ada: SignedInConsole;
let account: AccountRef;

beforeEach(async () => {
  ada = await openSignedIn();
  const { core } = ada.world;
  const found = await core.auth.checkPassword(guest, {
    identity: ADA.email,
    password: ADA.password,
    of: 'superusers',
  });
  if (found === undefined) throw new Error('no Ada');
  account = found;
});
afterEach(() => ada.world.close());

const codeFor = (secret: string) => generate({ secret, epoch: ada.world.clock.time / 1000 });

/** Begins, and reads what the page hides and shows. */
async function begin(): Promise<{ secret: string; url: string; text: string }> {
  const { answer, text } = await ada.post(FACTOR, { factorPassword: ADA.password });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const secret = /name="secret" value="([A-Z2-7]+)"/.exec(text)?.[1] ?? '';
  const url = /name="url" value="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
  return { secret, url, text };
}

test('an authenticator app is set up by password and code, asked for at the next login, and switched off by a code', async () => {
  const { secret, url, text } = await begin();
  expect(url).toStartWith('otpauth://totp/');
  expect(text).toContain('<svg class="qr"');
  expect(text).not.toMatch(/<img|https?:\/\/(?!www\.w3\.org)/);
  const wrong = await ada.post(`${FACTOR}/confirmation`, { code: '000000', secret, url });
  expect([wrong.answer.status, wrong.text.includes(`value="${secret}"`)]).toEqual([422, true]);
  const right = await ada.post(`${FACTOR}/confirmation`, { code: await codeFor(secret), secret, url });
  expect([right.answer.status, right.location]).toEqual([303, '/_/account']);
  const page = await ada.get('/_/account');
  expect(page.text).toContain('Signing in asks for a code of your authenticator app.');
  expect(page.text).not.toContain(secret);

  const login = await ada.post('/_/login', ADA);
  expect(login.answer.headers.getSetCookie()).toEqual([]);
  const pending = /name="pending" value="([^"]+)"/.exec(login.text)?.[1] ?? '';
  const bad = await ada.post('/_/login/code', { pending, code: '000000', next: '/_/files' });
  expect([bad.answer.status, bad.answer.headers.getSetCookie()]).toEqual([422, []]);
  const used = await ada.post('/_/login/code', { pending, code: await codeFor(secret), next: '/_/files' });
  expect(used.answer.status).toBe(422);
  ada.world.clock.time += 30_000;
  const code = await codeFor(secret);
  const open = await ada.post('/_/login/code', {
    pending,
    code: `${code.slice(0, 3)} ${code.slice(3)}`,
    next: '/_/files',
  });
  expect([open.answer.status, open.location]).toEqual([303, '/_/files']);
});

test('it is switched off by a code, not without', async () => {
  const { secret, url } = await begin();
  await ada.post(`${FACTOR}/confirmation`, { code: await codeFor(secret), secret, url });
  const wrong = await ada.post(`${FACTOR}/removal`, { code: '000000' });
  expect([wrong.answer.status, wrong.text.includes('Each code counts once')]).toEqual([422, true]);
  expect(await ada.world.core.auth.totp.isOn(account)).toBe(true);
  ada.world.clock.time += 30_000;
  expect((await ada.post(`${FACTOR}/removal`, { code: await codeFor(secret) })).answer.status).toBe(303);
  expect(await ada.world.core.auth.totp.isOn(account)).toBe(false);
});

test('without the password nobody begins, and what a form calls its address is no other picture', async () => {
  for (const factorPassword of ['', 'wrong'])
    expect((await ada.post(FACTOR, { factorPassword })).answer.status).toBe(422);
  const { answer } = await ada.post(`${FACTOR}/confirmation`, {
    code: await codeFor('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'),
  });
  expect(answer.status).toBe(422);
  expect(await ada.world.core.auth.totp.isOn(account)).toBe(false);
  await begin();
  const evil = { code: '000000', secret: '<b>', url: 'https://evil.example/' };
  const { text } = await ada.post(`${FACTOR}/confirmation`, evil);
  expect(text).not.toContain('<svg class="qr"');
  expect(text).not.toContain('<b>');
});

test('sessions are listed; one is ended, or all others', async () => {
  const { core } = ada.world;
  const others = [
    await core.auth.sessions.open(guest, account),
    await core.auth.sessions.open(guest, account),
  ];
  const { text } = await ada.get('/_/account');
  const ids = [...text.matchAll(/name="session" value="([^"]+)"/g)].map(([, id = '']) => id);
  expect(ids).toHaveLength(3);
  expect(text.match(/this one/g)).toHaveLength(1);
  const listed = await core.auth.sessions.list(
    accountActor(account.collection, account.record, guest.request),
    { collection: account.collection, id: String(account.record.id) },
    others[0]?.refreshToken,
  );
  const first = listed.find(({ isCurrent }) => isCurrent)?.id ?? '';
  expect((await ada.post('/_/account/sessions/end', { session: first })).location).toBe('/_/account');
  expect(await core.auth.sessions.accountOf(others[0]?.refreshToken ?? '')).toBeUndefined();
  expect(await core.auth.sessions.accountOf(others[1]?.refreshToken ?? '')).toBeDefined();
  await ada.post('/_/account/sessions/end', { others: '1' });
  expect(await core.auth.sessions.accountOf(others[1]?.refreshToken ?? '')).toBeUndefined();
  const left = await ada.get('/_/account');
  expect(left.text).not.toContain('End all other sessions');
  const own = /name="session" value="([^"]+)"/.exec(left.text)?.[1] ?? '';
  const out = await ada.post('/_/account/sessions/end', { session: own });
  expect(out.location).toBe('/_/login');
  expect((await ada.get('/_/account')).answer.status).toBe(303);
});

test('who guesses is told when to try again', async () => {
  const world = await openTestCore({ failedLogins: 2 });
  const facts = { clientAddress: () => '192.0.2.9', requestId: () => 'id', publicUrl: undefined };
  const app = consolePages({ core: world.core, files: consoleFiles, ...facts });
  const { email: identity } = ADA;
  const input = { ...ADA, passwordConfirm: ADA.password };
  await world.core.records.create(systemActor, world.core.collections.get('_superusers'), input);
  const guess = async () => {
    const body = new URLSearchParams({ email: identity, password: 'wrong' });
    return app.handle(new Request('http://localhost/_/login', { method: 'POST', body }));
  };
  expect((await guess()).status).toBe(422);
  world.clock.time += 20_000;
  expect((await guess()).status).toBe(422);
  const held = await guess();
  expect([held.status, held.headers.get('retry-after')]).toEqual([429, '40']);
  expect(await held.text()).toContain('Try again in 40 seconds.');
  world.clock.time += 40_000;
  expect((await guess()).status).toBe(422);
  await world.close();
});
