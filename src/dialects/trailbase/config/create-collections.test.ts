import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../../test/support/core.ts';
import { internalRequest, systemActor } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { SqlProblems } from '../sql/problem.ts';
import { changeRecordApi, viewRecordApi } from './change-record-api.ts';
import { createCollections } from './create-collections.ts';

let world: TestCore;
beforeEach(async () => {
  world = await openTestCore();
});
afterEach(() => world.close());

const SQL = `
CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner BLOB REFERENCES _user(id));
CREATE TABLE members (id INTEGER PRIMARY KEY, user BLOB NOT NULL REFERENCES _user(id), room INTEGER REFERENCES rooms(id));
CREATE VIEW room_names AS SELECT id, name AS title FROM rooms WHERE name <> 'secret';`;

const make = (sql: string, config?: string) => createCollections(world.core, systemActor, { sql, config });

async function sentences(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SqlProblems) return error.sentences;
  throw error ?? new Error('it was taken');
}

const rulesOf = (name: string) => world.core.collections.get(name).rules;
const optionsOf = (name: string) => world.core.collections.get(name).dialects.trailbase;

test('without a configuration, tables are for superusers only, under their names', async () => {
  expect(await make(SQL)).toEqual({
    collections: ['rooms', 'members'],
    apis: ['rooms', 'room_names', 'members'],
    notes: [],
  });
  expect(rulesOf('rooms')).toEqual({ list: null, view: null, create: null, update: null, delete: null });
});

test('lists and access rules become native rules; nobody on a list means superusers only', async () => {
  await make(
    SQL,
    `record_apis: [{
       name: "rooms" table_name: "rooms"
       acl_world: READ
       acl_authenticated: [CREATE, DELETE]
       read_access_rule: "_ROW_.name IS NOT NULL"
       create_access_rule: "_REQ_.owner = _USER_.id"
       delete_access_rule: "EXISTS(SELECT 1 FROM members WHERE user=_USER_.id AND room=_ROW_.id)"
       update_access_rule: "_ROW_.owner = _USER_.id"
     }, {
       name: "members" table_name: "members"
       acl_authenticated: [2, 16] schema_access_rule: "_USER_.id IS NOT NULL"
     }]`,
  );
  expect(rulesOf('rooms')).toEqual({
    list: 'name !== null',
    view: 'name !== null',
    create: "@request.auth.id != '' && @request.body.owner == @request.auth.id",
    update: null,
    delete:
      "@request.auth.id != '' && (@collection.members:e1.user ?== @request.auth.id && @collection.members:e1.room ?== id)",
  });
  expect(rulesOf('members').list).toBe("@request.auth.id != ''");
  expect(optionsOf('members')).toEqual({
    subscriptions: false,
    schemaAccess: "@request.auth.id != '' && @request.auth.id !== null",
  });
});

test('options are stored by the ids of fields; other names become aliases', async () => {
  const made = await make(
    SQL,
    `record_apis { name: "chat" table_name: "rooms" acl_world: READ conflict_resolution: REPLACE
       autofill_missing_user_id_columns: true enable_subscriptions: true excluded_columns: "owner" listing_hard_limit: 9 }
     record_apis { name: "titles" table_name: "room_names" acl_world: READ }
     record_apis { name: "rooms2" table_name: "rooms" acl_world: READ expand: ["owner"] conflict_resolution: 4 }`,
  );
  expect(made).toEqual({
    collections: ['rooms', 'members'],
    apis: ['chat', 'rooms2', 'titles', 'members'],
    notes: [],
  });
  const { fields } = world.core.collections.get('rooms');
  const id = (name: string) => String(fields.find((field) => field.name === name)?.id);
  const settings = {
    ...{ subscriptions: true, conflictResolution: 'replace', autofillUserIds: true },
    ...{ excluded: [id('owner')], hardLimit: 9 },
  };
  expect(optionsOf('rooms')).toEqual({
    ...settings,
    expose: false,
    schemaAccess: null,
    apis: [
      { name: 'chat', ...settings },
      { name: 'rooms2', subscriptions: false, conflictResolution: 'ignore', expand: [id('owner')] },
      {
        ...{ name: 'titles', readOnly: true, subscriptions: false },
        ...{ columns: { id: 'id', title: id('name') }, where: "name !== 'secret'" },
      },
    ],
  });
});

