import { afterEach, expect, test } from 'bun:test';
import fc from 'fast-check';
import { generateSync } from 'otplib';
import { quarters } from '../../../../test/fixtures/images.ts';
import { openTestCore, type TestCore, testAccounts } from '../../../../test/support/core.ts';
import { at, textAt } from '../../../../test/support/json.ts';
import { systemActor } from '../../../core/actor.ts';
import type { CorePorts } from '../../../core/core.ts';
import type { DialectOptions, DialectSettings } from '../../dialect.ts';
import { trailbase } from '../index.ts';

const AUTH = 'http://localhost/api/auth/v1';
const PASSWORD = 'writes-good-tests';
const EMAIL = 'ann@example.com';
const FORM = 'application/x-www-form-urlencoded';
const MINUTE = 60_000;

/** A server of one test, reached without a network. */
interface Site {
  readonly world: TestCore;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

let open: TestCore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function start(settings: Partial<DialectSettings> = {}, ports: Partial<CorePorts> = {}): Promise<Site> {
  const world = await openTestCore(ports);
  open = world;
  const options: DialectOptions = {
    settings: {
      publicUrl: undefined,
      redirectUris: [],
      redirectSchemes: [],
      transactions: true,
      ...settings,
    },
    maxBodySize: 1_000_000,
    clientAddress: () => '192.0.2.7',
    proxyHeader: () => '',
    requestId: () => '',
    holdOpen: () => undefined,
    openSocket: () => 'unsupported',
    openStream: () => undefined,
  };
  const app = trailbase.routes(world.core, options);
  return {
    world,
    get: async (path, headers = {}) => app.handle(new Request(AUTH + path, { headers })),
    async post(path, body, headers = {}) {
      const isForm = typeof body === 'string';
      const type = isForm ? FORM : 'application/json';
      const sent = body instanceof FormData ? body : isForm ? body : JSON.stringify(body);
      const all = body instanceof FormData ? headers : { 'content-type': type, ...headers };
      return app.handle(new Request(AUTH + path, { method: 'POST', headers: all, body: sent }));
    },
  };
}

async function addUser(
  { world: { core } }: Site,
  values: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const users = core.collections.get('users');
  const given = { email: EMAIL, password: PASSWORD, passwordConfirm: PASSWORD, ...values };
  await core.records.create(systemActor, users, given);
}

async function signIn(site: Site): Promise<{ access: string; refresh: string; csrf: string }> {
  const answer = await site.post('/login', { email: EMAIL, password: PASSWORD });
  expect(answer.status).toBe(200);
  const tokens: unknown = await answer.json();
  return {
    access: textAt(tokens, 'auth_token'),
    refresh: textAt(tokens, 'refresh_token'),
    csrf: textAt(tokens, 'csrf_token'),
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const textOf = async (answer: Response | Promise<Response>) => {
  const { status } = await answer;
  return [status, await (await answer).text()] as const;
};

function codeOf(site: Site, url: string, steps = 0): string {
  const secret = new URL(url).searchParams.get('secret') ?? '';
  return generateSync({ secret, epoch: Math.floor(site.world.clock.time / 1000) + 30 * steps });
}

test('cookies are secure where browsers come over TLS', async () => {
  const site = await start({ publicUrl: 'https://shop.example.com' });
  await addUser(site);
  const answer = await site.post('/login', `email=${EMAIL}&password=${PASSWORD}`);
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^auth_token=ey[^;]+; Path=\/; Max-Age=3600; Secure; HttpOnly; SameSite=Strict$/),
    expect.stringMatching(
      /^refresh_token=\w{86}; Path=\/; Max-Age=2592000; Secure; HttpOnly; SameSite=Strict$/,
    ),
  ]);
});

