import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { consoleFiles } from '../../test/support/console.ts';
import { openTestCore, type TestCore } from '../../test/support/core.ts';
import { systemActor } from '../core/actor.ts';
import { createOneTimePasswords } from '../drivers/one-time-passwords/otplib.ts';
import { consolePages } from './index.ts';

const ADA = { email: 'ada@example.com', password: 'correct horse battery' };
const SITE = 'http://localhost';

let world: TestCore;
let app: ReturnType<typeof consolePages>;

beforeEach(async () => {
  world = await openTestCore({ failedLogins: 3 });
  const { core } = world;
  const input = { ...ADA, passwordConfirm: ADA.password };
  await core.records.create(systemActor, core.collections.get('_superusers'), input);
  app = open();
});
afterEach(() => world.close());

function open(publicUrl?: string) {
  const facts = { clientAddress: () => '192.0.2.1', requestId: () => 'id' };
  return consolePages({ core: world.core, files: consoleFiles, publicUrl, ...facts });
}

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await app.handle(new Request(SITE + path, { headers }));
  return { answer, text: await answer.text(), location: answer.headers.get('location') };
}

async function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams(fields);
  const answer = await app.handle(new Request(SITE + path, { method: 'POST', body, headers }));
  return { answer, text: await answer.text(), location: answer.headers.get('location') };
}

const cookieOf = ({ answer }: { answer: Response }) => answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const csrfOf = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';

/** The cookie of a session and the token that its forms carry. */
async function signIn(): Promise<{ cookie: string; csrf: string }> {
  const cookie = cookieOf(await post('/_/login', ADA));
  return { cookie, csrf: csrfOf((await get('/_/account', { cookie })).text) };
}

