import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openSignedIn, type SignedInConsole } from '../../../../test/support/signed-in-console.ts';
import { systemActor } from '../../../core/actor.ts';

let admin: SignedInConsole;
const PATH = '/_/collections/posts/rules';
const posts = () => admin.world.core.collections.get('posts');
const revisionOf = (text: string) => /name="revision" value="([^"]*)"/.exec(text)?.[1] ?? '';

beforeEach(async () => {
  admin = await openSignedIn();
  await admin.world.core.collections.create(systemActor, {
    ...{ name: 'posts', type: 'base', listRule: "title != ''", deleteRule: null },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'owner', type: 'text' },
    ],
  });
});
afterEach(() => admin.world.close());

describe('saving', () => {
  test('shows what will change before it does, then does it', async () => {
    const { text } = await admin.get(PATH);
    expect(text).toContain('title != &#39;&#39;</textarea>');
    const fields = { revision: revisionOf(text), 'kind.delete': 'everyone', step: 'review' };
    const review = await admin.post(PATH, fields);
    expect(review.answer.status).toBe(200);
    expect(review.text).toContain('Everyone on the internet');
    expect(review.text).not.toContain('<th scope="row">List and search');
    expect(posts().rules.delete).toBeNull();

    const saved = await admin.post(PATH, { ...fields, step: 'save' });
    expect([saved.answer.status, saved.location]).toEqual([303, PATH]);
    expect(posts().rules).toMatchObject({ delete: '', list: "title != ''" });
  });

  test('keeps what is typed where a rule cannot be enforced, and shows the place', async () => {
    const rule = 'title = "<b>" && nope = 1';
    const wrong = await admin.post(PATH, { 'kind.view': 'condition', 'rule.view': rule, step: 'save' });
    expect(wrong.answer.status).toBe(422);
    expect(wrong.text).toContain('&lt;b&gt;');
    expect(wrong.text).toContain('At character 18:');
    expect(wrong.text).toContain('<mark>nope</mark>');
    expect(wrong.text).toContain('aria-invalid="true"');
  });

  test('takes a preset for a condition, with the field that leads to the account', async () => {
    const { core } = admin.world;
    const users = core.collections.get('users').id;
    const made = await core.collections.create(systemActor, {
      name: 'notes',
      fields: [
        { name: 'author', type: 'relation', collectionId: users },
        { name: 'readers', type: 'relation', collectionId: users, maxSelect: 9 },
      ],
    });
    const path = '/_/collections/notes/rules';
    const { text } = await admin.get(path);
    expect(text).toContain('Only the account in “author”');
    const fields = {
      ...{ 'kind.list': 'signed_in', 'kind.view': 'owner:readers', 'kind.update': 'owner:author' },
      ...{ 'kind.delete': 'owner:nobody', revision: revisionOf(text), step: 'save' },
    };
    expect((await admin.post(path, fields)).answer.status).toBe(303);
    expect(core.collections.get(made.id).rules).toEqual({
      ...{ list: '@request.auth.id != ""', create: null, delete: null },
      view: '@request.auth.id != "" && readers ?= @request.auth.id',
      update: '@request.auth.id != "" && author = @request.auth.id',
    });
    expect((await admin.get(path)).text).toContain('is the account that asks');
  });

  test('never takes a condition without text for a rule that lets everyone through', async () => {
    for (const step of ['review', 'save']) {
      const empty = await admin.post(PATH, { 'kind.delete': 'condition', 'rule.delete': ' ', step });
      expect([step, empty.answer.status]).toEqual([step, 422]);
    }
    expect(posts().rules.delete).toBeNull();
  });

  test('tells the later of two admins, and shows the difference to what the other made', async () => {
    const revision = revisionOf((await admin.get(PATH)).text);
    await admin.world.core.collections.update(systemActor, 'posts', { listRule: 'owner != ""' });
    const fields = { revision, 'kind.list': 'superusers', step: 'save' };
    const late = await admin.post(PATH, fields);
    expect(late.answer.status).toBe(422);
    expect(late.text).toContain('Somebody changed this collection');
    expect(late.text).toContain('owner != &quot;&quot;');
    expect(posts().rules.list).toBe('owner != ""');
    const again = await admin.post(PATH, { ...fields, revision: revisionOf(late.text) });
    expect(again.answer.status).toBe(303);
    expect(posts().rules.list).toBeNull();
  });

  test('is saved though somebody else gave the collection another name meanwhile', async () => {
    const shown = (await admin.get(PATH)).text;
    const [, action = ''] = /<form class="rules" action="([^"]+)"/.exec(shown) ?? [];
    await admin.world.core.collections.update(systemActor, 'posts', { name: 'essays' });
    const fields = { revision: revisionOf(shown), 'kind.list': 'everyone', step: 'save' };
    const late = await admin.post(action, fields);
    expect(late.text).toContain('Somebody changed this collection');
    await admin.post(action, { ...fields, revision: revisionOf(late.text) });
    expect(admin.world.core.collections.get('essays').rules.list).toBe('');
  });

  test('lets nobody manage the accounts of others by an empty rule, and offers none', async () => {
    const users = '/_/collections/users/rules';
    const { text } = await admin.get(users);
    const [, offered = ''] = /<select id="kind-manage"[^>]*>(.*?)<\/select>/s.exec(text) ?? [];
    expect([...offered.matchAll(/value="([\w:]+)"/g)].map(([, kind]) => kind)).toEqual([
      'superusers',
      'condition',
      'signed_in',
      'owner:id',
    ]);
    await admin.post(users, { revision: revisionOf(text), 'kind.manage': 'everyone', step: 'save' });
    expect(admin.world.core.collections.get('users').auth?.manageRule).toBeNull();
  });

  test('of a rule about signing in says that sessions end; system collections stay as they are', async () => {
    const users = '/_/collections/users/rules';
    const fields = { 'kind.auth': 'condition', 'rule.auth': 'verified = true' };
    expect((await admin.post(users, { ...fields, step: 'review' })).text).toContain('have to sign in again');
    const fixed = await admin.post('/_/collections/_superusers/rules', { ...fields, step: 'save' });
    expect(fixed.text).toContain('Nothing is changed yet.');
  });
});