test('a sign-in leads to the site, the listed addresses and the schemes of apps', async () => {
  const site = await start({
    publicUrl: 'https://shop.example.com',
    redirectUris: ['https://partner.example.org/back'],
    redirectSchemes: ['myapp'],
  });
  await addUser(site);
  const to = async (target: string) => {
    const form = new URLSearchParams({ email: EMAIL, password: PASSWORD, redirect_uri: target });
    const answer = await site.post('/login', form.toString());
    return answer.headers.get('location') ?? answer.status;
  };
  expect(await to('https://shop.example.com/in')).toBe('https://shop.example.com/in');
  expect(await to('https://partner.example.org/back')).toBe('https://partner.example.org/back');
  expect(await to('myapp://in')).toBe('myapp://in');
  // The request came to localhost, but that is not the site.
  expect(await to('http://localhost/in')).toBe(400);
  expect(await to('https://partner.example.org/other')).toBe(400);
  expect(await to('otherapp://in')).toBe(400);
});

test('whom the collection’s rule refuses, a right password does not let in', async () => {
  const site = await start();
  const { core } = site.world;
  await core.collections.update(systemActor, 'users', { authRule: 'verified = true' });
  await addUser(site);
  expect(await textOf(site.post('/login', { email: EMAIL, password: PASSWORD }))).toEqual([401, '']);
  const form = await site.post('/login', `email=${EMAIL}&password=${PASSWORD}&redirect_uri=/in`);
  expect([form.status, form.headers.get('location')]).toEqual([303, '/in?alert=Login+Failed']);
  await addUser(site, { email: 'ben@example.com', verified: true });
  expect((await site.post('/login', { email: 'ben@example.com', password: PASSWORD })).status).toBe(200);
});

test('registration can be off', async () => {
  const site = await start({}, { accounts: { ...testAccounts, registration: false } });
  const wish = { email: EMAIL, password: PASSWORD, password_repeat: PASSWORD };
  expect(await textOf(site.post('/register', wish))).toEqual([403, '']);
});

test('an access token serves for its time and a minute, a refresh token for the session’s', async () => {
  const site = await start();
  const { clock } = site.world;
  await addUser(site);
  const { access, refresh } = await signIn(site);
  const alive = async () =>
    at(await (await site.get('/status', bearer(access))).json(), 'auth_token') !== null;
  expect(await alive()).toBe(true);
  clock.time += 62 * MINUTE;
  expect(await alive()).toBe(false);
  expect((await site.post('/change_username', { new_username: 'x' }, bearer(access))).status).toBe(401);
  expect((await site.post('/refresh', { refresh_token: refresh })).status).toBe(200);
  clock.time += 31 * 24 * 60 * MINUTE;
  expect((await site.post('/refresh', { refresh_token: refresh })).status).toBe(401);
});

test('a dead cookie is taken back', async () => {
  const site = await start();
  const answer = await site.get('/status', { cookie: 'auth_token=ey.x; refresh_token=gone' });
  expect(answer.status).toBe(401);
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringContaining('auth_token=; Path=/; Max-Age=0'),
    expect.stringContaining('refresh_token=; Path=/; Max-Age=0'),
  ]);
});

test('a second factor is asked for on a page of its own, whose form then signs in', async () => {
  const site = await start();
  await addUser(site);
  const { access } = await signIn(site);
  const shown: unknown = await (await site.get('/totp/register', bearer(access))).json();
  const url = textAt(shown, 'totp_url');
  expect(at(shown, 'png')).toBeNull();
  expect(await textOf(site.post('/totp/confirm', { totp: '' }, bearer(access)))).toEqual([
    400,
    'TOTP missing',
  ]);
  const totp = codeOf(site, url);
  expect(
    await textOf(site.post('/totp/confirm', { totp, totp_url: 'otpauth://totp/other' }, bearer(access))),
  ).toEqual([200, 'TOTP enabled']);

  const login = `email=${EMAIL}&password=${PASSWORD}`;
  const json = await site.post('/login', { email: EMAIL, password: PASSWORD });
  expect([json.status, json.headers.get('content-type')]).toEqual([403, 'application/json']);
  const first = await site.post('/login', `${login}&mfa_redirect_uri=/second&redirect_uri=/in`);
  expect([first.status, first.headers.getSetCookie()]).toEqual([303, []]);
  const place = new URL(first.headers.get('location') ?? '', AUTH);
  expect(place.pathname).toBe('/second');
  const token = place.searchParams.get('mfa_token') ?? '';
  // A code is good once: the first one was spent by the confirmation.
  const second = await site.post('/login_mfa', `mfa_token=${token}&totp=${totp}&redirect_uri=/in`);
  expect(second.headers.get('location')).toBe('/in?alert=Login+Failed');
  site.world.clock.time += 30_000;
  const again = await site.post('/login', `${login}&mfa_redirect_uri=/second`);
  const next = new URL(again.headers.get('location') ?? '', AUTH).searchParams.get('mfa_token') ?? '';
  const done = await site.post('/login_mfa', `mfa_token=${next}&totp=${codeOf(site, url)}&redirect_uri=/in`);
  expect([done.status, done.headers.get('location')]).toEqual([303, '/in']);
  expect(done.headers.getSetCookie()).toHaveLength(2);
});

