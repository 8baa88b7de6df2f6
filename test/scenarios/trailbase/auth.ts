import { expect } from 'bun:test';
import { createHash } from 'node:crypto';
import { quarters } from '../../fixtures/images.ts';
import { at, textAt } from '../../support/json.ts';
import { mailsTo, nextMailTo, wordAfter } from '../../support/outbox.ts';
import {
  type Answer,
  type Ask,
  type Scenario,
  type Story,
  send,
  sendOk,
  type World,
} from '../../support/scenarios.ts';

const AUTH = '/api/auth/v1';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const EMPTY = { 'content-type': null } as const;
const TEXT = { 'content-type': 'text/plain; charset=utf-8' } as const;
const PASSWORD = 'writes-good-tests';

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Ask => ({
  ...{ method: 'POST', path: AUTH + path, headers, body },
});

/** What every account route says to bad input and to guests (specs/trailbase.md 1, 12). */
export const authScenarios: readonly Scenario[] = [
  {
    name: 'there are no OAuth providers',
    path: `${AUTH}/oauth/providers`,
    status: 200,
    has: ['{"providers":[]}'],
  },
  {
    name: 'no provider to sign in with',
    path: `${AUTH}/oauth/github/login`,
    status: 405,
    responseHeaders: EMPTY,
  },
  {
    name: 'no provider to come back from',
    path: `${AUTH}/oauth/github/callback?code=x&state=y`,
    status: 405,
  },
  { name: 'an unknown path', path: `${AUTH}/nothing`, status: 404, responseHeaders: EMPTY },
  { name: 'another method of a known path', path: `${AUTH}/login`, status: 405, responseHeaders: EMPTY },
  {
    name: 'another method of a path with a part',
    ...{ method: 'PATCH', path: `${AUTH}/avatar/x`, body: {}, status: 405 },
  },
  { name: 'a path that ends like a known one', path: `${AUTH}/admin/login`, status: 404 },
  {
    name: 'the status of a guest',
    path: `${AUTH}/status`,
    status: 200,
    has: ['"auth_token":null', '"refresh_token":null', '"csrf_token":null'],
  },
  {
    name: 'the status of nonsense is that of a guest',
    path: `${AUTH}/status`,
    headers: { authorization: 'Bearer ey.nonsense' },
    status: 200,
    has: ['"auth_token":null'],
  },
  {
    name: 'the status with a dead refresh token',
    path: `${AUTH}/status`,
    headers: { authorization: 'Bearer ey.nonsense', 'refresh-token': 'x'.repeat(86) },
    status: 401,
    responseHeaders: EMPTY,
  },
  {
    name: 'a login of nobody',
    ...post('/login', { email: 'nobody@example.com', password: 'x' }),
    status: 401,
    responseHeaders: EMPTY,
  },
  {
    name: 'a login without a name',
    ...post('/login', { password: 'x' }),
    status: 400,
    has: ['Missing email'],
    responseHeaders: TEXT,
  },
  { name: 'a login without a password', ...post('/login', { email: 'a@example.com' }), status: 400 },
  { name: 'a login that is no text', ...post('/login', { email: { a: 1 }, password: ['x'] }), status: 400 },
  { name: 'a login that is no object', ...post('/login', [1]), status: 400 },
  {
    name: 'a login that is no JSON',
    ...post('/login', '{"email"', { 'content-type': 'application/json' }),
    status: 400,
  },
  { name: 'a login of another type', ...post('/login', '{}', { 'content-type': 'text/plain' }), status: 400 },
  {
    name: 'a login that names itself twice',
    ...post('/login', 'email=a&email=b&password=x', FORM),
    status: 400,
  },
  {
    name: 'a login that leads elsewhere is refused before it is looked at',
    ...post('/login?redirect_uri=https://evil.example/', { email: 'a@example.com', password: 'x' }),
    status: 400,
    has: ['invalid redirect'],
  },
  {
    name: 'a login that leads to another host without a scheme',
    ...post('/login', 'email=a@example.com&password=x&redirect_uri=//evil.example', FORM),
    status: 400,
    has: ['invalid redirect'],
  },
  {
    name: 'a second step that leads elsewhere',
    ...post('/login', { email: 'a@example.com', password: 'x', mfa_redirect_uri: 'javascript:alert(1)' }),
    status: 400,
    has: ['invalid redirect'],
  },
  {
    name: 'a failed login by form goes back with an alert',
    ...post('/login', 'email=nobody@example.com&password=x&redirect_uri=/welcome', FORM),
    status: 303,
    responseHeaders: { location: '/welcome?alert=Login+Failed', 'set-cookie': null },
  },
  {
    name: 'a code without a place for it',
    ...post('/login?response_type=code', { email: 'a@example.com', password: 'x' }),
    status: 400,
    has: ["missing 'redirect_uri'"],
  },
  {
    name: 'a code without a challenge',
    ...post('/login', { email: 'a@example.com', password: 'x', response_type: 'code', redirect_uri: '/in' }),
    status: 400,
    has: ["missing 'pkce_code_challenge'"],
  },
  {
    name: 'a third kind of response',
    ...post('/login?response_type=both', { email: 'a', password: 'x' }),
    status: 400,
  },
  {
    name: 'a second factor that is missing',
    ...post('/login_mfa', { mfa_token: 'x' }),
    status: 400,
    has: ['TOTP missing'],
  },
  {
    name: 'a second factor of nobody',
    ...post('/login_mfa', { mfa_token: 'x', totp: '123456' }),
    status: 401,
  },
  { name: 'a refresh of another type', ...post('/refresh', 'refresh_token=x', FORM), status: 415 },
  {
    name: 'a refresh that is no JSON',
    ...post('/refresh', '{', { 'content-type': 'application/json' }),
    status: 400,
  },
  { name: 'a refresh of another shape', ...post('/refresh', { refresh_token: 7 }), status: 422 },
  { name: 'a refresh of nothing', ...post('/refresh', {}), status: 422 },
  {
    name: 'a refresh of nobody',
    ...post('/refresh', { refresh_token: 'x'.repeat(86) }),
    status: 401,
    responseHeaders: EMPTY,
  },
  {
    name: 'a code that is none',
    ...post('/token', { authorization_code: 'x', pkce_code_verifier: 'y' }),
    status: 400,
    has: ['invalid auth code'],
  },
  {
    name: 'a code of nobody',
    ...post('/token', { authorization_code: 'x'.repeat(48), pkce_code_verifier: 'y' }),
    status: 404,
    responseHeaders: EMPTY,
  },
  {
    name: 'a code without a verifier',
    ...post('/token', { authorization_code: 'x'.repeat(48) }),
    status: 422,
  },
  { name: 'a code by form', ...post('/token', 'authorization_code=x', FORM), status: 415 },
  {
    name: 'a sign-out of nobody',
    ...post('/logout', { refresh_token: 'x'.repeat(86) }),
    status: 200,
    responseHeaders: EMPTY,
  },
  { name: 'a sign-out of another shape', ...post('/logout', { refresh_token: 7 }), status: 422 },
  {
    name: 'a sign-out by a guest',
    path: `${AUTH}/logout`,
    status: 200,
    has: ['logged out'],
    responseHeaders: { 'set-cookie': /auth_token=; Path=\/; Max-Age=0/ },
  },
  {
    name: 'a sign-out that leads on',
    path: `${AUTH}/logout?redirect_uri=/bye`,
    status: 303,
    responseHeaders: { location: '/bye' },
  },
  {
    name: 'a sign-out that leads elsewhere',
    path: `${AUTH}/logout?redirect_uri=https://evil.example`,
    status: 400,
    has: ['invalid redirect'],
  },
  { name: 'HEAD signs nobody out', method: 'HEAD', path: `${AUTH}/logout`, status: 405 },
  ...(
    [
      [{ password: PASSWORD, password_repeat: PASSWORD }, 'Missing email'],
      [{ email: 'x@example.com', password: PASSWORD, password_repeat: 'other' }, "Passwords don't match"],
      [{ email: 'x@example.com', password: PASSWORD }, "Passwords don't match"],
      [{ email: 'x@example.com', password: 'short', password_repeat: 'short' }, 'Password too short'],
      [
        { email: 'x@example.com', password: 'x'.repeat(500), password_repeat: 'x'.repeat(500) },
        'Password too long',
      ],
      [{ email: 'x@example.com', password: 'password', password_repeat: 'password' }, 'Password too common'],
      [{ email: 'nonsense', password: PASSWORD, password_repeat: PASSWORD }, 'Invalid email'],
      [{ username: 'nobody', password: PASSWORD, password_repeat: PASSWORD }, 'Missing email'],
      [
        {
          email: 'x@example.com',
          password: PASSWORD,
          password_repeat: PASSWORD,
          redirect_uri: 'https://evil.example',
        },
        'invalid redirect',
      ],
    ] as const
  ).map(([body, text]) => ({
    name: `a registration is told: ${text} (${JSON.stringify(body).slice(0, 60)})`,
    ...post('/register', body),
    status: 400,
    has: [text],
    responseHeaders: TEXT,
  })),
  {
    name: 'a verification of no address',
    path: `${AUTH}/verify_email/trigger`,
    status: 400,
    has: ['Missing email'],
  },
  {
    name: 'a verification of nobody',
    path: `${AUTH}/verify_email/trigger?email=nobody@example.com`,
    status: 200,
    has: ['Verification email sent'],
  },
  {
    name: 'a token that verifies nothing',
    path: `${AUTH}/verify_email/confirm/nonsense`,
    status: 400,
    has: ['invalid token'],
  },
  {
    name: 'a token that changes nothing',
    path: `${AUTH}/change_email/confirm/nonsense`,
    status: 400,
    has: ['invalid token'],
  },
  { name: 'a token that is no text', path: `${AUTH}/change_email/confirm/%ff`, status: 400 },
  {
    name: 'a reset for nobody',
    ...post('/reset_password/request', { email: 'nobody@example.com' }),
    status: 200,
    has: ['Password reset email sent'],
  },
  { name: 'a reset of no name', ...post('/reset_password/request', {}), status: 400 },
  {
    name: 'a reset by nonsense',
    ...post('/reset_password/update', {
      password: PASSWORD,
      password_repeat: PASSWORD,
      password_reset_token: 'nonsense',
    }),
    status: 400,
    has: ['nvalid token'],
  },
  {
    name: 'a form for another alphabet than that of tokens',
    path: `${AUTH}/reset_password/update/%22%3E%3Cscript%3E`,
    status: 404,
  },
  {
    name: 'a form for a new password runs nothing',
    path: `${AUTH}/reset_password/update/abc.def`,
    status: 200,
    has: ['name="password_reset_token" value="abc.def"'],
    lacks: ['<script'],
    responseHeaders: { 'content-security-policy': /^default-src 'none';/, 'referrer-policy': 'no-referrer' },
  },
  {
    name: 'a code by mail, where that is off',
    ...post('/otp/request', { email: 'a@example.com' }),
    status: 404,
    responseHeaders: EMPTY,
  },
  {
    name: 'a nameless account, where that is off',
    ...post('/login_anonymous', {}),
    status: 404,
    responseHeaders: EMPTY,
  },
  {
    name: 'a picture of nobody',
    path: `${AUTH}/avatar/nobody000000000`,
    status: 404,
    responseHeaders: EMPTY,
  },
  ...(
    [
      ['POST', '/change_email/request', { csrf_token: 'x', new_email: 'x@example.com' }],
      ['POST', '/change_email', { new_email: 'x@example.com' }],
      ['POST', '/change_username', { new_username: 'somebody' }],
      ['POST', '/change_password', { old_password: 'x', new_password: PASSWORD }],
      ['POST', '/totp/confirm', { totp: '123456' }],
      ['POST', '/totp/unregister', { totp: '123456' }],
      ['POST', '/promote_anonymous', { new_password: PASSWORD }],
      ['POST', '/avatar', {}],
      ['GET', '/totp/register', undefined],
      ['DELETE', '/avatar', undefined],
      ['DELETE', '/delete', undefined],
      ['GET', '/delete', undefined],
    ] as const
  ).map(([method, path, body]) => ({
    name: `${method} ${path} is not for guests`,
    ...{ method, path: AUTH + path, body },
    status: 401,
    responseHeaders: EMPTY,
  })),
];