describe('the login', () => {
  test('leads to the page that was asked for, with a cookie that scripts and other sites do not get', async () => {
    expect((await get('/_/collections?search=a')).location).toBe(
      '/_/login?next=%2F_%2Fcollections%3Fsearch%3Da',
    );
    const made = await post('/_/login', { ...ADA, next: '/_/collections?search=a' });
    expect([made.answer.status, made.location]).toEqual([303, '/_/collections?search=a']);
    const [cookie = ''] = made.answer.headers.getSetCookie();
    expect(cookie).toMatch(/^dossier=\w{86}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    expect((await get('/_/collections', { cookie: cookieOf(made) })).answer.status).toBe(200);
  });

  test('sets a __Host- cookie where the console is reached over TLS', async () => {
    app = open('https://files.example.com');
    const [cookie = ''] = (await post('/_/login', ADA)).answer.headers.getSetCookie();
    expect(cookie).toMatch(
      /^__Host-dossier=\w{86}; Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=Strict$/,
    );
  });

  test.each<Record<string, string>>([
    { 'x-forwarded-proto': 'https' },
    { 'x-forwarded-proto': 'https, http' },
    { origin: 'https://localhost', 'sec-fetch-site': 'same-origin' },
  ])('does so behind a proxy of which only the request tells: %p', async (headers) => {
    const made = await post('/_/login', ADA, headers);
    expect(made.answer.headers.getSetCookie()[0]).toMatch(/^__Host-dossier=\w{86}; .*; Secure;/);
    const cookie = cookieOf(made);
    const page = await get('/_/account', { cookie });
    expect(page.answer.status).toBe(200);
    const look = { theme: 'dark', language: '', csrf: csrfOf(page.text) };
    const kept = await post('/_/account/look', look, { cookie });
    expect(kept.answer.headers.getSetCookie()[0]).toMatch(/^__Host-dossier-look=.*; Secure;/);
    expect(
      (await post('/_/account/look', look, { cookie, origin: 'https://evil.example' })).answer.status,
    ).toBe(403);
  });

  test('takes no plain cookie where the console is reached over TLS: another page of the domain could have set it', async () => {
    const [, token = ''] = (await signIn()).cookie.split('=');
    app = open('https://files.example.com');
    expect((await get('/_/account', { cookie: `dossier=${token}` })).answer.status).toBe(303);
    expect((await get('/_/account', { cookie: `__Host-dossier=${token}` })).answer.status).toBe(200);
  });

  test('ends the session that the browser had before', async () => {
    const { cookie } = await signIn();
    const made = await post('/_/login', ADA, { cookie });
    expect((await get('/_/account', { cookie: cookieOf(made) })).answer.status).toBe(200);
    expect((await get('/_/account', { cookie })).answer.status).toBe(303);
  });

  test.each([
    '//evil.example',
    'https://evil.example/_/',
    '/_/../api',
    '/\\evil.example',
    '/_//..//..//evil.example',
    'javascript:alert(1)',
    '/_/logout',
  ])('does not lead to %s', async (next) => {
    const { location } = await post('/_/login', { ...ADA, next });
    expect(location).toStartWith('/_/');
    expect(new URL(location ?? '', SITE).pathname).toStartWith('/_/');
    expect(location).not.toContain('logout');
  });

  test('answers unknown and wrong alike, keeps the e-mail, and holds off after some failures', async () => {
    const wrong = await post('/_/login', { ...ADA, password: 'wrong' });
    const unknown = await post('/_/login', { email: 'eve@example.com', password: 'wrong' });
    expect([wrong.answer.status, unknown.answer.status]).toEqual([422, 422]);
    expect(wrong.text.replaceAll(ADA.email, '')).toBe(unknown.text.replaceAll('eve@example.com', ''));
    expect(wrong.text).toContain(`value="${ADA.email}"`);
    for (let attempt = 0; attempt < 3; attempt++) await post('/_/login', { ...ADA, password: 'wrong' });
    expect((await post('/_/login', ADA)).answer.status).toBe(429);
  });

  test('lets no account of an app in', async () => {
    const { core } = world;
    const input = { email: 'mia@example.com', password: ADA.password, passwordConfirm: ADA.password };
    await core.records.create(systemActor, core.collections.get('users'), input);
    expect((await post('/_/login', { ...ADA, email: input.email })).answer.status).toBe(422);
  });

  test('asks an account with an authenticator app for its code', async () => {
    const { core } = world;
    const collection = core.collections.get('_superusers');
    const record = await core.records.findStoredBy(collection, 'email', ADA.email);
    const secret = await createOneTimePasswords().newSecret();
    await core.auth.totp.adopt(systemActor, { collection, record: record ?? {} }, secret);
    const second = await post('/_/login', { ...ADA, next: '/_/account' });
    expect(second.answer.headers.getSetCookie()).toEqual([]);
    const pending = /name="pending" value="(\w+)"/.exec(second.text)?.[1] ?? '';
    const refused = await post('/_/login/code', { pending, code: 'nonsense', next: '/_/account' });
    expect(refused.answer.status).toBe(422);
    const code = await codeOf(secret);
    const made = await post('/_/login/code', { pending, code, next: '/_/account' });
    expect([made.answer.status, made.location]).toEqual([303, '/_/account']);
    expect((await get('/_/account', { cookie: cookieOf(made) })).answer.status).toBe(200);
  });

  test('takes no form of another site', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of foreign) {
      expect((await post('/_/login', ADA, headers)).answer.status).toBe(403);
    }
  });
});

