import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { generate } from 'otplib';
import PocketBase from 'pocketbase';
import { type Client, FetchError, initClient, initClientFromCookies } from 'trailbase';
import { quarters } from '../fixtures/images.ts';
import { binaryPath } from '../support/binary.ts';
import { at, textAt } from '../support/json.ts';
import { mailsTo, nextMailTo, wordAfter } from '../support/outbox.ts';
import {
  ADMIN,
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

// The stock client's accounts, as an app uses them, against the compiled binary; and what PocketBase's client sees of it.
let server: TestServer;
let folder: string;
let admin: PocketBase;

const PASSWORD = 'likes-long-walks';
const AUTH = '/api/auth/v1';

beforeAll(async () => {
  folder = temporaryFolder();
  const dir = join(folder, 'data');
  const command = [await binaryPath()];
  await makeSuperuser(dir, command);
  server = await startServer({ command, dir, env: { DOSSIER_AUTH_ANONYMOUS: 'true' } });
  admin = new PocketBase(server.base).autoCancellation(false);
  await admin.collection('_superusers').authWithPassword(ADMIN.email, ADMIN.password);
  const { fields } = await admin.collections.getOne('users');
  await admin.collections.update('users', {
    otp: { enabled: true },
    fields: [
      ...fields.map((field) => (field.name === 'email' ? { ...field, required: false } : field)),
      { name: 'username', type: 'text' },
    ],
    indexes: [
      "CREATE UNIQUE INDEX idx_users_email ON users (email) WHERE email != ''",
      "CREATE UNIQUE INDEX idx_users_username ON users (username COLLATE NOCASE) WHERE username != ''",
    ],
    passwordAuth: { enabled: true, identityFields: ['email', 'username'] },
  });
}, 180_000);

afterAll(async () => {
  await server?.stop();
  removeFolder(folder);
});

/** Registers a walker, by whatever names. */
async function register(names: Readonly<Record<string, string>>): Promise<void> {
  const body = JSON.stringify({ ...names, password: PASSWORD, password_repeat: PASSWORD });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.base}${AUTH}/register`, { method: 'POST', headers, body });
  expect(await answer.text()).toBe('registered');
}

/** A client signed in as a new walker. */
async function walker(name: string): Promise<{ client: Client; email: string }> {
  const email = `${name}@walks.example`;
  await register({ email, username: name });
  const client = initClient(server.base);
  expect(await client.login(email, PASSWORD)).toBeUndefined();
  return { client, email };
}

async function failure(call: Promise<unknown>): Promise<number> {
  try {
    await call;
  } catch (error) {
    if (error instanceof FetchError) return error.status;
    throw error;
  }
  throw new Error('the call did not fail');
}

/** The code of an authenticator, some steps from now: within what the server takes, each is good once. */
async function codeOf(url: string, steps = 0): Promise<string> {
  const secret = new URL(url).searchParams.get('secret') ?? '';
  return generate({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps });
}

describe('a client', () => {
  test('signs in, refreshes, and signs out of everything', async () => {
    const { client, email } = await walker('ann');
    expect(client.user()).toMatchObject({ email });
    expect(client.user()?.admin).toBeUndefined();
    const before = client.tokens();
    await client.refreshAuthToken({ force: true });
    await client.refreshAuthToken({ force: true });
    expect(client.tokens()?.auth_token).not.toBe(before?.auth_token ?? '');
    const headers = new Headers(client.headers());
    const elder = new PocketBase(server.base).autoCancellation(false);
    await elder.collection('users').authWithPassword(email, PASSWORD);
    await client.logout();
    expect(client.tokens()).toBeUndefined();
    expect((await fetch(`${server.base}${AUTH}/status`, { headers })).status).toBe(401);
    headers.delete('refresh-token');
    const status: unknown = await (await fetch(`${server.base}${AUTH}/status`, { headers })).json();
    expect(status).toEqual({ auth_token: null, refresh_token: null, csrf_token: null });
    await expect(elder.collection('users').authRefresh()).rejects.toMatchObject({ status: 401 });
  });

  test('signs in by user name, or not at all', async () => {
    await walker('bea');
    const client = initClient(server.base);
    await client.login('bea', PASSWORD);
    const claims = JSON.parse(atob((client.tokens()?.auth_token ?? '').split('.')[1] ?? ''));
    expect(claims).toMatchObject({ username: 'bea', provider: 0, sub: client.user()?.id });
    expect(await failure(client.login('bea', 'wrong-password'))).toBe(401);
    expect(await failure(client.login('nobody@walks.example', PASSWORD))).toBe(401);
  });

  test('takes over tokens that it is given, and forgets dead ones', async () => {
    const { client } = await walker('cyd');
    const tokens = client.tokens();
    if (tokens === undefined) throw new Error('no tokens');
    const second = initClient(server.base, { tokens });
    await waitFor(() => second.tokens()?.refresh_token !== tokens.refresh_token);
    expect(second.user()?.id).toBe(client.user()?.id ?? '');
    await client.logout();
    const third = initClient(server.base, { tokens });
    await waitFor(() => third.tokens() === undefined);
    expect((await initClientFromCookies(server.base)).user()).toBeUndefined();
  });

  test('signs a superuser in, and says so', async () => {
    const client = initClient(server.base);
    await client.login(ADMIN.email, ADMIN.password);
    expect(client.user()).toMatchObject({ email: ADMIN.email, admin: true });
  });

  test('deletes its account', async () => {
    const { client, email } = await walker('dot');
    await client.deleteUser();
    expect(client.user()).toBeUndefined();
    expect(await failure(client.login(email, PASSWORD))).toBe(401);
    expect(await admin.collection('users').getList(1, 1, { filter: `email = '${email}'` })).toMatchObject({
      totalItems: 0,
    });
  });
});

describe('a picture', () => {
  test('is put by a form, and shown where the client says', async () => {
    const { client } = await walker('eli');
    const body = new FormData();
    const picture = new Uint8Array(await quarters().webp().toBuffer());
    body.set('file', new Blob([picture]), 'portrait.webp');
    const headers = new Headers(client.headers());
    const put = await fetch(`${server.base}${AUTH}/avatar`, { method: 'POST', headers, body });
    expect([put.status, await put.text()]).toEqual([200, '']);
    const shown = await fetch(`${server.base}${client.avatarUrl()}`);
    expect(shown.headers.get('content-type')).toBe('image/webp');
    expect(Buffer.from(await shown.arrayBuffer()).equals(picture)).toBe(true);
    const me = await admin.collection('users').getOne(client.user()?.id ?? '');
    expect(me.avatar).toMatch(/^portrait_[a-z0-9]{10}\.webp$/);
  });
});

describe('a second factor', () => {
  test('is registered, asked for, and taken off', async () => {
    const { client, email } = await walker('eve');
    const { url, png } = await client.registerTOTP({ png: true });
    expect(url).toStartWith('otpauth://totp/');
    expect(
      Buffer.from(png ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(await failure(client.confirmTOTP(url, '000000'))).toBe(400);
    expect(client.user()?.mfa).toBeUndefined();
    await client.confirmTOTP(url, await codeOf(url, -1));
    expect(client.user()?.mfa).toBe(true);

    const second = initClient(server.base);
    const mfaToken = await second.login(email, PASSWORD);
    if (mfaToken === undefined) throw new Error('no second step');
    expect(second.user()).toBeUndefined();
    expect(await failure(second.loginSecond({ mfaToken, totpCode: '000000' }))).toBe(401);
    const again = await second.login(email, PASSWORD);
    if (again === undefined) throw new Error('no second step');
    await second.loginSecond({ mfaToken: again, totpCode: await codeOf(url) });
    expect(second.user()).toMatchObject({ email, mfa: true });

    expect(await failure(second.unregisterTOTP('000000'))).toBe(401);
    await second.unregisterTOTP(await codeOf(url, 1));
    expect(second.user()?.mfa).toBeUndefined();
    expect(await failure(second.unregisterTOTP('000000'))).toBe(400);
    expect(await initClient(server.base).login(email, PASSWORD)).toBeUndefined();
  });

  test('holds in the dialect that has none', async () => {
    const { client, email } = await walker('fay');
    const { url } = await client.registerTOTP();
    await client.confirmTOTP(url, await codeOf(url));
    const elder = new PocketBase(server.base).autoCancellation(false);
    await expect(elder.collection('users').authWithPassword(email, PASSWORD)).rejects.toMatchObject({
      status: 403,
    });
  });
});

describe('a code by mail', () => {
  test('signs in once, and only who asked for it', async () => {
    const { email } = await walker('gil');
    await nextMailTo(server.dir, email);
    const known = mailsTo(server.dir, email).length;
    const client = initClient(server.base);
    await client.requestOtp(email);
    const mail = await nextMailTo(server.dir, email, known);
    const code = /\b[0-9A-Z]{6}\b/.exec(mail.text.slice(mail.text.indexOf('\r\n\r\n')))?.[0] ?? '';
    expect(await failure(client.loginOtp('nobody@walks.example', code))).toBe(401);
    await client.loginOtp(email, code);
    expect(client.user()).toMatchObject({ email });
    expect(await failure(initClient(server.base).loginOtp(email, code))).toBe(401);
  });

  test('is promised to everybody alike', async () => {
    await initClient(server.base).requestOtp('nobody@walks.example');
    expect(mailsTo(server.dir, 'nobody@walks.example')).toEqual([]);
  });
});

describe('names and passwords', () => {
  test('an e-mail is changed as the old client asks, and by the link of the mail', async () => {
    const { client, email } = await walker('hal');
    // A method of the client that its types keep to themselves.
    const body = JSON.stringify({ new_email: 'hal@new.example' });
    await client.fetch(`${AUTH}/change_email`, { method: 'POST', body });
    expect(client.user()?.email).toBe(email);
    const mail = await nextMailTo(server.dir, 'hal@new.example');
    const token = wordAfter(mail, `${AUTH}/change_email/confirm/`);
    const answer = await fetch(`${server.base}${AUTH}/change_email/confirm/${token}`);
    expect(await answer.text()).toBe('email changed');
    await client.refreshAuthToken({ force: true });
    expect(client.user()).toBeUndefined();
    await client.login('hal@new.example', PASSWORD);
    expect(client.user()?.email).toBe('hal@new.example');
  });

  test('a user name is changed, but not to another’s', async () => {
    const { client } = await walker('ida');
    const change = (new_username: string | null) =>
      client.fetch(`${AUTH}/change_username`, { method: 'POST', body: JSON.stringify({ new_username }) });
    expect(await failure(change('hal'))).toBe(409);
    expect(await failure(change('i'))).toBe(400);
    expect(await failure(change('no spaces'))).toBe(400);
    expect(await (await change('idabel')).text()).toBe('');
    await initClient(server.base).login('idabel', PASSWORD);
    await change(null);
    expect(await failure(initClient(server.base).login('idabel', PASSWORD))).toBe(401);
  });

  test('a new password here ends the sessions there', async () => {
    const { client, email } = await walker('jan');
    const elder = new PocketBase(server.base).autoCancellation(false);
    await elder.collection('users').authWithPassword(email, PASSWORD);
    const body = JSON.stringify({ old_password: PASSWORD, new_password: 'likes-short-walks' });
    const answer = await client.fetch(`${AUTH}/change_password`, { method: 'POST', body });
    expect(await answer.text()).toBe('password changed');
    await expect(elder.collection('users').authRefresh()).rejects.toMatchObject({ status: 401 });
    await client.refreshAuthToken({ force: true });
    expect(client.user()).toBeUndefined();
    await elder.collection('users').authWithPassword(email, 'likes-short-walks');
  });

  test('a new password there ends the sessions here', async () => {
    const { client, email } = await walker('kim');
    const elder = new PocketBase(server.base).autoCancellation(false);
    const { record } = await elder.collection('users').authWithPassword(email, PASSWORD);
    await elder.collection('users').update(record.id, {
      oldPassword: PASSWORD,
      password: 'likes-short-walks',
      passwordConfirm: 'likes-short-walks',
    });
    const authorization = new Headers(client.headers()).get('authorization') ?? '';
    const answer = await fetch(`${server.base}${AUTH}/status`, { headers: { authorization } });
    const status: unknown = await answer.json();
    expect(at(status, 'auth_token')).toBeNull();
    await client.refreshAuthToken({ force: true });
    expect(client.user()).toBeUndefined();
    await client.login(email, 'likes-short-walks');
  });
});

describe('an anonymous account', () => {
  test('has a name of its own, and becomes a member’s', async () => {
    const post = async (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${server.base}${AUTH}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    const tokens: unknown = await (await post('/login_anonymous', {})).json();
    const token = textAt(tokens, 'auth_token');
    const claims = JSON.parse(atob(token.split('.')[1] ?? ''));
    expect(claims).toMatchObject({ email: null, username: expect.stringMatching(/^anon.{6}$/) });
    const wish = { new_username: 'lou', new_password: PASSWORD };
    const headers = { authorization: `Bearer ${token}` };
    expect((await post('/promote_anonymous', { ...wish, new_password: 'short' }, headers)).status).toBe(400);
    expect((await post('/promote_anonymous', { ...wish, new_username: 'kim' }, headers)).status).toBe(409);
    expect(await (await post('/promote_anonymous', wish, headers)).text()).toBe('promoted');
    const member = initClient(server.base);
    await member.login('lou', PASSWORD);
    expect(member.user()?.id).toBe(claims.sub);
    const again = { authorization: new Headers(member.headers()).get('authorization') ?? '' };
    expect((await post('/promote_anonymous', wish, again)).status).toBe(424);
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5000; !condition(); await Bun.sleep(10)) {
    if (Date.now() > deadline) throw new Error('it did not happen');
  }
}
