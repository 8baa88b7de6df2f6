import { Database } from 'bun:sqlite';
import { fillPlaceholders, type SQL, sql } from 'drizzle-orm';
import { type Actor, internalRequest, type RequestFacts } from '../../src/core/actor.ts';
import type { Collection, Rules, Schema } from '../../src/core/collections/collection.ts';
import type { Field } from '../../src/core/fields/field.ts';
import { fieldType } from '../../src/core/fields/index.ts';
import type { ConditionCall } from '../../src/core/filter/condition.ts';
import { type Condition, createConditions } from '../../src/core/filter/index.ts';
import type { RecordValues } from '../../src/core/records/record.ts';

/*
 * The small world of the tests here: a newsroom. Ann and Bob write for the team Daily, Cid for Weekly; Dan left. Posts are
 * of one author, have several editors, and comments from readers.
 */

/** The moment that every call of the tests happens at: a Wednesday. */
export const NOW = Date.UTC(2026, 3, 15, 10, 20, 30, 400);

const open: Rules = { list: '', view: '', create: '', update: '', delete: '' };

let version = 0;

/** A collection with an id field and the given ones, written `name:type`, `name:type*` (several) or `name:relation>coll`. */
export function collection(name: string, fields: string, change: Partial<Collection> = {}): Collection {
  const all = ['id:text', ...fields.split(' ').filter(Boolean)].map(fieldOf);
  return {
    id: `c_${name}`,
    name,
    type: 'base',
    system: false,
    idKind: 'text',
    fields: all,
    indexes: [],
    rules: open,
    auth: undefined,
    dialects: {},
    created: '',
    updated: '',
    version: ++version,
    ...change,
  };
}

function fieldOf(text: string): Field & Readonly<Record<string, unknown>> {
  const [, name = '', type = '', hidden, many, target] = /^(\w+):(\w+)(-?)(\*?)(?:>(\w+))?$/.exec(text) ?? [];
  return {
    id: `f_${name}`,
    name,
    type,
    system: false,
    hidden: hidden === '-',
    presentable: false,
    help: '',
    required: false,
    ...(name === 'id'
      ? { primaryKey: true, autogeneratePattern: '[a-z0-9]{15}', pattern: '^[a-z0-9]+$' }
      : {}),
    ...(type === 'select' || type === 'relation' || type === 'file'
      ? { maxSelect: many === '*' ? 9 : 1 }
      : {}),
    ...(type === 'relation' ? { collectionId: `c_${target}` } : {}),
  };
}

/** A schema of these collections. */
export function schemaOf(collections: readonly Collection[]): Schema {
  const byId = (id: string) => collections.find((one) => one.id === id);
  const byName = (name: string) => collections.find((one) => one.name.toLowerCase() === name.toLowerCase());
  return { version: ++version, collections, byId, byName, find: (key) => byId(key) ?? byName(key) };
}

/** The collections of the newsroom. */
export function newsroomCollections(): readonly Collection[] {
  return [
    collection(
      'users',
      'email:email emailVisibility:bool name:text tokenKey:text- team:relation>teams friends:relation*>users prefs:json',
      { type: 'auth' },
    ),
    collection('teams', 'name:text city:relation>cities budget:number'),
    collection('cities', 'name:text place:geoPoint'),
    collection('members', 'user:relation>users team:relation>teams role:select'),
    collection('profiles', 'user:relation>users nickname:text', {
      indexes: ['CREATE UNIQUE INDEX `one_profile` ON `profiles` (`user`)'],
    }),
    collection(
      'posts',
      'title:text views:number published:bool author:relation>users editors:relation*>users tags:select* kind:select data:json place:geoPoint at:date secret:text-',
    ),
    collection(
      'comments',
      'post:relation>posts by:relation>users text:text score:number also:relation*>posts',
    ),
    // Only its owner may list a note, and nobody may list a vault.
    collection('notes', 'post:relation>posts owner:relation>users body:text', {
      rules: { ...open, list: 'owner = @request.auth.id' },
    }),
    collection('vaults', 'post:relation>posts code:text', { rules: { ...open, list: null } }),
    collection('links', 'note:relation>notes vault:relation>vaults notes:relation*>notes'),
  ];
}