/** An account of a story's own, signed in by JSON. */
interface Member {
  readonly email: string;
  readonly id: string;
  readonly access: string;
  readonly refresh: string;
  readonly csrf: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function register(world: World, name: string): Promise<string> {
  const email = `${name}@stories.example`;
  const body = { email, password: PASSWORD, password_repeat: PASSWORD };
  const answer = await send(world, post('/register', body));
  expect([answer.status, answer.text]).toEqual([200, 'registered']);
  return email;
}

/** The e-mail of a new account, made past the limits of registration. */
async function account(world: World, name: string): Promise<string> {
  const email = `${name}@stories.example`;
  const body = { email, password: PASSWORD, passwordConfirm: PASSWORD };
  await sendOk(world, { method: 'POST', path: '/api/collections/users/records', as: 'admin', body });
  return email;
}

async function member(world: World, name: string): Promise<Member> {
  const email = await account(world, name);
  return signedIn(email, await send(world, post('/login', { email, password: PASSWORD })));
}

function signedIn(email: string, answer: Answer): Member {
  expect(answer.status, answer.text).toBe(200);
  const access = textAt(answer.json, 'auth_token');
  const refresh = textAt(answer.json, 'refresh_token');
  const id = textAt(claims(access), 'sub');
  const csrf = textAt(answer.json, 'csrf_token');
  return { email, id, access, refresh, csrf, headers: { authorization: `Bearer ${access}` } };
}

function claims(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** What a browser keeps of an answer's cookies. */
function cookiesOf(answer: Answer): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0] ?? '')
    .join('; ');
}

