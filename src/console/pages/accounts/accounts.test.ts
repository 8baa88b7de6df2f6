import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openSignedIn, type SignedInConsole } from '../../../../test/support/signed-in-console.ts';
import { systemActor } from '../../../core/actor.ts';
import { guestOf } from '../../../core/auth/account-actor.ts';
import type { AccountRef } from '../../../core/index.ts';
import { createOneTimePasswords } from '../../../drivers/one-time-passwords/otplib.ts';

/** The password of who is signed in. */
const OWN = 'correct horse battery';

let admin: SignedInConsole;
let mia: AccountRef;
let path: string;

beforeEach(async () => {
  admin = await openSignedIn();
  mia = await account('mia@example.com', 'Mia <b>');
  path = `/_/accounts/users/${String(mia.record.id)}`;
});
afterEach(() => admin.world.close());

async function account(email: string, name: string): Promise<AccountRef> {
  const { core } = admin.world;
  const collection = core.collections.get('users');
  const password = { password: 'correct horse', passwordConfirm: 'correct horse' };
  const { values } = await core.records.create(systemActor, collection, { email, name, ...password });
  const record = await core.records.findStored(collection, String(values.id));
  return { collection, record: record ?? {} };
}

/** Opens a session with a program. */
function open(who: AccountRef, agent: string) {
  const header = (name: string) => (name === 'user_agent' ? agent : undefined);
  const request = { ...systemActor.request, header, address: '192.0.2.7' };
  return admin.world.core.auth.sessions.open(guestOf(request), who);
}

const isGood = async (token: string) => (await admin.world.core.auth.sessions.accountOf(token)) !== undefined;

describe('the list', () => {
  test('shows the accounts of one collection, found by e-mail or name, as text', async () => {
    await account('zoe@example.com', 'Zoe');
    const { text } = await admin.get('/_/accounts');
    expect(text).toContain('zoe@example.com');
    expect(text).toContain('Mia &lt;b&gt;');
    expect(text).not.toContain('ada@example.com</a>');
    const found = await admin.get('/_/accounts?search=zo');
    expect(found.text).toContain('zoe@example.com');
    expect(found.text).not.toContain('mia@example.com');
    expect((await admin.get('/_/accounts?search=%25%22%27')).text).toContain('No account matches');
    expect((await admin.get('/_/accounts?collection=_superusers')).text).toContain('ada@example.com</a>');
  });

  test('of all collections is searched at once', async () => {
    const { text } = await admin.get('/_/accounts?all=1&search=example.com');
    expect(text).toContain('href="/_/accounts/_superusers/');
    expect(text).toContain('mia@example.com');
    expect((await admin.get('/_/accounts?all=1&search=nobody')).text).toContain('No account matches');
  });

  test('has pages', async () => {
    for (let index = 0; index < 50; index++) await account(`all-${index}@example.com`, '');
    const first = await admin.get('/_/accounts');
    expect(first.text).toContain('1–50');
    expect(first.text).toContain('collection=users&amp;page=2');
    const second = await admin.get('/_/accounts?page=2');
    expect(second.text).toContain('51–51');
    expect(second.text).toContain('mia@example.com');
    expect(second.text).not.toContain('page=3');
  });
});

describe('an account', () => {
  test('has its sessions ended one by one, and those of others stay', async () => {
    const phone = await open(mia, 'Phone <i>');
    const laptop = await open(mia, 'Laptop');
    const { text } = await admin.get(path);
    expect(text).toContain('Phone &lt;i&gt;');
    expect(text).toContain('192.0.2.7');
    const id =
      /name="session" value="([^"]+)">\s*<button type="submit" aria-label="End the session of Phone/.exec(
        text,
      )?.[1];
    const ended = await admin.post(`${path}/sessions/end`, { session: id ?? '' });
    expect([ended.answer.status, ended.location]).toEqual([303, path]);
    expect([await isGood(phone.refreshToken), await isGood(laptop.refreshToken)]).toEqual([false, true]);

    const zoe = await account('zoe@example.com', 'Zoe');
    const other = await open(zoe, 'Tablet');
    const { text: hers } = await admin.get(`/_/accounts/users/${String(zoe.record.id)}`);
    const session = /name="session" value="([^"]+)"/.exec(hers)?.[1] ?? '';
    await admin.post(`${path}/sessions/end`, { session });
    expect(await isGood(other.refreshToken)).toBe(true);
  });

  test('has all of them ended once its name is typed', async () => {
    const phone = await open(mia, 'Phone');
    const wrong = await admin.post(`${path}/sessions/end`, { confirm: 'zoe' });
    expect(wrong.answer.status).toBe(422);
    expect(wrong.text).toContain('exactly as it is written');
    expect(await isGood(phone.refreshToken)).toBe(true);
    expect((await admin.post(`${path}/sessions/end`, { confirm: 'mia@example.com' })).answer.status).toBe(
      303,
    );
    expect(await isGood(phone.refreshToken)).toBe(false);
    expect((await admin.get(path)).text).toContain('There is no session');
  });

  test('has its lost authenticator app switched off once its name is typed', async () => {
    const { totp } = admin.world.core.auth;
    expect((await admin.get(path)).text).not.toContain('second-factor/end');
    await totp.adopt(systemActor, mia, await createOneTimePasswords().newSecret());
    expect((await admin.get(path)).text).toContain('second-factor/end');
    expect((await admin.post(`${path}/second-factor/end`, {})).answer.status).toBe(422);
    expect(await totp.isOn(mia)).toBe(true);
    const unsaid = await admin.post(`${path}/second-factor/end`, { confirm: 'mia@example.com' });
    expect([unsaid.answer.status, await totp.isOn(mia)]).toEqual([422, true]);
    expect(unsaid.text).toContain('id="factorOwn-error" class="error">This is not your password.');
    expect(unsaid.text).toMatch(/<dialog id="switch-off"[^>]* open/);
    const words = { confirm: 'mia@example.com', factorOwn: OWN };
    const done = await admin.post(`${path}/second-factor/end`, words);
    expect(done.answer.status).toBe(303);
    expect(await totp.isOn(mia)).toBe(false);
  });

  test('that is none is not found', async () => {
    const { core } = admin.world;
    const posts = await core.collections.create(systemActor, { name: 'posts', type: 'base' });
    const { values } = await core.records.create(systemActor, posts, {});
    for (const wrong of ['users/nobody', `posts/${String(values.id)}`, 'nothing/nobody']) {
      expect([wrong, (await admin.get(`/_/accounts/${wrong}`)).answer.status]).toEqual([wrong, 404]);
    }
  });
});

