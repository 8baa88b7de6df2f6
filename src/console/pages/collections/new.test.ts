import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openSignedIn, type SignedInConsole } from '../../../../test/support/signed-in-console.ts';
import { systemActor } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';

let admin: SignedInConsole;

beforeEach(async () => {
  admin = await openSignedIn({
    async createBySql(sql) {
      if (sql !== 'good')
        throw new AppError('invalid', { reason: 'sql_refused', params: { sentences: ['Line 1 is <odd>.'] } });
      return { names: ['a'], notes: ['Left out: b.'] };
    },
  });
});
afterEach(() => admin.world.close());

const names = () => admin.world.core.collections.schema.collections.map(({ name }) => name);
const find = (name: string) => admin.world.core.collections.get(name);
const markOf = (text: string) => /name="mark" value="([^"]+)"/.exec(text)?.[1] ?? '';

test('a blank collection has the name, the kind of ids and the times that were chosen', async () => {
  const blank = { name: 'notes', type: 'base', idKind: 'uuid', withTimes: '1' };
  const made = await admin.post('/_/collections/new/blank', blank);
  expect(made.answer.status).toBe(303);
  expect(find('notes').idKind).toBe('uuid');
  expect(find('notes').fields.map(({ name }) => name)).toEqual(['id', 'created', 'updated']);
});

test('a name that is not possible is said at its field, and what was typed stays', async () => {
  const blank = { name: 'no te<s', type: 'auth', idKind: 'uuid' };
  const { answer, text } = await admin.post('/_/collections/new/blank', blank);
  expect(answer.status).toBe(422);
  expect(text).toContain('value="no te&lt;s"');
  expect(text).toMatch(/id="name-error" class="error">Letters/);
  expect(text).toContain('<option value="auth" selected>');
  expect(text).not.toContain('value="1" checked');
});

test('a template makes its collections once, and the second time says which is there', async () => {
  expect((await admin.post('/_/collections/new/template', { template: 'blog' })).answer.status).toBe(303);
  expect(names()).toContain('comments');
  const again = await admin.post('/_/collections/new/template', { template: 'blog' });
  expect(again.answer.status).toBe(422);
  expect(again.text).toContain('posts: There is a collection of this name.');
  expect((await admin.post('/_/collections/new/template', { template: 'nothing' })).answer.status).toBe(422);
});

test('SQL that cannot be taken is said beside what was typed, and what was left out is told', async () => {
  const refused = await admin.post('/_/collections/new/sql', { sql: 'CREATE <x>' });
  expect(refused.answer.status).toBe(422);
  expect(refused.text).toContain('CREATE &lt;x&gt;</textarea>');
  expect(refused.text).toContain('Line 1 is &lt;odd&gt;.');
  const made = await admin.post('/_/collections/new/sql', { sql: 'good' });
  expect(made.answer.status).toBe(200);
  expect(made.text).toContain('Left out: b.');
});

test('definitions are shown with what they do before they do it', async () => {
  const json = JSON.stringify([{ name: 'rooms', fields: [{ name: 'size', type: 'number' }] }]);
  const review = await admin.post('/_/collections/new/json', { json });
  expect(review.answer.status).toBe(200);
  expect(review.text).toContain('The collection “rooms” is created.');
  expect(names()).not.toContain('rooms');
  const applied = await admin.post('/_/collections/new/json', { json, mark: markOf(review.text) });
  expect(applied.answer.status).toBe(303);
  expect(names()).toContain('rooms');
});

test('rules about accounts and what dialects keep are shown like all else that changes', async () => {
  const { core } = admin.world;
  const [users = {}] = core.collections.definitions(systemActor, ['users']);
  const json = JSON.stringify([
    {
      ...{ ...users, authRule: 'verified = true', manageRule: '@request.auth.id != ""' },
      dialects: { other: { world: ['read'] } },
    },
  ]);
  const { text } = await admin.post('/_/collections/new/json', { json });
  expect(text).toContain('<th scope="row">manageRule</th>');
  expect(text).toContain('<code>verified = true</code>');
  expect(text).toContain('will have to sign in again');
  expect(text).toContain('{&quot;world&quot;:[&quot;read&quot;]}');
});