test('a pending second factor is no access token, and lasts two minutes', async () => {
  const site = await start();
  await addUser(site);
  const { access } = await signIn(site);
  const url = textAt(await (await site.get('/totp/register', bearer(access))).json(), 'totp_url');
  await site.post('/totp/confirm', { totp: codeOf(site, url, -1) }, bearer(access));
  const answer = await site.post('/login', { email: EMAIL, password: PASSWORD });
  const token = textAt(await answer.json(), 'mfa_token');
  const status: unknown = await (await site.get('/status', bearer(token))).json();
  expect(at(status, 'auth_token')).toBeNull();
  site.world.clock.time += 2 * MINUTE + 1000;
  const late = { mfa_token: token, totp: codeOf(site, url) };
  expect((await site.post('/login_mfa', late)).status).toBe(401);
});

test('an authorization code lasts five minutes', async () => {
  const site = await start();
  await addUser(site);
  const verifier = 'a'.repeat(50);
  const challenge = new Bun.CryptoHasher('sha256').update(verifier).digest('base64url');
  const flow = { response_type: 'code', redirect_uri: '/in', pkce_code_challenge: challenge };
  const answer = await site.post('/login', { email: EMAIL, password: PASSWORD, ...flow });
  const code = new URL(answer.headers.get('location') ?? '', AUTH).searchParams.get('code') ?? '';
  site.world.clock.time += 5 * MINUTE + 1000;
  expect((await site.post('/token', { authorization_code: code, pkce_code_verifier: verifier })).status).toBe(
    404,
  );
});

test('a superuser signs in by the same door and stays what it is', async () => {
  const site = await start();
  const { core } = site.world;
  const password = 'correct-horse-battery';
  await core.auth.createFirstSuperuser(core.auth.setupToken(), 'root@example.com', password);
  const answer = await site.post('/login', { email: 'root@example.com', password });
  const token = textAt(await answer.json(), 'auth_token');
  const claims: unknown = JSON.parse(atob(token.split('.')[1] ?? ''));
  expect(claims).toMatchObject({ admin: true, email: 'root@example.com' });
  const change = { old_password: password, new_password: 'another-good-one' };
  expect((await site.post('/change_password', change, bearer(token))).status).toBe(200);
  expect((await site.post('/login', { email: 'root@example.com', password })).status).toBe(401);
});

test('an unfit request to change something tells nothing of the account’s e-mail, and changes nothing', async () => {
  const site = await start();
  await addUser(site);
  const { access, csrf } = await signIn(site);
  const ask = (body: unknown) => site.post('/change_email/request', body, bearer(access));
  expect(await textOf(ask({ csrf_token: csrf, new_email: 7 }))).toEqual([400, "invalid 'new_email'"]);
  expect(await textOf(ask({ csrf_token: csrf, new_email: null }))).toEqual([400, 'Missing email']);
  expect(await textOf(ask(`csrf_token=${csrf}`))).toEqual([400, 'Missing email']);
  expect(site.world.mailer.sent).toEqual([]);
});