async function loginByForm(world: World, email: string, more = ''): Promise<Answer> {
  return send(world, post('/login', `email=${encodeURIComponent(email)}&password=${PASSWORD}${more}`, FORM));
}

async function isAlive(world: World, headers: Readonly<Record<string, string>>): Promise<boolean> {
  const answer = await send(world, { path: `${AUTH}/status`, headers });
  return answer.status === 200 && at(answer.json, 'auth_token') !== null;
}

const own = { 'sec-fetch-site': 'same-origin' } as const;

/** What takes more than one request. Each story has an account of its own. */
export const authStories: readonly Story[] = [
  {
    name: 'a login by JSON gives tokens whose claims tell who it is',
    async run(world) {
      const email = await account(world, 'claims');
      const answer = await send(world, post('/login', { email_or_username: email, password: PASSWORD }));
      expect(answer.headers.getSetCookie()).toEqual([]);
      const { access, csrf } = signedIn(email, answer);
      expect(JSON.parse(Buffer.from(access.split('.')[0] ?? '', 'base64url').toString())).toEqual({
        typ: 'JWT',
        alg: 'EdDSA',
      });
      const found = claims(access);
      expect(found).toMatchObject({ email, username: null, provider: 0, type: 1, csrf_token: csrf });
      expect(at(found, 'admin')).toBeUndefined();
      expect(at(found, 'mfa')).toBeUndefined();
      expect(answer.text).not.toContain(PASSWORD);
    },
  },
  {
    name: 'a name in use is registered as any other, and nothing happens',
    async run(world) {
      const { email, headers } = await member(world, 'taken');
      const again = { email, password: 'another-good-one', password_repeat: 'another-good-one' };
      const answer = await send(world, post('/register', again));
      expect([answer.status, answer.text]).toEqual([200, 'registered']);
      const login = { email, password: 'another-good-one' };
      expect((await send(world, post('/login', login))).status).toBe(401);
      expect(await isAlive(world, headers)).toBe(true);
    },
  },
  {
    name: 'a login by form sets cookies and goes where it was asked to',
    async run(world) {
      const email = await account(world, 'forms');
      const stays = await loginByForm(world, email);
      expect([stays.status, stays.text]).toEqual([200, 'logged in']);
      for (const cookie of stays.headers.getSetCookie())
        expect(cookie).toMatch(
          /^(auth|refresh)_token=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
        );
      const goes = await loginByForm(world, email, '&redirect_uri=/inside%3Fa%3D1');
      expect([goes.status, goes.headers.get('location')]).toEqual([303, '/inside?a=1']);
      expect(await isAlive(world, { cookie: cookiesOf(goes) })).toBe(true);
      const body = new FormData();
      body.set('email', email);
      body.set('password', PASSWORD);
      expect((await send(world, { ...post('/login', body) })).text).toBe('logged in');
    },
  },
  {
    name: 'a form of another site signs nobody in',
    async run(world) {
      const email = await account(world, 'planted');
      const body = `email=${email}&password=${PASSWORD}`;
      const headers = { ...FORM, 'sec-fetch-site': 'cross-site' };
      const answer = await send(world, post('/login', body, headers));
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    },
  },
  {
    name: 'a code is exchanged once, by who has the verifier',
    async run(world) {
      const email = await account(world, 'codes');
      const verifier = 'a-verifier-of-forty-three-characters-or-more';
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const flow = { response_type: 'code', redirect_uri: '/in', pkce_code_challenge: challenge };
      const codeOf = async () => {
        const answer = await send(world, post('/login', { email, password: PASSWORD, ...flow }));
        expect([answer.status, answer.headers.getSetCookie()]).toEqual([303, []]);
        return /^\/in\?code=([A-Za-z0-9]{48})$/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';
      };
      const exchange = (code: string, proof: string) =>
        send(world, post('/token', { authorization_code: code, pkce_code_verifier: proof }));
      const code = await codeOf();
      expect((await exchange(code, 'somebody-else-who-saw-the-code')).status).toBe(404);
      const second = await codeOf();
      const opened = signedIn(email, await exchange(second, verifier));
      expect(await isAlive(world, opened.headers)).toBe(true);
      expect((await exchange(second, verifier)).status).toBe(404);
    },
  },
  {
    name: 'a refresh gives a new access token and a successor, and the old token still serves',
    async run(world) {
      const { refresh, id, headers } = await member(world, 'refresher');
      const first = await send(world, post('/refresh', { refresh_token: refresh }));
      expect(first.status).toBe(200);
      expect(at(claims(textAt(first.json, 'auth_token')), 'sub')).toBe(id);
      expect(textAt(first.json, 'refresh_token')).not.toBe(refresh);
      // The stock client goes on with the one it has.
      expect((await send(world, post('/refresh', { refresh_token: refresh }))).status).toBe(200);
      const byHeader = await send(world, post('/refresh', {}, { ...headers, 'refresh-token': refresh }));
      expect([byHeader.status, byHeader.headers.getSetCookie()]).toEqual([200, []]);
    },
  },
  {
    name: 'a refresh by cookie is for pages of the site',
    async run(world) {
      const email = await account(world, 'cookiejar');
      const cookie = cookiesOf(await loginByForm(world, email));
      const foreign = await send(world, post('/refresh', {}, { cookie, 'sec-fetch-site': 'same-site' }));
      expect([foreign.status, foreign.text]).toEqual([400, 'Invalid CSRF token']);
      const answer = await send(world, post('/refresh', {}, { cookie, ...own }));
      expect(answer.status).toBe(200);
      expect(await isAlive(world, { cookie: cookiesOf(answer) })).toBe(true);
    },
  },
  {
    name: 'the status echoes a token, and renews it where a refresh token came along',
    async run(world) {
      const { access, refresh, csrf, headers } = await member(world, 'status');
      const echo = await send(world, { path: `${AUTH}/status`, headers });
      expect(echo.json).toEqual({ auth_token: access, refresh_token: null, csrf_token: csrf });
      const renewed = await send(world, {
        path: `${AUTH}/status`,
        headers: { ...headers, 'refresh-token': refresh },
      });
      expect(renewed.status).toBe(200);
      expect(textAt(renewed.json, 'refresh_token')).toMatch(/^[A-Za-z0-9]{86}$/);
    },
  },
  {
    name: 'a stale cookie is renewed by the one beside it, a stale header is not',
    async run(world) {
      const email = await account(world, 'stale');
      const fresh = cookiesOf(await loginByForm(world, email));
      const refresh = /refresh_token=[^;]+/.exec(fresh)?.[0] ?? '';
      const cookie = `auth_token=ey.stale; ${refresh}`;
      const change = post(
        '/change_password',
        { old_password: 'wrong', new_password: 'x' },
        { cookie, ...own },
      );
      expect((await send(world, change)).status).toBe(400);
      const headers = { authorization: 'Bearer ey.stale', 'refresh-token': refresh.slice(14) };
      const byHeader = post('/change_password', { old_password: 'wrong', new_password: 'x' }, headers);
      expect((await send(world, byHeader)).status).toBe(401);
    },
  },
  {
    name: 'a sign-out ends every session of the account, in every dialect',
    async run(world) {
      const email = await account(world, 'leaver');
      const login = { email, password: PASSWORD };
      const one = signedIn(email, await send(world, post('/login', login)));
      const two = signedIn(email, await send(world, post('/login', login)));
      const elder = await send(world, {
        ...{ method: 'POST', path: '/api/collections/users/auth-with-password' },
        body: { identity: email, password: PASSWORD },
      });
      const authorization = textAt(elder.json, 'token');
      const refreshElder = {
        method: 'POST',
        path: '/api/collections/users/auth-refresh',
        headers: { authorization },
      };
      expect((await send(world, refreshElder)).status).toBe(200);
      const out = await send(world, post('/logout', { refresh_token: one.refresh }));
      expect([out.status, out.text]).toEqual([200, '']);
      expect(await isAlive(world, one.headers)).toBe(false);
      expect(await isAlive(world, two.headers)).toBe(false);
      expect((await send(world, post('/refresh', { refresh_token: two.refresh }))).status).toBe(401);
      expect((await send(world, refreshElder)).status).toBe(401);
    },
  },
  {
    name: 'a link signs out by header, or by cookie where the site itself asks',
    async run(world) {
      const email = await account(world, 'links');
      const path = `${AUTH}/logout`;
      const header = signedIn(
        email,
        await send(world, post('/login', { email, password: PASSWORD })),
      ).headers;
      const cookie = cookiesOf(await loginByForm(world, email));
      for (const site of ['cross-site', 'same-site']) {
        const planted = await send(world, { path, headers: { cookie, 'sec-fetch-site': site } });
        expect([planted.status, planted.text]).toEqual([200, 'logged out']);
        expect(planted.headers.getSetCookie().join()).toContain('auth_token=; Path=/; Max-Age=0');
      }
      expect(await isAlive(world, { cookie })).toBe(true);
      await send(world, { path, headers: { cookie, 'sec-fetch-site': 'none' } });
      expect(await isAlive(world, { cookie })).toBe(false);
      expect(await isAlive(world, header)).toBe(false);
      const again = signedIn(email, await send(world, post('/login', { email, password: PASSWORD })));
      expect((await send(world, { path, headers: again.headers })).text).toBe('logged out');
      expect(await isAlive(world, again.headers)).toBe(false);
      const last = signedIn(email, await send(world, post('/login', { email, password: PASSWORD })));
      expect((await send(world, post('/logout', {}, last.headers))).status).toBe(200);
      expect(await isAlive(world, last.headers)).toBe(false);
    },
  },
  {
    name: 'a new password needs the old one and ends every session',
    async run(world) {
      const { email, headers, refresh } = await member(world, 'changer');
      const change = (body: object) => send(world, post('/change_password', body, headers));
      const wrong = await change({ old_password: 'wrong', new_password: 'a-new-password' });
      expect([wrong.status, wrong.text]).toEqual([400, 'invalid `old_password`']);
      const mismatch = { old_password: PASSWORD, new_password: 'a-new-password', new_password_repeat: 'x' };
      expect((await change(mismatch)).text).toBe("Passwords don't match");
      expect((await change({ old_password: PASSWORD, new_password: 'short' })).text).toBe(
        'Password too short',
      );
      expect(await isAlive(world, headers)).toBe(true);
      const done = await change({ old_password: PASSWORD, new_password: 'a-new-password' });
      expect([done.status, done.text]).toEqual([200, 'password changed']);
      expect(await isAlive(world, headers)).toBe(false);
      expect((await send(world, post('/refresh', { refresh_token: refresh }))).status).toBe(401);
      expect((await send(world, post('/login', { email, password: PASSWORD }))).status).toBe(401);
      expect((await send(world, post('/login', { email, password: 'a-new-password' }))).status).toBe(200);
    },
  },
  {
    name: 'a page that changes the password stays signed in; one of another site changes nothing',
    async run(world) {
      const email = await account(world, 'pages');
      const cookie = cookiesOf(await loginByForm(world, email));
      const body = `old_password=${PASSWORD}&new_password=a-new-password`;
      const sites: Record<string, string>[] = [
        { 'sec-fetch-site': 'cross-site' },
        { origin: 'https://evil.example' },
        {},
      ];
      for (const site of sites) {
        const planted = await send(world, post('/change_password', body, { ...FORM, cookie, ...site }));
        expect([planted.status, planted.text]).toEqual([400, 'Invalid CSRF token']);
      }
      const answer = await send(world, post('/change_password', body, { ...FORM, cookie, ...own }));
      expect([answer.status, answer.text]).toEqual([200, 'password changed']);
      expect(await isAlive(world, { cookie })).toBe(false);
      expect(await isAlive(world, { cookie: cookiesOf(answer) })).toBe(true);
    },
  },
  {
    name: 'an e-mail is changed by who has the CSRF token, once the new address says so',
    async run(world) {
      const { email, headers, csrf } = await member(world, 'mover');
      const wanted = 'moved@stories.example';
      const ask = (body: object, more = {}) =>
        send(world, post('/change_email/request', body, { ...headers, ...more }));
      for (const body of [{ new_email: wanted }, { new_email: wanted, csrf_token: 'x' }]) {
        const refused = await ask(body);
        expect([refused.status, refused.text]).toEqual([400, 'Invalid CSRF token']);
      }
      const other = await ask({ new_email: wanted, csrf_token: csrf, old_email: 'other@stories.example' });
      expect(other.status).toBe(400);
      expect((await ask({ csrf_token: csrf })).status).toBe(400);
      expect((await ask({ csrf_token: csrf, new_email: 'nonsense' })).text).toBe('Invalid email');
      const sent = await ask({ new_email: wanted, csrf_token: csrf, old_email: email });
      expect([sent.status, sent.text]).toEqual([200, `Verification mail sent to ${wanted}.`]);
      if (world.dir === undefined) return;
      const token = wordAfter(await nextMailTo(world.dir, wanted), '/change_email/confirm/');
      const confirmed = await send(world, { path: `${AUTH}/change_email/confirm/${token}` });
      expect([confirmed.status, confirmed.text]).toEqual([200, 'email changed']);
      expect(await isAlive(world, headers)).toBe(false);
      const login = await send(world, post('/login', { email: wanted, password: PASSWORD }));
      expect(at(claims(textAt(login.json, 'auth_token')), 'email')).toBe(wanted);
      expect((await send(world, { path: `${AUTH}/change_email/confirm/${token}` })).status).toBe(400);
    },
  },
  {
    name: 'an address is verified by the link of the registration',
    async run(world) {
      const email = await register(world, 'verifier');
      if (world.dir === undefined) return;
      const token = wordAfter(await nextMailTo(world.dir, email), '/verify_email/confirm/');
      const path = `${AUTH}/verify_email/confirm/${token}`;
      expect((await send(world, { method: 'HEAD', path })).status).toBe(405);
      const there = await send(world, { path: `${path}?redirect_uri=/verified` });
      expect([there.status, there.headers.get('location')]).toEqual([303, '/verified']);
      const again = await send(world, { path: `${AUTH}/verify_email/trigger?email=${email}` });
      expect(again.text).toBe('Verification email sent');
      expect(mailsTo(world.dir, email)).toHaveLength(1);
    },
  },
  {
    name: 'a forgotten password is set anew by the link of a mail, once',
    async run(world) {
      const { email, headers } = await member(world, 'forgetful');
      const asked = await send(world, post('/reset_password/request', { email }));
      expect([asked.status, asked.text]).toEqual([200, 'Password reset email sent']);
      if (world.dir === undefined) return;
      const token = wordAfter(await nextMailTo(world.dir, email), '/reset_password/update/');
      const page = await send(world, { path: `${AUTH}/reset_password/update/${token}` });
      expect(page.text).toContain(`value="${token}"`);
      const update = (password: string, password_repeat = password) =>
        send(
          world,
          post('/reset_password/update', { password, password_repeat, password_reset_token: token }),
        );
      expect((await update('a-new-password', 'other')).text).toBe("Passwords don't match");
      expect((await update('short')).text).toBe('Password too short');
      const form = `password=a-new-password&password_repeat=a-new-password&password_reset_token=${token}`;
      const done = await send(world, post('/reset_password/update', form, FORM));
      expect([done.status, done.text]).toEqual([200, 'Password reset']);
      expect((await update('another-password')).status).toBe(400);
      expect(await isAlive(world, headers)).toBe(false);
      expect((await send(world, post('/login', { email, password: 'a-new-password' }))).status).toBe(200);
    },
  },
  {
    name: 'a picture is put, shown to everybody, replaced and taken away',
    async run(world) {
      const { id, headers } = await member(world, 'pictured');
      const path = `${AUTH}/avatar/${id}`;
      const picture = new Uint8Array(await quarters().png().toBuffer());
      const put = async (parts: readonly (readonly [string, Blob | string])[]) => {
        const body = new FormData();
        for (const [name, value] of parts) {
          if (typeof value === 'string') body.append(name, value);
          else body.append(name, value, 'me.png');
        }
        return (await send(world, { method: 'POST', path: `${AUTH}/avatar`, headers, body })).status;
      };
      const png = new Blob([picture], { type: 'image/png' });
      expect((await send(world, { path })).status).toBe(404);
      expect(await put([['file', png]])).toBe(200);
      const shown = await send(world, { path });
      expect(Buffer.from(shown.bytes).equals(picture)).toBe(true);
      expect(shown.headers.get('content-type')).toBe('image/png');
      expect(shown.headers.get('content-security-policy')).toContain('sandbox');
      const svg = new Blob(['<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>']);
      expect(await put([['file', svg]])).toBe(400);
      expect(await put([['file', new Blob(['text'])]])).toBe(400);
      expect(await put([['picture', png]])).toBe(400);
      expect(await put([])).toBe(400);
      expect(
        await put([
          ['file', png],
          ['file', png],
        ]),
      ).toBe(400);
      expect(
        await put([
          ['file', png],
          ['name', 'x'],
        ]),
      ).toBe(400);
      expect(Buffer.from((await send(world, { path })).bytes).equals(picture)).toBe(true);
      expect((await send(world, { method: 'DELETE', path: `${AUTH}/avatar`, headers })).status).toBe(200);
      expect((await send(world, { path })).status).toBe(404);
    },
  },
  {
    name: 'an account deletes itself; by GET only with a header',
    async run(world) {
      const email = await account(world, 'goner');
      const cookie = cookiesOf(await loginByForm(world, email));
      const path = `${AUTH}/delete`;
      expect((await send(world, { path, headers: { cookie, ...own } })).status).toBe(405);
      const planted = { method: 'DELETE', path, headers: { cookie, 'sec-fetch-site': 'cross-site' } };
      expect((await send(world, planted)).status).toBe(400);
      const { headers } = signedIn(email, await send(world, post('/login', { email, password: PASSWORD })));
      expect((await send(world, { method: 'HEAD', path, headers })).status).toBe(405);
      const gone = await send(world, { path, headers });
      expect([gone.status, gone.text]).toEqual([200, 'deleted']);
      expect(await isAlive(world, { cookie })).toBe(false);
      expect((await send(world, post('/login', { email, password: PASSWORD }))).status).toBe(401);
    },
  },
  {
    name: 'guesses at a password are held off, in every dialect',
    async run(world) {
      const email = await account(world, 'guessed');
      const statuses: number[] = [];
      for (let guess = 0; guess < 11; guess++) {
        statuses.push((await send(world, post('/login', { email, password: `guess-${guess}` }))).status);
      }
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
      const held = await send(world, post('/login', { email, password: PASSWORD }));
      expect([held.status, held.text]).toEqual([429, '']);
      expect(held.headers.get('retry-after')).not.toBeNull();
      const elder = await send(world, {
        ...{ method: 'POST', path: '/api/collections/users/auth-with-password' },
        body: { identity: email, password: PASSWORD },
      });
      expect(elder.status).toBe(429);
    },
  },
];