test('a review that is no longer true is shown again instead of being applied', async () => {
  const json = JSON.stringify([{ name: 'rooms' }]);
  const review = await admin.post('/_/collections/new/json', { json });
  await admin.post('/_/collections/new/blank', { name: 'rooms', type: 'base', idKind: 'text' });
  const applied = await admin.post('/_/collections/new/json', { json, mark: markOf(review.text) });
  expect(applied.answer.status).toBe(409);
  expect(applied.text).toContain('Something changed since you reviewed this.');
});

test('what is missing goes only where that was chosen, and the loss is said', async () => {
  await admin.post('/_/collections/new/blank', { name: 'old', type: 'base', idKind: 'text' });
  const { core } = admin.world;
  await core.records.create(systemActor, core.collections.get('old'), {});
  const { text: users } = await admin.get('/_/definitions?name=users');
  const json = JSON.stringify(JSON.parse(users));
  const kept = await admin.post('/_/collections/new/json', { json });
  expect(kept.text).toContain('Nothing changes.');
  const review = await admin.post('/_/collections/new/json', { json, deleteMissing: '1' });
  expect(review.text).toContain('The collection “old” is deleted with 1 record.');
  expect(review.text).toContain('data is lost');
  const body = { json, deleteMissing: '1', mark: markOf(review.text) };
  for (const confirm of ['', 'OLD']) {
    const refused = await admin.post('/_/collections/new/json', { ...body, confirm });
    expect([confirm, refused.answer.status]).toEqual([confirm, 422]);
    expect(refused.text).toContain('Type “old” exactly');
    expect(names()).toContain('old');
  }
  const agreed = await admin.post('/_/collections/new/json', { ...body, confirm: 'old' });
  expect(agreed.answer.status).toBe(303);
  expect(names()).not.toContain('old');
});

test.each([
  `${'['.repeat(100_000)}`,
  `[{"a":${'{"a":'.repeat(90)}1${'}'.repeat(90)}}]`,
  '',
  '{',
  '3',
  '[1]',
  '[]',
  '[{"name":"a b"}]',
])('%# is no set of definitions', async (json) => {
  const { answer, text } = await admin.post('/_/collections/new/json', { json });
  expect(answer.status).toBe(422);
  expect(text).toContain('id="json-error"');
});

test.each([
  '_objects',
  '_file_deletions',
  'sqlite_master',
  'SQLITE_x',
  '_SUPERUSERS`',
  'a"; DROP TABLE users; --',
])('a definition called %j makes and changes nothing', async (name) => {
  const before = names();
  const json = JSON.stringify([{ name, id: 'x', fields: [{ name: 'a', type: 'text', pattern: '(a+)+$' }] }]);
  const review = await admin.post('/_/collections/new/json', { json });
  expect(review.answer.status).toBe(422);
  const applied = await admin.post('/_/collections/new/json', { json, mark: 'x', do: 'apply' });
  expect(applied.answer.status).toBe(422);
  expect((await admin.post('/_/collections/new/blank', { name, type: 'base' })).answer.status).toBe(422);
  expect((await admin.post('/_/collections/users/copies', { name })).answer.status).toBe(422);
  expect(names()).toEqual(before);
});

test('an export has no secrets and is taken back as it is', async () => {
  const big = { name: 'big', type: 'json', default: 9007199254740993n };
  await admin.world.core.collections.create(systemActor, { name: 'rooms', fields: [big] });
  const { answer, text } = await admin.get('/_/definitions');
  expect(answer.headers.get('content-disposition')).toContain('attachment');
  expect(text).not.toContain('secret');
  expect(text).toContain('"default": 9007199254740993');
  const review = await admin.post('/_/collections/new/json', { json: text });
  expect(review.text).toContain('Nothing changes.');
});

test('every way has a page of its own', async () => {
  for (const way of ['blank', 'template', 'sql', 'json', 'nothing']) {
    const { answer, text } = await admin.get(`/_/collections/new?from=${way}`);
    expect(answer.status).toBe(200);
    expect(text).toContain(`/_/collections/new/${way === 'nothing' ? 'blank' : way}"`);
  }
});