describe('while typing', () => {
  test('a rule is checked by itself', async () => {
    const check = (rule: string) => admin.post(`${PATH}/checks`, { name: 'list', 'rule.list': rule });
    const empty = (id: string) => `<hx-partial hx-target="#${id}" hx-swap="innerHTML"></hx-partial>`;
    expect((await check("title = 'x'")).text).toBe(empty('fault-list') + empty('words-list'));
    expect((await check('@request.auth.id = owner && title != "<b>"')).text).toContain(
      'In words: <code>owner</code> is the account that asks <em>and</em> <code>title != &#39;&lt;b&gt;&#39;</code>',
    );
    expect((await check('title =')).text).toContain('unexpected end');
  });

  test('its fields are suggested', async () => {
    const query = new URLSearchParams({ text: "title != '' && ow", caret: '17' });
    const { text } = await admin.get(`${PATH}/suggestions?${query.toString()}`);
    expect(JSON.parse(text)).toMatchObject({ from: 15, to: 17, items: [{ text: 'owner' }] });
  });
});

describe('a trial', () => {
  const attempt = (fields: Record<string, string>) => admin.post(PATH, { step: 'trial', ...fields });

  test('says for a guest what an unsaved rule says, and which clause decided', async () => {
    const { core } = admin.world;
    const { values } = await core.records.create(systemActor, posts(), { title: 'One', owner: 'mia' });
    const fields = {
      ...{ 'kind.view': 'condition', 'rule.view': "title = 'One' && owner = 'ada'" },
      ...{ 'trial.action': 'view', 'trial.record': String(values.id) },
    };
    const refused = await attempt(fields);
    expect(refused.answer.status).toBe(200);
    expect(refused.text).toContain('<strong>Refused</strong>');
    expect(refused.text).toMatch(
      /owner = &#39;ada&#39;<\/code>\s*<span>does not hold<\/span> <span class="badge/,
    );
    expect(refused.text).toMatch(
      /title = &#39;One&#39;<\/code>\s*<span>holds<\/span>\s*<span class="hint operands"><span><code>title<\/code> is <code>&quot;One&quot;<\/code>/,
    );
    expect(refused.text).toContain('<code>owner</code> is <code>&quot;mia&quot;</code>');
    expect(refused.text).toContain('owner = &#39;ada&#39;</textarea>');
    const { text } = await admin.post(PATH, { ...fields, step: 'trial' }, { 'hx-request': 'true' });
    expect(text).not.toContain('<html');
    expect(text).toContain('<strong>Refused</strong>');
  });

  test('asks for an account by e-mail, and for values that are not stored', async () => {
    const { core } = admin.world;
    const password = { password: 'correct horse', passwordConfirm: 'correct horse' };
    const users = core.collections.get('users');
    const { values } = await core.records.create(systemActor, users, {
      ...{ email: 'mia@example.com' },
      ...password,
    });
    const fields = {
      ...{ 'kind.create': 'condition', 'rule.create': 'owner = @request.auth.id' },
      ...{ 'trial.action': 'create', 'trial.collection': 'users', 'trial.account': 'mia@example.com' },
    };
    const input = JSON.stringify({ owner: values.id });
    expect((await attempt({ ...fields, 'trial.input': input })).text).toContain('<strong>Allowed</strong>');
    expect((await attempt({ ...fields, 'trial.input': '{}' })).text).toContain('<strong>Refused</strong>');
    for (const [name, value, message] of [
      ['trial.input', '[1]', 'This is no JSON object.'],
      ['trial.account', 'eve@example.com', 'There is no such account.'],
      ['rule.create', 'owner =', 'This rule cannot be tried.'],
    ] as const) {
      const wrong = await attempt({ ...fields, [name]: value });
      expect([wrong.answer.status, wrong.text.includes(message)]).toEqual([422, true]);
    }
  });

  test('begins with a record that is there, and with accounts that a rule can refuse', async () => {
    const { core } = admin.world;
    await core.records.create(systemActor, core.collections.get('posts'), {});
    const { text } = await admin.get(PATH);
    expect(text).toMatch(/name="trial.record" value="[^"]+"/);
    expect(text.indexOf('value="users"')).toBeLessThan(text.indexOf('value="_superusers"'));
  });

  test('asks who may sign in and who manages accounts', async () => {
    const { core } = admin.world;
    const users = core.collections.get('users');
    const path = '/_/collections/users/rules';
    const make = (email: string) =>
      core.records.create(systemActor, users, {
        ...{ email, password: 'correct horse', passwordConfirm: 'correct horse' },
      });
    const [mia, zoe] = [await make('mia@example.com'), await make('zoe@example.com')];
    const [record, caller] = [String(zoe.values.id), String(mia.values.id)];
    const asked = async (fields: Record<string, string>) => {
      const { text } = await admin.post(path, { step: 'trial', 'trial.record': record, ...fields });
      return /<strong>(\w+)<\/strong>/.exec(text.slice(text.indexOf('trial-outcome"')))?.[1];
    };
    const signIn = { 'trial.action': 'auth', 'kind.auth': 'condition' };
    expect(await asked({ ...signIn, 'rule.auth': 'verified = true' })).toBe('Refused');
    expect(await asked({ ...signIn, 'rule.auth': 'verified = false' })).toBe('Allowed');
    const manage = { 'trial.action': 'manage', 'kind.manage': 'condition', 'rule.manage': 'email != ""' };
    expect(await asked(manage)).toBe('Refused');
    expect(await asked({ ...manage, 'trial.collection': 'users', 'trial.account': caller })).toBe('Allowed');
  });

  test('offers accounts and records that have a text, beyond the first ones', async () => {
    const { core } = admin.world;
    for (let index = 0; index < 25; index++)
      await core.records.create(systemActor, posts(), { title: `Page ${index} <b>`, owner: 'x' });
    const found = await admin.get(`${PATH}/choices?of=record&trial.record=page+24`);
    expect(found.text.match(/<option/g)).toHaveLength(1);
    expect(found.text).toContain('Page 24 &lt;b&gt;');
    const accounts = await admin.get(`${PATH}/choices?of=account&trial.account=ada%40`);
    expect(accounts.text).toContain('_superusers: ada@example.com');
    for (const odd of ['%25', "'%22%5C", 'x'.repeat(500)]) {
      const { answer } = await admin.get(`${PATH}/choices?of=record&trial.record=${odd}`);
      expect([odd, answer.status]).toEqual([odd, 200]);
    }
  });
});