test('nobody learns who has an account', async () => {
  const site = await start();
  await site.world.core.collections.update(systemActor, 'users', { otp: { enabled: true } });
  await addUser(site);
  const bodies = (email: string) =>
    [
      ['/login', { email, password: 'wrong-password' }],
      ['/otp/request', { email }],
      ['/otp/login', { email, code: 'ABC123' }],
      ['/reset_password/request', { email }],
      ['/register', { email, password: PASSWORD, password_repeat: PASSWORD }],
    ] as const;
  const seen = async (email: string) => {
    const answers: unknown[] = [];
    for (const [path, body] of bodies(email)) {
      const answer = await site.post(path, body);
      answers.push([path, answer.status, [...answer.headers], await answer.text()]);
    }
    const trigger = await site.get(`/verify_email/trigger?email=${email}`);
    answers.push([trigger.status, await trigger.text()]);
    return answers;
  };
  expect(await seen(EMAIL)).toEqual(await seen('nobody@example.com'));
});

test('a code by mail signs in by what a link’s query says, and leads on', async () => {
  const site = await start();
  const { core, mailer } = site.world;
  await core.collections.update(systemActor, 'users', { otp: { enabled: true } });
  await addUser(site);
  const asked = await site.post('/otp/request?redirect_uri=/sent', { email: EMAIL });
  expect([asked.status, asked.headers.get('location')]).toEqual([303, '/sent']);
  for (const deadline = Date.now() + 3000; mailer.sent.length === 0 && Date.now() < deadline; )
    await Bun.sleep(5);
  const code = /\b[0-9A-Z]{6}\b/.exec(mailer.sent[0]?.text ?? '')?.[0] ?? '';
  const query = `email=${EMAIL}&code=${code}&redirect_uri=/in`;
  const done = await site.post(`/otp/login?${query}`, '');
  expect([done.status, done.headers.get('location')]).toEqual([303, '/in']);
  expect(done.headers.getSetCookie()).toHaveLength(2);
});

test('a forgotten password is set anew under the older name of the token, too', async () => {
  const site = await start();
  const { mailer } = site.world;
  await addUser(site);
  await site.post('/reset_password/request', { email_or_username: EMAIL });
  for (const deadline = Date.now() + 3000; mailer.sent.length === 0 && Date.now() < deadline; )
    await Bun.sleep(5);
  const link = /https:\/\/files\.example\.com\/api\/auth\/v1\/reset_password\/update\/([\w.-]+)/;
  const token = link.exec(mailer.sent[0]?.text ?? '')?.[1] ?? '';
  const body = { password: 'a-new-password', password_repeat: 'a-new-password', password_reset_code: token };
  expect(await textOf(site.post('/reset_password/update', body))).toEqual([200, 'Password reset']);
  expect((await site.post('/login', { email: EMAIL, password: 'a-new-password' })).status).toBe(200);
});

test('a link for a new password that is of no use is told in the words of its page', async () => {
  const site = await start();
  const password = { password: PASSWORD, password_repeat: PASSWORD };
  for (const token of ['', 'x', 'ey.ey.ey']) {
    const sent = { ...password, password_reset_token: token };
    expect(await textOf(site.post('/reset_password/update', sent))).toEqual([400, 'Invalid token']);
  }
});

test('endless names are refused before anything keeps them', async () => {
  const site = await start();
  await site.world.core.collections.update(systemActor, 'users', { otp: { enabled: true } });
  const endless = `${'x'.repeat(100_000)}@example.com`;
  const refused = [400, "invalid 'email'"] as const;
  expect(await textOf(site.post('/otp/login', { email: endless, code: 'ABCDEF' }))).toEqual(refused);
  expect(await textOf(site.post('/otp/request', { email: endless }))).toEqual(refused);
  expect(await textOf(site.post('/reset_password/request', `email=${endless}`))).toEqual(refused);
  expect(await textOf(site.get(`/verify_email/trigger?email=${endless}`))).toEqual(refused);
});

test('where accounts have no pictures there is none to show or to put', async () => {
  const site = await start();
  const { core } = site.world;
  await addUser(site);
  const { access } = await signIn(site);
  expect(await textOf(site.get('/avatar/%ff'))).toEqual([400, 'Invalid user id']);
  const users = core.collections.get('users');
  const fields = users.fields.filter(({ name }) => name !== 'avatar');
  await core.collections.update(systemActor, 'users', { fields });
  const body = new FormData();
  body.set('file', new Blob([new Uint8Array(await quarters().png().toBuffer())]), 'me.png');
  expect(await textOf(site.post('/avatar', body, bearer(access)))).toEqual([404, '']);
  expect(await textOf(site.get('/avatar/nobody'))).toEqual([404, '']);
});

