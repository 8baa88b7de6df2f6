import { afterAll, beforeAll, expect, spyOn, test } from 'bun:test';
import { guest, openRecordWorld, type RecordWorld, superuser } from '../../../test/support/records.ts';
import type { Account, Actor } from '../actor.ts';
import type { Rule } from '../collections/collection.ts';

let world: RecordWorld;
let ann: Account;
let bob: Account;

beforeAll(async () => {
  world = await openRecordWorld([
    { name: 'users', type: 'auth', fields: [{ name: 'role', type: 'text' }] },
    { name: 'members', fields: [{ name: 'user', type: 'text' }] },
    { name: 'posts', fields: [{ name: 'title', type: 'text' }] },
  ]);
  const signUp = async (role: string) => {
    const secret = { password: 'password', passwordConfirm: 'password' };
    const input = { role, email: `${role}@x.org`, verified: true, ...secret };
    const { values } = await world.records.create(superuser, world.collection('users'), input);
    return world.account('users', String(values.id));
  };
  ann = await signUp('editor');
  bob = await signUp('reader');
  await world.records.create(superuser, world.collection('members'), { user: String(ann.record.id) });
});

afterAll(() => world.close());

/** What the rule says to a guest, Ann (an editor and member) and Bob. */
async function says(rule: Rule): Promise<string> {
  world.changeRules('posts', { update: rule });
  const posts = world.collection('posts');
  const ask = (actor: Actor) => world.records.access(actor, posts, 'update');
  return (await Promise.all([ask(guest), ask(ann), ask(bob)])).join(' ');
}

test('no rule is for superusers, a blank one for everybody', async () => {
  expect(await says(null)).toBe('denied denied denied');
  const posts = world.collection('posts');
  expect(await world.records.access(superuser, posts, 'update')).toBe('granted');
  expect(await says('')).toBe('granted granted granted');
});

test('a rule that looks at neither the record nor the body is asked once and for all', async () => {
  const rules: Record<string, string> = {
    "@request.auth.id != ''": 'denied granted granted',
    "'' = @request.auth.id": 'granted denied denied',
    "@request.auth.id != '' && @request.auth.id != '*'": 'denied granted granted',
    "@request.auth.role = 'editor'": 'denied granted denied',
    "@request.auth.id = '' || @request.auth.role = 'reader'": 'granted denied granted',
    '@collection.members.user ?= @request.auth.id': 'denied granted denied',
    "@request.method = 'GET'": 'granted granted granted',
    "@now > '2100-01-01'": 'denied denied denied',
    "'a' = 'a'": 'granted granted granted',
  };
  for (const [rule, answer] of Object.entries(rules))
    expect([rule, await says(rule)]).toEqual([rule, answer]);
});

test('who fails the part that asks for no record is told so, whatever the rest asks', async () => {
  const rules: Record<string, string> = {
    "@request.auth.id != '' && title = 'a'": 'denied depends depends',
    '@request.auth.id !== null && title == @request.auth.id': 'denied depends depends',
    "title = 'a' && (@request.auth.id != '' && title != 'b')": 'denied depends depends',
    "@request.auth.id != '' || title = 'a'": 'depends granted granted',
    "@request.auth.id = '' || title = 'a'": 'granted depends depends',
  };
  for (const [rule, answer] of Object.entries(rules))
    expect([rule, await says(rule)]).toEqual([rule, answer]);
});

test('a rule that looks at the record or the body depends on it', async () => {
  for (const rule of [
    'id = @request.auth.id',
    "@request.body.title = 'x'",
    '@collection.members.user ?= id',
  ]) {
    expect(await says(rule)).toBe('depends depends depends');
  }
});

test('what the caller’s id decides is what the database would say of it', async () => {
  const id = String(ann.record.id);
  const rules = [
    ...["@request.auth.id != ''", "@request.auth.id = ''", `@request.auth.id = '${id}'`],
    `@request.auth.id != '${id}' && @request.auth.id != ''`,
    `(@request.auth.id = '${id}' || @request.auth.id = '') && '${id}' != @request.auth.id`,
    `@request.auth.id = '${id.toUpperCase()}'`,
    ...['@request.auth.id !== null', 'null == @request.auth.id', "@request.auth.id == ''"],
    ...["@request.auth.id !== ''", `@request.auth.id == '${id}'`, `'${id}' !== @request.auth.id`],
    `@request.auth.id == '${id}' || @request.auth.id == null`,
    ...["!(@request.auth.id == '')", `!(@request.auth.id = '${id}')`, '@request.auth.id != null'],
  ];
  const posts = world.collection('posts');
  for (const rule of rules) {
    for (const actor of [guest, ann, bob]) {
      world.changeRules('posts', { update: rule });
      const quick = await world.records.access(actor, world.collection('posts'), 'update');
      const asked = await world.records.meets(actor, posts, { id: 'x', title: '' }, { rule });
      expect([rule, quick]).toEqual([rule, asked ? 'granted' : 'denied']);
    }
  }
});

test('what the caller’s id decides asks the database nothing', async () => {
  const get = spyOn(world.database.db, 'get');
  await says("@request.auth.id != ''");
  await says(`@request.auth.id = '${String(ann.record.id)}' || @request.auth.id = ''`);
  await says('@request.auth.id !== null');
  await says('id = @request.auth.id');
  expect(get).not.toHaveBeenCalled();
  await says("@request.auth.role = 'editor'");
  expect(get).toHaveBeenCalled();
  get.mockRestore();
});