const rows: Readonly<Record<string, readonly Readonly<Record<string, string | number | null>>[]>> = {
  cities: [
    { id: 'rome', name: 'Rome', place: '{"lon":12.4964,"lat":41.9028}' },
    { id: 'oslo', name: 'Oslo', place: '{"lon":10.7522,"lat":59.9139}' },
  ],
  teams: [
    { id: 'daily', name: 'Daily', city: 'rome', budget: 100 },
    { id: 'weekly', name: 'Weekly', city: 'oslo', budget: 50 },
    { id: 'empty', name: 'Empty', city: '', budget: 0 },
  ],
  users: [
    {
      id: 'ann',
      email: 'ann@x.org',
      emailVisibility: 1,
      name: 'Ann',
      tokenKey: 'ka',
      team: 'daily',
      friends: '["bob","cid"]',
      prefs: '{"lang":"it","n":[1,2]}',
    },
    {
      id: 'bob',
      email: 'bob@x.org',
      emailVisibility: 0,
      name: 'Bob',
      tokenKey: 'kb',
      team: 'daily',
      friends: '["ann"]',
      prefs: null,
    },
    {
      id: 'cid',
      email: 'cid@x.org',
      emailVisibility: 1,
      name: 'Cid',
      tokenKey: 'kc',
      team: 'weekly',
      friends: '[]',
      prefs: 'null',
    },
    {
      id: 'dan',
      email: '',
      emailVisibility: 0,
      name: '',
      tokenKey: 'kd',
      team: '',
      friends: '[]',
      prefs: '"x"',
    },
  ],
  members: [
    { id: 'm1', user: 'ann', team: 'daily', role: 'chief' },
    { id: 'm2', user: 'ann', team: 'weekly', role: 'guest' },
    { id: 'm3', user: 'bob', team: 'daily', role: 'writer' },
    { id: 'm4', user: 'cid', team: 'weekly', role: 'chief' },
  ],
  profiles: [
    { id: 'pa', user: 'ann', nickname: 'annie' },
    { id: 'pc', user: 'cid', nickname: '' },
  ],
  posts: [
    {
      id: 'p1',
      title: 'Hello',
      views: 10,
      published: 1,
      author: 'ann',
      editors: '["bob","cid"]',
      tags: '["a","b"]',
      kind: 'news',
      data: '{"a":{"b":[7,"x"]},"ok":true,"s":"5"}',
      place: '{"lon":12.5,"lat":41.9}',
      at: '2026-04-15 08:00:00.000Z',
      secret: 's1',
    },
    {
      id: 'p2',
      title: "It's 100%_\\",
      views: 0,
      published: 0,
      author: 'bob',
      editors: '["bob"]',
      tags: '["b"]',
      kind: 'note',
      data: '5',
      place: '{"lon":0,"lat":0}',
      at: '2026-04-14 23:59:59.999Z',
      secret: '',
    },
    {
      id: 'p3',
      title: '',
      views: -2.5,
      published: 1,
      author: 'cid',
      editors: '[]',
      tags: '[]',
      kind: '',
      data: null,
      place: '{"lon":10.7,"lat":59.9}',
      at: '',
      secret: 's3',
    },
    {
      id: 'p4',
      title: 'hello again',
      views: 7,
      published: 0,
      author: '',
      editors: '["gone","ann"]',
      tags: '["a","c"]',
      kind: 'news',
      data: '"text"',
      place: '{"lon":0,"lat":0}',
      at: '2025-01-01 00:00:00.000Z',
      secret: '',
    },
  ],
  comments: [
    { id: 'k1', post: 'p1', by: 'bob', text: 'nice', score: 5, also: '["p2","p3"]' },
    { id: 'k2', post: 'p1', by: 'cid', text: 'bad', score: 1, also: '[]' },
    { id: 'k3', post: 'p2', by: 'bob', text: 'nice', score: 4, also: '["p3"]' },
  ],
  notes: [
    { id: 'n1', post: 'p1', owner: 'ann', body: 'mine' },
    { id: 'n2', post: 'p2', owner: 'bob', body: 'his' },
  ],
  vaults: [{ id: 'v1', post: 'p1', code: '1234' }],
  links: [
    { id: 'l1', note: 'n1', vault: 'v1', notes: '["n1"]' },
    { id: 'l2', note: 'n2', vault: '', notes: '["n1","n2"]' },
    { id: 'l3', note: '', vault: '', notes: '[]' },
  ],
};

/** One question of a test. */
export interface Question {
  readonly as?: Actor;
  readonly filter?: string;
  readonly sort?: string;
  readonly rule?: string | null;
  /** Default: superuser. */
  readonly trust?: 'client' | 'superuser';
  readonly call?: Partial<ConditionCall>;
}