test('a picture of a protected field is for those whom the rule lets see the account', async () => {
  const site = await start();
  const { core } = site.world;
  const users = core.collections.get('users');
  const fields = users.fields.map((field) =>
    field.name === 'avatar' ? { ...field, protected: true } : field,
  );
  await core.collections.update(systemActor, 'users', { fields });
  await addUser(site);
  const { access } = await signIn(site);
  const body = new FormData();
  body.set('file', new Blob([new Uint8Array(await quarters().jpeg().toBuffer())]), 'me.jpg');
  expect(await textOf(site.post('/avatar', body, bearer(access)))).toEqual([200, '']);
  const path = `/avatar/${textAt(JSON.parse(atob(access.split('.')[1] ?? '')), 'sub')}`;
  expect((await site.get(path)).status).toBe(404);
  const shown = await site.get(path, bearer(access));
  expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(shown.headers.get('cache-control')).toStartWith('private');
});

test('a picture that is refused leaves nothing in the storage', async () => {
  const site = await start();
  await addUser(site);
  const { access } = await signIn(site);
  const refused: Blob[] = [
    new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>']),
    new Blob([Uint8Array.from([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0, 0, 0, 0x3b])]),
    new Blob(['words']),
  ];
  for (const blob of refused) {
    const body = new FormData();
    body.set('file', blob, 'me.png');
    expect((await site.post('/avatar', body, bearer(access))).status).toBe(400);
  }
  for (const deadline = Date.now() + 3000; (await site.world.storedKeys()).length > 0; await Bun.sleep(10)) {
    if (Date.now() > deadline) throw new Error('a refused picture was kept');
  }
});

const POSTS = [
  ...['/login', '/login_mfa', '/token', '/refresh', '/logout', '/register', '/otp/request', '/otp/login'],
  ...['/change_email', '/change_username', '/change_password', '/reset_password/request', '/totp/confirm'],
  ...['/reset_password/update', '/totp/unregister', '/promote_anonymous', '/avatar'],
];
const NAMES = [
  ...[
    'email',
    'username',
    'email_or_username',
    'password',
    'password_repeat',
    'redirect_uri',
    'mfa_token',
    'totp',
  ],
  ...[
    'refresh_token',
    'authorization_code',
    'pkce_code_verifier',
    'pkce_code_challenge',
    'response_type',
    'code',
  ],
  ...['new_email', 'new_username', 'new_password', 'old_password', 'password_reset_token', 'csrf_token'],
];

test('no body makes a fault of the server', async () => {
  const site = await start();
  await site.world.core.collections.update(systemActor, 'users', { otp: { enabled: true } });
  await addUser(site);
  const { access, csrf } = await signIn(site);
  const text = fc.oneof(
    fc.constantFrom(
      EMAIL,
      csrf,
      'code',
      'token',
      '/in',
      '123456',
      'a@b',
      'x'.repeat(86),
      'y'.repeat(48),
      '\ud800',
    ),
    fc.string({ unit: 'binary' }),
  );
  const value = fc.oneof({ weight: 5, arbitrary: text }, fc.jsonValue());
  const body = fc.oneof(
    { weight: 6, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), value) },
    {
      weight: 2,
      arbitrary: fc.dictionary(fc.constantFrom(...NAMES), text).map((o) => new URLSearchParams(o).toString()),
    },
    fc.string(),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...POSTS), body, fc.boolean(), async (path, sent, isIn) => {
      const { status } = await site.post(path, sent, isIn && path !== '/logout' ? bearer(access) : {});
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 200 },
  );
  expect(site.world.log.events.filter((event) => event.startsWith('error'))).toEqual([]);
  expect(at(await (await site.get('/status', bearer(access))).json(), 'auth_token')).toBe(access);
});