describe('a new account', () => {
  const fields = (more: Record<string, string> = {}) => ({
    ...{ collection: 'users', email: 'zoe@example.com' },
    ...{ password: 'correct horse', passwordConfirm: 'correct horse', ...more },
  });
  const signsIn = (collection: string, identity: string, password: string) => {
    const { core } = admin.world;
    return core.auth
      .withPassword(guestOf(systemActor.request), core.collections.get(collection), { identity, password })
      .then(
        () => true,
        () => false,
      );
  };

  test('can sign in, as can a new superuser', async () => {
    const made = await admin.post('/_/accounts', fields({ verified: '1' }));
    expect(made.location).toStartWith('/_/accounts/users/');
    expect(await signsIn('users', 'zoe@example.com', 'correct horse')).toBe(true);
    expect((await admin.get(made.location ?? '')).text).not.toContain('Mark as verified');
    const bob = fields({ collection: '_superusers', email: 'bob@example.com' });
    for (const ownPassword of ['', 'correct horse', 'x'.repeat(300)]) {
      const refused = await admin.post('/_/accounts', { ...bob, ownPassword });
      expect(refused.answer.status).toBe(422);
      expect(refused.text).toContain('id="ownPassword-error" class="error">This is not your password.');
    }
    expect(await signsIn('_superusers', 'bob@example.com', 'correct horse')).toBe(false);
    await admin.post('/_/accounts', { ...bob, ownPassword: OWN });
    expect(await signsIn('_superusers', 'bob@example.com', 'correct horse')).toBe(true);
  });

  test.each([
    ['email', { email: 'mia@example.com' }, 'This e-mail is in use already.'],
    ['email', { email: 'x' }, 'This is not an e-mail address.'],
    ['password', { password: 'short', passwordConfirm: 'short' }, 'At least 8 characters, please.'],
    ['passwordConfirm', { passwordConfirm: 'other' }, 'The two passwords are not the same.'],
  ])('keeps what is typed and says at %s what is wrong (%#)', async (field, more, message) => {
    const wrong = await admin.post('/_/accounts', fields(more));
    expect(wrong.answer.status).toBe(422);
    expect(wrong.text).toContain(`id="${field}-error" class="error">${message}`);
    expect(wrong.text).not.toContain('correct horse');
  });

  test('is made in no collection without accounts', async () => {
    const { core } = admin.world;
    await core.collections.create(systemActor, { name: 'posts', type: 'base' });
    for (const collection of ['posts', 'nothing', ''])
      expect((await admin.post('/_/accounts', fields({ collection }))).answer.status).toBe(404);
  });

  test('gets another password, which ends its sessions, is verified, and goes', async () => {
    const phone = await open(mia, 'Phone');
    const wrong = await admin.post(`${path}/password`, { password: 'a', passwordConfirm: 'b' });
    expect(wrong.answer.status).toBe(422);
    const words = { password: 'battery staple', passwordConfirm: 'battery staple' };
    expect((await admin.post(`${path}/password`, words)).answer.status).toBe(303);
    expect(await isGood(phone.refreshToken)).toBe(false);
    expect(await signsIn('users', 'mia@example.com', 'battery staple')).toBe(true);
    expect((await admin.get(path)).text).toContain('Mark as verified');
    await admin.post(`${path}/verification`, {});
    expect((await admin.get(path)).text).not.toContain('Mark as verified');
    expect((await admin.post(`${path}/deletion`, { confirm: 'mia' })).answer.status).toBe(422);
    expect((await admin.get(path)).answer.status).toBe(200);
    const gone = await admin.post(`${path}/deletion`, { confirm: 'mia@example.com' });
    expect(gone.location).toBe('/_/accounts?collection=users');
    expect((await admin.get(path)).answer.status).toBe(404);
  });

  test('of another superuser is changed and deleted by one’s own password alone', async () => {
    const { core } = admin.world;
    const superusers = core.collections.get('_superusers');
    const words = { password: 'correct horse', passwordConfirm: 'correct horse' };
    const { values } = await core.records.create(systemActor, superusers, {
      email: 'bob@example.com',
      ...words,
    });
    const bob = `/_/accounts/_superusers/${String(values.id)}`;
    const fresh = { password: 'battery staple', passwordConfirm: 'battery staple' };
    const refused = await admin.post(`${bob}/password`, fresh);
    expect(refused.answer.status).toBe(422);
    expect(refused.text).toContain('id="passwordOwn-error" class="error">This is not your password.');
    expect((await admin.post(`${bob}/deletion`, { confirm: 'bob@example.com' })).answer.status).toBe(422);
    expect(await signsIn('_superusers', 'bob@example.com', 'correct horse')).toBe(true);
    // Their pages as records would be a way round it.
    const record = `/_/collections/_superusers/records/${String(values.id)}`;
    for (const [path, form] of [
      [record, { 'value.password': 'battery staple' }],
      ['/_/collections/_superusers/records', { email: 'eve@example.com', ...fresh }],
      ['/_/collections/_superusers/removal', { id: String(values.id) }],
    ] as const)
      expect([path, (await admin.post(path, form)).answer.status]).toEqual([path, 404]);
    expect((await admin.get(record)).text).not.toContain(`${record}/edit`);
    expect((await admin.post(`${bob}/password`, { ...fresh, passwordOwn: OWN })).answer.status).toBe(303);
    expect(await signsIn('_superusers', 'bob@example.com', 'battery staple')).toBe(true);
    const gone = { confirm: 'bob@example.com', deletionOwn: OWN };
    expect((await admin.post(`${bob}/deletion`, gone)).answer.status).toBe(303);
  });

  test('of one’s own is neither deleted nor given a password here', async () => {
    const { core } = admin.world;
    const superusers = core.collections.get('_superusers');
    const ada = await core.records.findStoredBy(superusers, 'email', 'ada@example.com', true);
    const own = `/_/accounts/_superusers/${String(ada?.id)}`;
    const { text } = await admin.get(own);
    expect(text).toContain('This is your own account.');
    expect(text).not.toContain('/deletion"');
    expect((await admin.post(`${own}/deletion`, { confirm: 'ada@example.com' })).answer.status).toBe(422);
    const words = { password: 'battery staple', passwordConfirm: 'battery staple' };
    expect((await admin.post(`${own}/password`, words)).answer.status).toBe(422);
    expect((await admin.get(own)).answer.status).toBe(200);
    expect((await admin.post(`${own}/tokens`, {})).answer.status).toBe(404);
  });

  test('of one’s own loses its authenticator app by a code alone, not by a session left open', async () => {
    const { core } = admin.world;
    const collection = core.collections.get('_superusers');
    const record = (await core.records.findStoredBy(collection, 'email', 'ada@example.com', true)) ?? {};
    await core.auth.totp.adopt(
      systemActor,
      { collection, record },
      await createOneTimePasswords().newSecret(),
    );
    const own = `/_/accounts/_superusers/${String(record.id)}`;
    expect((await admin.get(own)).text).not.toContain('/second-factor/end');
    const form = { confirm: 'ada@example.com', factorOwn: 'correct horse battery' };
    const sent = await admin.post(`${own}/second-factor/end`, form);
    expect(sent.answer.status).toBe(422);
    expect(sent.text).toContain('This is your own account.');
    expect(await core.auth.totp.isOn({ collection, record })).toBe(true);
  });

  test('has tokens to test with that speak for it, shown once', async () => {
    const { core } = admin.world;
    const unsaid = await admin.post(`${path}/tokens`, { duration: '600' });
    expect([unsaid.answer.status, unsaid.text.includes('test-token')]).toEqual([422, false]);
    const { text, answer } = await admin.post(`${path}/tokens`, { duration: '600', tokenOwn: OWN });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const token = /<code id="test-token">([^<]+)</.exec(text)?.[1];
    const who = await core.auth.identify(token, 'auth', systemActor.request);
    expect(who.kind === 'account' && who.record.id).toBe(String(mia.record.id));
    const claims = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString());
    expect(claims.exp - Math.floor(core.clock.now() / 1000)).toBe(600);
    const long = await admin.post(`${path}/tokens`, { duration: '99999999', tokenOwn: OWN });
    expect(long.text).toContain('test-token');
    expect((await admin.get(path)).text).not.toContain('test-token');
  });
});