describe('a file of definitions', () => {
  async function sendFile(file: Uint8Array | string, more: Record<string, string> = {}) {
    const { text } = await admin.get('/_/collections/new?from=json');
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const body = new FormData();
    for (const [name, value] of Object.entries({ csrf, ...more })) body.append(name, value);
    body.append('file', new Blob([file]), 'definitions.json');
    return admin.send('/_/collections/new/file', body);
  }

  test('is looked at as what is pasted, and then made', async () => {
    const json = JSON.stringify([{ name: 'rooms', fields: [{ name: 'size', type: 'number' }] }]);
    const { answer, text } = await sendFile(json);
    expect(answer.status).toBe(200);
    expect(text).toContain('The collection “rooms” is created.');
    expect(names()).not.toContain('rooms');
    const body = { json, mark: markOf(text) };
    expect((await admin.post('/_/collections/new/json', body)).answer.status).toBe(303);
    expect(names()).toContain('rooms');
  });

  test.each([
    ['', 'Choose a file that is not empty.'],
    [new Uint8Array([0xff, 0xfe, 0x80]), 'This file is no text.'],
    ['x'.repeat(700_000), 'The file has more than 600 kB.'],
    ['{', 'This is no JSON'],
  ])('that is none is refused, and why is said (%#)', async (file, message) => {
    const { answer, text } = await sendFile(file);
    expect(answer.status).toBe(422);
    expect(text).toContain(message);
  });

  test('is not taken without the token of the form', async () => {
    expect((await sendFile('[{"name":"rooms"}]', { csrf: 'wrong' })).answer.status).toBe(403);
    expect(names()).not.toContain('rooms');
  });
});

describe('a copy', () => {
  test('has fields, rules and indexes of the collection, leads to itself, and is empty', async () => {
    const { core } = admin.world;
    const trees = await core.collections.create(systemActor, {
      ...{ name: 'trees', idKind: 'integer', listRule: 'height > 1' },
      fields: [{ name: 'height', type: 'number' }],
      indexes: ['CREATE UNIQUE INDEX idx_height ON trees (height)'],
    });
    const up = { name: 'up', type: 'relation', collectionId: trees.id };
    await core.collections.update(systemActor, 'trees', { fields: [...trees.fields, up] });
    await core.records.create(systemActor, core.collections.get('trees'), { height: 2 });
    expect((await admin.get('/_/collections/trees/copies')).text).toContain('value="trees_copy"');
    const taken = await admin.post('/_/collections/trees/copies', { name: 'trees' });
    expect(taken.answer.status).toBe(422);
    expect(taken.text).toContain('id="name-error"');
    const made = await admin.post('/_/collections/trees/copies', { name: 'bushes' });
    expect(made.location).toBe('/_/collections/bushes/definition');
    const bushes = core.collections.get('bushes');
    expect(bushes).toMatchObject({ idKind: 'integer', rules: { list: 'height > 1', view: null } });
    expect(bushes.indexes).toEqual(['CREATE UNIQUE INDEX `idx_height_bushes` ON `bushes` (`height`)']);
    expect(bushes.fields.find(({ name }) => name === 'up')).toMatchObject({ collectionId: bushes.id });
    expect(await core.records.count(systemActor, bushes)).toBe(0);
  });

  test('of accounts has secrets of its own', async () => {
    const { core } = admin.world;
    expect((await admin.post('/_/collections/users/copies', { name: 'members' })).answer.status).toBe(303);
    const [users, members] = [core.collections.get('users'), core.collections.get('members')];
    expect(members.type).toBe('auth');
    expect(members.auth?.authToken.duration).toBe(users.auth?.authToken.duration ?? 0);
    expect(members.auth?.authToken.secret).not.toBe(users.auth?.authToken.secret ?? '');
    const account = { email: 'mia@example.com', password: 'correct horse', passwordConfirm: 'correct horse' };
    await core.records.create(systemActor, members, account);
  });
});

test('a collection without fields says where to add some, until it has one', async () => {
  const { core } = admin.world;
  await core.collections.create(systemActor, { name: 'bare', type: 'base' });
  const addFields = '<a class="button primary" href="/_/collections/bare/definition">Add fields</a>';
  expect((await admin.get('/_/collections/bare')).text).toContain(addFields);
  expect((await admin.get('/_/collections/bare/definition')).text).toContain('Now add its fields');
  await core.collections.update(systemActor, 'bare', { fields: [{ name: 'title', type: 'text' }] });
  expect((await admin.get('/_/collections/bare')).text).not.toContain(addFields);
  expect((await admin.get('/_/collections/bare/definition')).text).not.toContain('Now add its fields');
});