test('a second name with other rules would show more than it was meant to: it is left out, and said so', async () => {
  const made = await make(
    SQL,
    `record_apis { name: "rooms" table_name: "rooms" acl_world: READ excluded_columns: "owner" }
     record_apis { name: "all_rooms" table_name: "rooms" acl_authenticated: READ }
     record_apis { name: "room_names" table_name: "room_names" acl_authenticated: READ }`,
  );
  expect(made.apis).toEqual(['rooms', 'members']);
  expect(made.notes).toEqual([
    'The record API "all_rooms" is left out: it has other access rules than "rooms", the first over the same table.',
    'The record API "room_names" is left out: it has other access rules than "rooms", the first over the same table.',
  ]);
});

test('a view is no way around excluded columns: without a record API of its own it is not there', async () => {
  const made = await make(
    SQL,
    'record_apis { name: "rooms" table_name: "rooms" acl_world: READ excluded_columns: "name" }',
  );
  expect(made.apis).toEqual(['rooms', 'members']);
});

describe('of a configuration with something wrong, nothing is made', () => {
  test.each([
    [
      'record_apis { name: "x" table_name: "nope" }',
      'Line 1 of the configuration: the record API "x" is over the table "nope", which is not made here.',
    ],
    [
      'record_apis { name: "rooms" }',
      'Line 1 of the configuration: a record API has a name and a table_name.',
    ],
    [
      'record_apis { name: "users" table_name: "rooms" }',
      'Line 1 of the configuration: the name of the record API "users" is taken.',
    ],
    [
      'record_apis { name: "a-b" table_name: "rooms" }',
      'Line 1 of the configuration: the name of a record API has letters, digits and "_" only.',
    ],
    [
      'record_apis {\n acl_wrld: READ }',
      'Line 2 of the configuration: a record API has no setting "acl_wrld".',
    ],
    ['record_apis { acl_world: WRITE }', 'Line 1 of the configuration: an access list cannot have "WRITE".'],
    [
      'record_apis { attached_databases: "x" }',
      'Line 1 of the configuration: attached databases are not supported.',
    ],
    [
      'record_apis { conflict_resolution: FAIL }',
      'Line 1 of the configuration: conflict_resolution cannot have "FAIL".',
    ],
    [
      'record_apis { name: "rooms" table_name: "rooms" excluded_columns: "id" }',
      'Line 1 of the configuration: the key "id" cannot be excluded.',
    ],
    [
      'record_apis { name: "rooms" table_name: "rooms" expand: "name" }',
      'Line 1 of the configuration: the column "name" refers to no other table, so it cannot be expanded.',
    ],
    [
      'record_apis { name: "rooms" table_name: "rooms"\n\n read_access_rule: "_REQ_.name = 1" }',
      'Line 3 of the configuration: the read rule of the record API "rooms": _REQ_ means nothing in a read rule.',
    ],
    ['record_apis {', 'Line 1 of the configuration: the text ends where "}" is expected.'],
  ])('%s', async (config, sentence) => {
    expect(await sentences(make(SQL, config))).toEqual([sentence]);
    expect(world.core.collections.schema.byName('rooms')).toBeUndefined();
  });
});

test('JSON schemas of the configuration are those that columns name', async () => {
  const config = `schemas [{ name: "point" schema: "{\\"type\\": \\"object\\"," '"required": ["x"]}' }]`;
  await make("CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT CHECK (jsonschema('point', at)))", config);
  const field = world.core.collections.get('t').fields.find(({ name }) => name === 'at');
  expect(field).toMatchObject({ type: 'json', schema: { type: 'object', required: ['x'] } });
});

test('what only the core can refuse has the line of its column, and nothing is left behind', async () => {
  const sql =
    'CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (id INTEGER PRIMARY KEY,\n x_via_y TEXT)';
  expect(await sentences(make(sql))).toEqual([
    'Line 3: the column "x_via_y" cannot be made: a name may not have "_via_" in it.',
  ]);
  expect(world.core.collections.schema.byName('a')).toBeUndefined();
});

test('tables that are there already are left alone where the SQL says so', async () => {
  const sql = 'CREATE TABLE IF NOT EXISTS a (id INTEGER PRIMARY KEY)';
  expect((await make(sql)).collections).toEqual(['a']);
  expect(await make(sql)).toEqual({ collections: [], apis: [], notes: [] });
  expect(await sentences(make(' -- nothing'))).toEqual(['Line 1: there is no statement.']);
});

