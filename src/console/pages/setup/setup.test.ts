import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { consoleFiles } from '../../../../test/support/console.ts';
import { openTestCore, type TestCore } from '../../../../test/support/core.ts';
import { systemActor } from '../../../core/actor.ts';
import { consolePages } from '../../index.ts';

let world: TestCore;
let app: ReturnType<typeof consolePages>;
let token: string;

beforeEach(async () => {
  world = await openTestCore();
  app = open();
  token = world.core.auth.setupToken();
});
afterEach(() => world.close());

function open() {
  const facts = { clientAddress: () => '192.0.2.1', requestId: () => 'id' };
  return consolePages({ core: world.core, files: consoleFiles, publicUrl: undefined, ...facts });
}

const get = (path: string, headers: Record<string, string> = {}) =>
  app.handle(new Request(`http://localhost${path}`, { headers }));

function post(path: string, fields: Record<string, string>) {
  return app.handle(
    new Request(`http://localhost${path}`, { method: 'POST', body: new URLSearchParams(fields) }),
  );
}

const good = {
  email: 'ada@example.com',
  password: 'correct horse',
  passwordConfirm: 'correct horse',
};
const link = () => `/_/setup?token=${token}`;
const superusers = () => world.core.records.count(systemActor, world.core.collections.get('_superusers'));

describe('the form', () => {
  test('makes the first superuser once, and leads to the start page', async () => {
    const form = await get(link());
    expect(form.status).toBe(200);
    expect(await form.text()).toContain(`action="/_/setup?token=${token}" method="post"`);

    const made = await post(link(), good);
    expect([made.status, made.headers.get('location')]).toEqual([303, '/_/']);
    expect(await superusers()).toBe(1);
    const cookies = made.headers.getSetCookie();
    expect(cookies.find((one) => one.startsWith('dossier='))).toMatch(/; HttpOnly; SameSite=Strict$/);
    const cookie = cookies.map((one) => one.split(';')[0]).join('; ');
    const start = await get('/_/', { cookie });
    expect([start.status, (await start.text()).includes('you are signed in')]).toEqual([200, true]);

    const again = await post(link(), { ...good, email: 'eve@example.com' });
    expect(again.status).toBe(403);
    expect(await again.text()).toContain('The first superuser exists already');
    expect((await get(link())).status).toBe(403);
    expect(await superusers()).toBe(1);
  });

  test.each([
    ['different passwords', { passwordConfirm: 'correct horses' }, 'The two passwords are not the same.'],
    ['a short password', { password: 'short', passwordConfirm: 'short' }, 'At least 8 characters, please.'],
    ['a common password', { password: 'password123', passwordConfirm: 'password123' }, 'attackers try first'],
    ['no address', { email: 'ada' }, 'This is not an e-mail address.'],
    ['a blank address', { email: ' ' }, 'This cannot be blank.'],
  ])('comes back with a message and the e-mail after %s', async (_name, change, message) => {
    const fields = { ...good, ...change };
    const answer = await post(link(), fields);
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toContain(message);
    expect(page).toContain('role="alert"');
    expect(page).toContain(`value="${fields.email.trim()}"`);
    expect(page).not.toContain(`"${fields.password}"`);
    expect(await superusers()).toBe(0);
  });

  test.each(['', '?token=', '?token=wrong', '?token=a&token=b'])(
    'is not there for the link %p',
    async (query) => {
      for (const answer of [await get(`/_/setup${query}`), await post(`/_/setup${query}`, good)]) {
        expect(answer.status).toBe(403);
        expect(await answer.text()).toContain('Each start prints a new link');
      }
      expect(await superusers()).toBe(0);
    },
  );

  test('shows what was typed as text, never as markup', async () => {
    const answer = await post(link(), { ...good, email: '"><script>alert(1)</script>' });
    const page = await answer.text();
    expect(page).toContain('&quot;&gt;&lt;script&gt;');
    expect(page).not.toContain('<script');
  });

  test('refuses a body that no browser would send', async () => {
    const answer = await post(link(), { ...good, email: 'a'.repeat(20_000) });
    expect(answer.status).toBe(413);
    expect(await superusers()).toBe(0);
  });
});

test('the start page says that there is no superuser, and leads to the login once there is one', async () => {
  expect(await (await get('/_/')).text()).toContain('There is no superuser yet.');
  await post(link(), good);
  const start = await get('/_/');
  expect([start.status, start.headers.get('location')]).toEqual([303, '/_/login?next=%2F_%2F']);
});

test('the address without its final slash leads to the start page', async () => {
  const answer = await get('/_');
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/_/']);
});

test.each(['/_/', '/_/setup', '/_/nothing'])(
  '%s cannot be framed, scripted from elsewhere, cached or sniffed, and tells no other site its address',
  async (path) => {
    const { headers } = await get(path);
    const policy = headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy.join()).not.toMatch(/unsafe|http|\*/);
    expect(headers.get('referrer-policy')).toBe(path === '/_/setup' ? 'no-referrer' : 'same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toMatch(/; charset=utf-8$/);
  },
);

test('every field has a label, every page a title and a language', async () => {
  for (const path of [link(), '/_/', '/_/nothing']) {
    const page = await (await get(path)).text();
    const fields = [...page.matchAll(/<input id="(\w+)"/g)];
    for (const [, id] of fields) expect(page).toContain(`<label for="${id}">`);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en"/);
    expect(page).toMatch(/<title>[^<]+ · Dossier<\/title>/);
    expect(page).not.toMatch(/<script|style=|\son\w+=/);
  }
});