/** The newsroom in memory. */
export interface Newsroom {
  readonly schema: Schema;
  get(name: string): Collection;
  /** An account with its stored values. */
  account(id: string, request?: Partial<RequestFacts>): Actor;
  guest(request?: Partial<RequestFacts>): Actor;
  /** Ids of the records of a collection that meet the question, in order of id unless it sorts. */
  ask(collection: string, question: Question): readonly string[];
  /** The statement's text. */
  text(collection: string, question: Question): string;
  /** `EXPLAIN QUERY PLAN` of the same, a line per step. */
  plan(collection: string, question: Question): string;
  readonly database: Database;
}

/** Makes the newsroom with its rows, or with other collections. */
export function createNewsroom(collections: readonly Collection[] = newsroomCollections()): Newsroom {
  const database = new Database(':memory:', { strict: true });
  const schema = schemaOf(collections);
  const conditions = createConditions();
  for (const one of collections) fill(database, one);

  function get(name: string): Collection {
    const found = schema.find(name);
    if (!found) throw new Error(name);
    return found;
  }

  function prepare(name: string, { as, filter, sort, rule, trust = 'superuser', call }: Question) {
    const actor = as ?? guest();
    const found = get(name);
    const authCollection = actor.kind === 'guest' ? undefined : actor.collection;
    const { condition, bind } = conditions.for({
      scope: { schema, collection: found, alias: 'r', authCollection },
      ...(rule === undefined ? {} : { rule }),
      ...(filter === undefined ? {} : { filter }),
      ...(sort === undefined ? {} : { sort }),
      trust,
    });
    const bindings = bind(actor, { now: NOW, ...call });
    return render(selectIds(found, condition), bindings);
  }

  function guest(request: Partial<RequestFacts> = {}): Actor {
    return { kind: 'guest', request: { ...internalRequest, ...request } };
  }

  return {
    schema,
    database,
    get,
    guest,
    account(id, request = {}) {
      return {
        kind: 'account',
        collection: get('users'),
        record: valuesOf(get('users'), id),
        request: { ...internalRequest, ...request },
      };
    },
    ask(name, question) {
      const { text, params } = prepare(name, question);
      return database
        .query<{ id: string }, (string | number | null)[]>(text)
        .all(...params)
        .map(({ id }) => id);
    },
    text: (name, question) => prepare(name, question).text,
    plan(name, question) {
      const { text, params } = prepare(name, question);
      return database
        .query<{ detail: string }, (string | number | null)[]>(`EXPLAIN QUERY PLAN ${text}`)
        .all(...params)
        .map(({ detail }) => detail)
        .join('\n');
    },
  };
}

function selectIds(of: Collection, condition: Condition): SQL {
  const order = condition.orderBy ?? sql`r.id`;
  return sql`SELECT r.id FROM ${sql.identifier(of.name)} AS r ${condition.joins} WHERE ${condition.where} ORDER BY ${order}`;
}

/** Renders as the database driver does. */
function render(statement: SQL, bindings: Readonly<Record<string, unknown>>) {
  const query = statement.toQuery({
    escapeName: (name) => `\`${name.replaceAll('`', '``')}\``,
    escapeParam: () => '?',
    escapeString: (text) => `'${text.replaceAll("'", "''")}'`,
  });
  const params = fillPlaceholders(query.params, { ...bindings }).map((value) => {
    if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
    throw new Error(`cannot bind ${typeof value}`);
  });
  return { text: query.sql, params };
}

function fill(database: Database, one: Collection): void {
  const columns = one.fields.map((field) => `\`${field.name}\` ${fieldType(field).column(field)}`);
  database.run(`CREATE TABLE \`${one.name}\` (${columns.join(', ')})`);
  for (const index of one.indexes) database.run(index);
  for (const row of rows[one.name] ?? []) {
    const names = Object.keys(row);
    const marks = names.map(() => '?').join(', ');
    database
      .query(`INSERT INTO \`${one.name}\` (${names.join(', ')}) VALUES (${marks})`)
      .run(...Object.values(row));
  }
}

function valuesOf(of: Collection, id: string): RecordValues {
  const row = rows[of.name]?.find((one) => one.id === id) ?? {};
  return Object.fromEntries(
    of.fields.map((field) => [field.name, fieldType(field).fromDb(row[field.name] ?? null, field)]),
  );
}