test('a file of statements with IF NOT EXISTS can be run again, and says each of them twice', async () => {
  const sql = `CREATE TABLE IF NOT EXISTS a (id INTEGER PRIMARY KEY, b TEXT);
CREATE INDEX IF NOT EXISTS a_b ON a (b);
CREATE INDEX IF NOT EXISTS A_B ON a (b);
CREATE VIEW IF NOT EXISTS v AS SELECT id, b AS c FROM a;
CREATE VIEW IF NOT EXISTS v AS SELECT id FROM a;`;
  expect(await make(sql)).toEqual({ collections: ['a'], apis: ['a', 'v'], notes: [] });
  expect(world.core.collections.get('a').indexes).toHaveLength(1);
  expect(await make(sql)).toEqual({ collections: [], apis: [], notes: [] });
  const again = `CREATE TABLE d (id INTEGER PRIMARY KEY, x TEXT);
CREATE INDEX a_b ON d (x);
CREATE INDEX e ON d (x);
CREATE INDEX e ON d (id);
CREATE VIEW v AS SELECT id FROM d;`;
  expect(await sentences(make(again))).toEqual([
    'Line 2: there is an index "a_b" already.',
    'Line 4: there is an index "e" already.',
    'Line 5: there is a table or view "v" already.',
  ]);
});

test.each([
  [
    'read_access_rule: ""',
    'the read rule of the record API "rooms": the text ends where a value is expected.',
  ],
  ['read_access_rule: "1=0" read_access_rule: "1=1"', 'read_access_rule is there twice.'],
])('a blank rule, or a second one, opens nothing: %s', async (rule, what) => {
  const config = `record_apis { name: "rooms" table_name: "rooms" acl_world: READ ${rule} }`;
  expect(await sentences(make(SQL, config))).toEqual([`Line 1 of the configuration: ${what}`]);
});

test('a column that no record API shows is nobody’s in any other dialect, though rules may look at it', async () => {
  const sql = `CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT, owner TEXT REFERENCES _user, secret TEXT);
CREATE VIEW plain AS SELECT id, text FROM notes;
CREATE VIEW whole AS SELECT id, owner FROM notes;`;
  const rule = 'read_access_rule: "_ROW_.secret = \'open\'"';
  const api = (name: string, table: string, more = '') =>
    `record_apis { name: "${name}" table_name: "${table}" acl_world: [READ, CREATE] ${more} ${rule} }\n`;
  const own = api('notes', 'notes', 'excluded_columns: ["secret", "owner"]');
  const config = own + api('plain', 'plain') + api('whole', 'whole');
  expect((await make(sql, config)).notes).toEqual([]);
  const { core } = world;
  const guest = { kind: 'guest', request: internalRequest } as const;
  const notes = core.collections.get('notes');
  await core.records.create(systemActor, notes, { text: 'a', secret: 'open' });
  await core.records.create(systemActor, notes, { text: 'b', secret: 'no' });
  const { items } = await core.records.list(guest, notes, { page: 1, perPage: 9 });
  expect(items.map(({ values }) => values)).toEqual([{ id: '1', text: 'a', owner: '' }]);
  // And rules that come later may still name it.
  const access = { acl_world: ['READ'], acl_authenticated: [], read_access_rule: "_ROW_.secret = 'no'" };
  await changeRecordApi(core, systemActor, 'notes', access);
  expect(core.collections.get('notes').rules.list).toBe("secret == 'no'");
  const secrets = () => core.collections.get('notes').fields.map(({ name, hidden }) => [name, hidden]);
  expect(secrets()).toEqual([
    ['id', false],
    ['text', false],
    ['owner', false],
    ['secret', true],
  ]);
  await changeRecordApi(core, systemActor, 'notes', { excluded_columns: ['text'] });
  expect(secrets()).toEqual([
    ['id', false],
    ['text', false],
    ['owner', false],
    ['secret', false],
  ]);
});

test('a rule that the core cannot keep undoes everything, and is told with its table', async () => {
  const rule = Array.from({ length: 420 }, (_, at) => `_ROW_.room = ${at}`).join(' OR ');
  const config = `record_apis { name: "members" table_name: "members" acl_world: READ read_access_rule: "${rule}" }`;
  const [sentence, ...others] = await sentences(make(SQL, config));
  expect(sentence).toMatch(/^Line 3: the table "members" cannot be made: .*400 expressions/);
  expect(others).toEqual([]);
  expect(world.core.collections.schema.byName('rooms')).toBeUndefined();
  await make(SQL);
});