describe('a change', () => {
  test('needs the token of its session, in the form or the header, and no other origin', async () => {
    const { cookie, csrf } = await signIn();
    const look = { theme: 'dark', language: 'de' };
    const status = async (fields: Record<string, string>, headers: Record<string, string>) =>
      (await post('/_/account/look', fields, { cookie, ...headers })).answer.status;
    expect(await status(look, {})).toBe(403);
    expect(await status({ ...look, csrf: 'wrong' }, {})).toBe(403);
    expect(await status({ ...look, csrf: (await signIn()).csrf }, {})).toBe(403);
    expect(await status({ ...look, csrf }, { origin: 'https://evil.example' })).toBe(403);
    expect(await status({ ...look, csrf }, { 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await status({ ...look, csrf }, { origin: SITE })).toBe(303);
    expect(await status(look, { 'x-csrf-token': csrf })).toBe(303);
  });

  test('of the password ends the other sessions and keeps this one', async () => {
    const other = await signIn();
    const { cookie, csrf } = await signIn();
    const fields = {
      csrf,
      oldPassword: ADA.password,
      newPassword: 'another horse',
      newPasswordConfirm: 'another horse',
    };
    const wrong = await post('/_/account/password', { ...fields, oldPassword: 'no' }, { cookie });
    expect(wrong.answer.status).toBe(422);
    expect(wrong.text).toContain('This is not your password.');
    const made = await post('/_/account/password', fields, { cookie });
    expect([made.answer.status, made.location]).toEqual([303, '/_/account']);
    expect((await get('/_/account', { cookie: cookieOf(made) })).answer.status).toBe(200);
    expect((await get('/_/account', { cookie: other.cookie })).answer.status).toBe(303);
  });

  test('is led to the login by htmx with its own header once the session has ended, and back to its page', async () => {
    const { cookie, csrf } = await signIn();
    const ended = await post('/_/logout', { csrf }, { cookie });
    expect(ended.location).toBe('/_/login');
    const headers = { cookie, 'hx-request': 'true', 'hx-current-url': `${SITE}/_/account?confirm=x` };
    const { answer } = await post('/_/account/look', { csrf }, headers);
    expect(answer.headers.get('hx-redirect')).toBe('/_/login?next=%2F_%2Faccount%3Fconfirm%3Dx');
    const [note = ''] = answer.headers.getSetCookie();
    const login = await get('/_/login', { cookie: note.split(';')[0] ?? '' });
    expect(login.text).toContain('what you sent was not taken');
  });
});

describe('the assets', () => {
  test('are kept for ever under their version, packed as the browser takes them', async () => {
    const { cookie } = await signIn();
    const path =
      /href="(\/_\/assets\/\w+\/console\.css)"/.exec((await get('/_/account', { cookie })).text)?.[1] ?? '';
    const { answer, text } = await get(path, { 'accept-encoding': 'identity' });
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(text).toContain('--accent');
    for (const encoding of ['br', 'gzip']) {
      const packed = await app.handle(new Request(SITE + path, { headers: { 'accept-encoding': encoding } }));
      expect(packed.headers.get('content-encoding')).toBe(encoding);
      expect((await packed.bytes()).length).toBeLessThan(text.length / 2);
    }
    expect((await get(path.replace('console.css', 'nothing.css'))).answer.status).toBe(404);
    expect((await get(path.replace(/assets\/\w+/, 'assets/old'))).answer.status).toBe(404);
  });
});

test.each([
  ['http://localhost', {}, true],
  ['https://localhost', {}, false],
  ['https://localhost', { 'sec-fetch-site': 'same-origin' }, true],
  ['https://localhost', { 'sec-fetch-site': 'none' }, true],
  ['https://localhost', { 'sec-fetch-site': 'same-site' }, false],
  ['https://localhost', { 'sec-fetch-site': 'cross-site' }, false],
  ['http://localhost', { 'accept-encoding': 'gzip;q=0, br' }, false],
])('a page at %s that is asked for as %j is compressed: %p', async (site, headers, isCompressed) => {
  const { cookie } = await signIn();
  const sent = {
    cookie: site.startsWith('https') ? `__Host-${cookie}` : cookie,
    'accept-encoding': 'gzip, deflate, br',
    ...headers,
  };
  const answer = await app.handle(new Request(`${site}/_/account`, { headers: sent }));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('vary')).toContain('Accept-Encoding');
  expect(answer.headers.get('content-encoding')).toBe(isCompressed ? 'gzip' : null);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const text = new TextDecoder().decode(isCompressed ? Bun.gunzipSync(bytes) : bytes);
  expect(text).toContain('</html>');
});

test('a language of the browser is spoken, and another that was chosen', async () => {
  const german = await get('/_/login', { 'accept-language': 'fr, de-AT;q=0.9, en;q=0.5' });
  expect(german.text).toContain('<html lang="de-AT"');
  const chosen = await get('/_/login', { 'accept-language': 'de', cookie: 'dossier-look=dark.en' });
  expect(chosen.text).toContain('<html lang="en" data-theme="dark"');
});

test('a look follows the admin to other browsers, whose login pages stay as they are', async () => {
  const here = await signIn();
  const there = await signIn();
  const page = async (path: string, cookie: string) =>
    (await get(path, { cookie, 'accept-language': 'en' })).text;
  await post('/_/account/look', { theme: 'dark', language: 'de', csrf: here.csrf }, { cookie: here.cookie });
  expect(await page('/_/', `${there.cookie}; dossier-look=light.en`)).toContain(
    '<html lang="de" data-theme="dark"',
  );
  expect(await page('/_/login', 'dossier-look=light.en')).toContain('<html lang="en" data-theme="light"');
  await post('/_/account/look', { theme: 'auto', language: '', csrf: here.csrf }, { cookie: here.cookie });
  expect(await page('/_/', `${there.cookie}; dossier-look=light.de`)).toContain(
    '<html lang="en" data-theme="auto"',
  );
});

describe('a grid of records', () => {
  test('reads one page without counting, whatever the collection holds', async () => {
    const { core } = world;
    const { cookie } = await signIn();
    const posts = await core.collections.create(systemActor, {
      ...{ name: 'posts', type: 'base' },
      fields: [
        { name: 'title', type: 'text' },
        { name: 'secret', type: 'text', hidden: true },
      ],
    });
    const rows = Array.from({ length: 120 }, (_, index) => ({
      values: { title: `<b>${index}</b>`, secret: 'sesame' },
    }));
    for (const { values } of rows) await core.records.create(systemActor, posts, values);
    const { text } = await get('/_/collections/posts?sort=title&page=2', { cookie });
    expect(text.match(/<tr>/g)).toHaveLength(51);
    expect(text).toContain('&lt;b&gt;');
    expect(text).not.toContain('<b>');
    expect(text).not.toContain('sesame');
    expect((await get('/_/collections/posts?column=secret', { cookie })).text).toContain('sesame');
    expect((await get('/_/collections/posts/total?filter=', { cookie })).text).toBe('120');
    const part = await get('/_/collections/posts', {
      cookie,
      'hx-request': 'true',
      'hx-request-type': 'partial',
    });
    expect(part.text).toStartWith('<div id="grid"');
    for (const bad of ['filter=title %3D', 'filter=nothing = 1', 'sort=nothing']) {
      const { answer, text: page } = await get(`/_/collections/posts?${bad}`, { cookie });
      expect([bad, answer.status]).toEqual([bad, 422]);
      expect(page).toContain('role="alert"');
    }
    expect((await get('/_/collections/nothing', { cookie })).answer.status).toBe(404);
    expect((await get('/_/collections/posts/records/nothing', { cookie })).answer.status).toBe(404);
  });

  test('never shows the keys of accounts', async () => {
    const { cookie } = await signIn();
    const [, key] =
      /"tokenKey":"(\w+)"/.exec(
        JSON.stringify(
          await world.core.records.findStoredBy(
            world.core.collections.get('_superusers'),
            'email',
            ADA.email,
          ),
        ),
      ) ?? [];
    const { text } = await get('/_/collections/_superusers?column=tokenKey&column=email', { cookie });
    expect(text).toContain(ADA.email);
    expect(String(key)).toHaveLength(50);
    expect(text).not.toContain(String(key));
  });
});

/** The code that an authenticator app shows at the time of the test's clock. */
async function codeOf(secret: string): Promise<string> {
  const { generate } = await import('otplib');
  return generate({ secret, epoch: Math.floor(world.clock.time / 1000) });
}
