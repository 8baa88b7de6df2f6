import { expect } from 'bun:test';
import { at } from '../../support/json.ts';
import { type Ask, type Scenario, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

/** The table of TrailBase's manual whose key is the account that it is about. */
export const PROFILES = {
  sql: `CREATE TABLE profiles (
    user      BLOB PRIMARY KEY NOT NULL REFERENCES _user(id) ON DELETE CASCADE,
    username  TEXT NOT NULL CHECK(username REGEXP '^[\\w]{3,24}$'),
    created   INTEGER DEFAULT (UNIXEPOCH()) NOT NULL
  ) STRICT;`,
  config: ['profiles', 'profiles_anew']
    .map(
      (name) => `record_apis {
        name: "${name}" table_name: "profiles"
        ${name === 'profiles' ? '' : 'conflict_resolution: REPLACE'}
        autofill_missing_user_id_columns: true
        enable_subscriptions: true
        acl_world: [READ, SCHEMA]
        acl_authenticated: [CREATE, READ, UPDATE, DELETE]
        create_access_rule: "_REQ_.user = _USER_.id"
        update_access_rule: "_ROW_.user = _USER_.id"
        delete_access_rule: "_ROW_.user = _USER_.id AND EXISTS(SELECT 1 FROM profiles p WHERE p.user = _ROW_.user)"
      }`,
    )
    .join('\n'),
};

const P = '/api/records/v1/profiles';
const NATIVE = '/api/collections/profiles/records';

const create = (name: string, body: unknown, rest: Partial<Scenario>): Scenario => ({
  ...{ name, method: 'POST', path: P, body, status: 400 },
  ...rest,
});
const change = (name: string, body: unknown, rest: Partial<Scenario>): Scenario => ({
  ...{ name, method: 'PATCH', path: `${P}/{alice}`, as: 'alice', body, status: 400 },
  ...rest,
});

/** One column that is the key and a reference (specs/trailbase.md 2, 3, 4). */
export const profileScenarios: readonly Scenario[] = [
  create(
    'a profile of somebody else',
    { user: '{bob}', username: 'Alice' },
    { as: 'alice', status: 403, has: [] },
  ),
  create('a profile of nobody', { user: '{alice}', username: 'Alice' }, { status: 403 }),
  create(
    'a profile of who is not there',
    { user: 'nobody000000000', username: 'Nobody' },
    { as: 'boss', has: ['db constraint: fk'] },
  ),
  create(
    'a profile of no account at all',
    { username: 'Nobody' },
    { as: 'boss', has: ['db constraint: not null'] },
  ),
  create(
    'a name that the pattern refuses',
    { user: '{alice}', username: 'A l' },
    { as: 'alice', has: ['db constraint: check'] },
  ),
  create(
    'a profile of the caller',
    { user: '{alice}', username: 'Älice' },
    { as: 'alice', status: 200, has: ['{"ids":["{alice}"]}'] },
  ),
  create(
    'a second profile',
    { user: '{alice}', username: 'Alice' },
    { as: 'alice', has: ['db constraint: pk'] },
  ),
  create(
    'the caller is filled in',
    { username: 'Bob' },
    { as: 'bob', status: 200, has: ['{"ids":["{bob}"]}'] },
  ),
  {
    name: 'a record has its key under the name of the column, once',
    path: `${P}/{alice}`,
    status: 200,
    has: ['{"user":"{alice}","username":"Älice","created":1'],
    lacks: ['"id"', 'owner'],
  },
  {
    name: 'lists are filtered and ordered by the key',
    path: `${P}?filter[user]={bob}&order=-user`,
    status: 200,
    has: ['"user":"{bob}"', '"username":"Bob"'],
    lacks: ['{alice}', '"id"'],
  },
  {
    name: 'the schema has the key as what must be given',
    path: `${P}/schema?mode=Insert`,
    status: 200,
    has: ['"user":{"type":"string"}', '"required":["user","username"]'],
    lacks: ['"id"'],
  },
  change('the key of a record does not change', { user: '{bob}' }, {}),
  change(
    'the key that it has may be sent',
    { user: '{alice}', username: 'Alice' },
    { status: 200, responseHeaders: { 'content-length': '0' } },
  ),
  change('nobody changes the profile of another', { username: 'Hacked' }, { as: 'bob', status: 403 }),
  {
    name: 'a profile that is there is replaced where the API says so, and stays that of its account',
    ...{ method: 'POST', path: '/api/records/v1/profiles_anew', as: 'alice' },
    body: { username: 'Anew' },
    status: 200,
    has: ['{"ids":["{alice}"]}'],
  },
  {
    name: 'the same record elsewhere has an id, and a relation to the account',
    path: `${NATIVE}/{alice}?expand=user`,
    as: 'admin',
    status: 200,
    has: ['"id":"{alice}"', '"user":"{alice}"', '"username":"Anew"', '"email":"alice@example.com"'],
  },
  {
    name: 'a relation to another account than the id is refused elsewhere, too',
    ...{ method: 'POST', path: NATIVE, as: 'admin' },
    body: { id: '{director}', user: '{bob}', username: 'Twisted' },
    status: 400,
    has: ['"user":{"code":"validation_not_the_id","message":"Must be the id of the record."}'],
  },
  {
    name: 'and so is one that changes',
    ...{ method: 'PATCH', path: `${NATIVE}/{alice}`, as: 'admin', body: { user: '{bob}' } },
    status: 400,
    has: ['validation_not_the_id'],
  },
  {
    name: 'a pattern has its words elsewhere',
    ...{ method: 'PATCH', path: `${NATIVE}/{alice}`, as: 'admin', body: { username: 'A l' } },
    status: 400,
    has: ['"username":{"code":"validation_invalid_format","message":"Invalid value format."}'],
  },
];

/** What becomes of it over time. */
export const profileStories: readonly Story[] = [
  {
    name: 'a profile goes with its account, and events have the key alone',
    async run(world) {
      const account = {
        ...{ email: 'dave@example.com', verified: true },
        ...{ password: 'dave-loves-old-films', passwordConfirm: 'dave-loves-old-films' },
      };
      const users = '/api/collections/users/records';
      const made = await sendOk(world, { method: 'POST', path: users, as: 'admin', body: account });
      const dave = String(at(made.json, 'id'));
      const heard = await listen(world, `${P}/subscribe/*`);
      await sendOk(world, {
        method: 'POST',
        path: NATIVE,
        as: 'admin',
        body: { user: dave, username: 'Dave' },
      });
      const read = { path: `${P}/${dave}` } satisfies Ask;
      expect((await sendOk(world, read)).json).toMatchObject({ user: dave, username: 'Dave' });
      await sendOk(world, { method: 'DELETE', path: `${users}/${dave}`, as: 'admin' });
      expect((await send(world, read)).status).toBe(404);
      const events = await heard.until('"Delete"');
      expect(events).toMatch(new RegExp(`"Insert":\\{"user":"${dave}","username":"Dave","created":\\d+\\}`));
      expect(events).toContain(`"Delete":{"user":"${dave}"`);
    },
  },
];

/** The text of a stream of events. */
async function listen(world: World, path: string) {
  const response = await fetch(world.base + path, { headers: { accept: 'text/event-stream' } });
  expect(response.status).toBe(200);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  return {
    async until(part: string): Promise<string> {
      let text = '';
      while (!text.includes(part)) {
        const { value, done = true } = (await reader?.read()) ?? {};
        if (done) throw new Error(`the stream ended after ${text}`);
        text += value;
      }
      await reader?.cancel();
      return text;
    },
  };
}