test('nobody but superusers makes collections; their text is not even read', async () => {
  const guest = { kind: 'guest', request: internalRequest } as const;
  const error: unknown = await createCollections(world.core, guest, { sql: 'nonsense' }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error instanceof AppError && error.code).toBe('unauthorized');
});

describe('the settings of a record API', () => {
  beforeEach(() => make(SQL, 'record_apis { name: "rooms" table_name: "rooms" acl_world: READ }'));
  const change = (input: object) => changeRecordApi(world.core, systemActor, 'rooms', input);

  test('change one by one; rules stay as they are', async () => {
    await change({ listing_hard_limit: 7, excluded_columns: ['owner'] });
    const view = await change({ conflict_resolution: 'IGNORE', enable_subscriptions: true });
    expect(view).toEqual({
      ...{ name: 'rooms', table_name: 'rooms', conflict_resolution: 'IGNORE', enable_subscriptions: true },
      ...{
        autofill_missing_user_id_columns: false,
        excluded_columns: ['owner'],
        expand: [],
        listing_hard_limit: 7,
      },
      rules: { list: '', view: '', create: null, update: null, delete: null, schema: null },
    });
    expect(viewRecordApi(world.core, systemActor, 'rooms')).toEqual(view);
  });

  test('access is set as a whole, for every dialect', async () => {
    await change({
      acl_world: [],
      acl_authenticated: ['READ', 'UPDATE'],
      update_access_rule: '_ROW_.owner = _USER_.id',
    });
    const signedIn = "@request.auth.id != ''";
    expect(rulesOf('rooms')).toEqual({
      ...{ list: signedIn, view: signedIn, create: null, delete: null },
      update: `${signedIn} && owner == @request.auth.id`,
    });
  });

  test.each([
    [{ acl_world: ['READ'] }, 'Access is set as a whole: acl_world and acl_authenticated must both be sent.'],
    [
      { read_access_rule: '1' },
      'Access is set as a whole: acl_world and acl_authenticated must both be sent.',
    ],
    [{ name: 'other' }, 'The name and the table of a record API cannot be changed.'],
    [{ listing_hard_limit: '5x' }, 'Listing_hard_limit takes a whole number.'],
    [{ nope: 1 }, 'A record API has no setting "nope".'],
    [{ expand: ['nope'] }, 'The table "rooms" has no column "nope".'],
    [
      { acl_world: ['READ'], acl_authenticated: [], read_access_rule: '_ROW_.nope = 1' },
      'The read rule of the record API "rooms": the table "rooms" has no column "nope".',
    ],
  ])('%j is refused', async (input, sentence) => {
    expect(await sentences(change(input))).toEqual([sentence]);
  });
});

test('the name of a record API that is there is neither a table nor another API', async () => {
  await make(SQL, 'record_apis { name: "chat" table_name: "rooms" acl_world: READ }');
  expect(await sentences(make('CREATE TABLE IF NOT EXISTS Chat (id INTEGER PRIMARY KEY);'))).toEqual([
    'Line 1: there is a record API "Chat" already, of another collection.',
  ]);
  const other = 'CREATE TABLE other (id INTEGER PRIMARY KEY);';
  expect(
    await sentences(make(other, 'record_apis { name: "chat" table_name: "other" acl_world: READ }')),
  ).toEqual(['Line 1 of the configuration: the name of the record API "chat" is taken.']);
});

test('a key that refers to another table cannot be expanded or left out, and patterns are those of the core', async () => {
  const sql = 'CREATE TABLE profiles (user BLOB PRIMARY KEY REFERENCES _user(id), name TEXT);';
  const api = (more: string) => make(sql, `record_apis { name: "profiles" table_name: "profiles" ${more} }`);
  expect(await sentences(api('expand: "user"'))).toEqual([
    'Line 1 of the configuration: the key "user" cannot be expanded.',
  ]);
  expect(await sentences(api('excluded_columns: "user"'))).toEqual([
    'Line 1 of the configuration: the key "user" cannot be excluded.',
  ]);
  const pattern = "CREATE TABLE words (id INTEGER PRIMARY KEY,\n word TEXT CHECK (word REGEXP '(?=a)'));";
  expect(await sentences(make(pattern))).toEqual([
    'Line 2: the column "word" cannot be made: look-around and this kind of group are not supported.',
  ]);
});
