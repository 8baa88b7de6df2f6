import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import type { Configuration, SavedSettings, SettingInfo } from '../../../core/ports/configuration.ts';

const PATH = '/_/operations/settings';
let world: ConsoleWorld;
let applied: SavedSettings;

const info = (key: string, more: Partial<SettingInfo>): SettingInfo => ({
  ...{ key, value: undefined, isSet: false, origin: 'default', originName: '', held: false, applies: 'now' },
  ...{ control: 'text', choices: [], sentTo: [], doc: 'For `x`.', fallback: 'none' },
  ...more,
});

const configuration: Configuration = {
  describe: (saved) => {
    const of = (key: string) =>
      Object.hasOwn(saved, key)
        ? ({ value: JSON.stringify(saved[key]), isSet: true, origin: 'saved' } as const)
        : {};
    return [
      info('mail.from', of('mail.from')),
      info('mail.password', {
        ...{ control: 'secret', isSet: Object.hasOwn(saved, 'mail.password') },
      }),
      info('auth.anonymous', { ...of('auth.anonymous'), control: 'flag' }),
      info('auth.uris', { ...of('auth.uris'), control: 'list' }),
      info('server.url', {
        value: '"https://a"',
        isSet: true,
        origin: 'environment',
        originName: 'URL',
        held: true,
      }),
    ];
  },
  expected: (_key, value) => (value === 'wrong' ? 'a <right> one' : undefined),
  apply: async (saved) => {
    applied = saved;
  },
};

beforeEach(async () => {
  applied = {};
  world = await openConsoleWorld({ configuration });
});
afterEach(() => world.close());

test('settings are saved, shown and given back to their default', async () => {
  const fields = { 'mail.from': 'me@example.com', 'mail.password': 'hush', 'auth.anonymous': 'false' };
  expect((await world.post(PATH, { ...fields, 'auth.uris': 'https://a\r\nhttps://b' })).status).toBe(303);
  expect(applied).toEqual({
    ...{ 'mail.from': 'me@example.com', 'mail.password': 'hush', 'auth.anonymous': false },
    'auth.uris': ['https://a', 'https://b'],
  });
  const { text } = await world.get(PATH);
  expect(text).toContain('value="me@example.com"');
  expect(text).toContain('For <code>x</code>.');
  expect(text).toContain('>Sender <code class="key">mail.from</code>');
  expect(text).not.toContain('hush');
  await world.post(PATH, { 'mail.from': '', 'mail.password': '', 'auth.anonymous': '' });
  expect(applied).toEqual({ 'mail.password': 'hush', 'auth.uris': ['https://a', 'https://b'] });
  await world.post(PATH, { 'mail.password': '', 'mail.password.clear': '1' });
  expect(applied).toEqual({ 'auth.uris': ['https://a', 'https://b'] });
});

test('one setting is given back to its default by its button, whatever else was typed', async () => {
  await world.post(PATH, { 'mail.from': 'me@example.com', 'auth.anonymous': 'true' });
  const { text } = await world.get(PATH);
  expect(text).toContain('name="reset" value="mail.from"');
  expect(text).not.toContain('name="reset" value="server.url"');
  await world.post(PATH, { 'mail.from': 'you@example.com', 'auth.anonymous': 'false', reset: 'mail.from' });
  expect(applied).toEqual({ 'auth.anonymous': true });
  expect((await world.post(PATH, { reset: 'server.url' })).status).toBe(422);
  expect((await world.post(PATH, { reset: '__proto__' })).status).toBe(422);
  expect(applied).toEqual({ 'auth.anonymous': true });
});

test('what is wrong comes back with its message, and nothing is saved', async () => {
  const { status, text } = await world.post(PATH, { 'mail.from': 'wrong', 'mail.password': 'secret-typed' });
  expect(status).toBe(422);
  expect(text).toContain('expected a &lt;right&gt; one');
  expect(text).toContain('value="wrong"');
  expect(text).not.toContain('secret-typed');
  expect(applied).toEqual({});
});

test('what is set elsewhere is shown and cannot be changed', async () => {
  const { text } = await world.get(PATH);
  expect(text).toContain('It is set elsewhere (URL)');
  await world.post(PATH, { 'server.url': 'https://evil.example' });
  expect(applied).toEqual({});
  expect((await world.forge(PATH, { 'mail.from': 'x@example.com' })).status).toBe(403);
});

test('a test message is sent, or the page says why not', async () => {
  expect((await world.post(`${PATH}/test-mails`, { to: 'me@example.com' })).status).toBe(303);
  expect(world.mailer.sent.map(({ to }) => to)).toEqual(['me@example.com']);
  const bad = await world.post(`${PATH}/test-mails`, { to: 'nobody' });
  expect([bad.status, bad.text.includes('This is not an e-mail address.')]).toEqual([422, true]);
});

test('what another admin saved since the page was shown stays, unless the same field was changed', async () => {
  const shown = { 'was.mail.from': '', 'was.auth.anonymous': '', 'was.auth.uris': '' };
  await world.post(PATH, { 'mail.from': 'first@example.com', 'auth.uris': 'https://a\r\nhttps://b' });
  const later = { ...shown, 'mail.from': '', 'auth.uris': '', 'auth.anonymous': 'true' };
  expect((await world.post(PATH, later)).status).toBe(303);
  expect(applied).toEqual({
    ...{ 'mail.from': 'first@example.com', 'auth.uris': ['https://a', 'https://b'] },
    'auth.anonymous': true,
  });
  const { text } = await world.get(PATH);
  expect(text).toContain('name="was.mail.from" value="first@example.com"');
  const wrong = await world.post(PATH, { ...shown, 'mail.from': 'wrong' });
  expect(wrong.text).toContain('name="was.mail.from" value=""');
});
