import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { openTestCore, type TestCore } from '../../../../test/support/core.ts';
import { type Actor, internalRequest, systemActor } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { printFilter } from '../../../core/index.ts';
import { createCollections } from '../config/create-collections.ts';
import { SqlProblem } from './problem.ts';
import { readRule } from './rule.ts';
import type { RuleAction } from './rule-scope.ts';
import { ruleSchema, ruleTable } from './rule-table.ts';

/*
 * Things with an owner or none, a parent or none, and columns that are NULL here and there; and notes about them. The same rows
 * are in tables of plain SQLite, which says what a rule means.
 */

const TABLES = `
CREATE TABLE things (id INTEGER PRIMARY KEY, n INTEGER, r REAL, t TEXT, u BLOB CHECK (is_uuid(u)), b BLOB,
  flag INTEGER CHECK (flag IN (0, 1)), owner TEXT REFERENCES _user(id), parent INTEGER REFERENCES things(id));
CREATE TABLE notes (id INTEGER PRIMARY KEY, user TEXT REFERENCES _user(id), thing INTEGER REFERENCES things(id), k INTEGER, w TEXT);`;

const UUIDS = ['01020304-0506-4708-890a-0b0c0d0e0f10', 'ff020304-0506-4708-890a-0b0c0d0e0f10'];
const ANN = 'annannannannann';
const BOB = 'bobbobbobbobbob';

type Row = Readonly<Record<string, string | number | null>>;

const things: readonly Row[] = [
  { id: 1, n: 0, r: 0.5, t: 'a', u: UUIDS[0] ?? '', b: 'AQ==', flag: 1, owner: ANN, parent: null },
  { id: 2, n: 1, r: null, t: 'A', u: UUIDS[1] ?? '', b: 'Ag==', flag: 0, owner: BOB, parent: 1 },
  { id: 3, n: null, r: -1, t: '', u: null, b: null, flag: null, owner: null, parent: 1 },
  { id: 4, n: -1, r: 2, t: null, u: UUIDS[0] ?? '', b: 'AQ==', flag: 1, owner: null, parent: 2 },
  { id: 5, n: 2, r: 1, t: 'b%', u: null, b: null, flag: 0, owner: ANN, parent: null },
];
const notes: readonly Row[] = [
  { id: 1, user: ANN, thing: 1, k: 0, w: 'a' },
  { id: 2, user: ANN, thing: 2, k: null, w: 'b%' },
  { id: 3, user: BOB, thing: 2, k: 2, w: null },
  { id: 4, user: null, thing: 3, k: 1, w: '' },
  { id: 5, user: BOB, thing: null, k: 1, w: 'A' },
];

let world: TestCore;
let plain: Database;
let callers: readonly (readonly [string | null, Actor])[];

beforeAll(async () => {
  world = await openTestCore();
  const { core } = world;
  const users = core.collections.get('users');
  const actors: [string | null, Actor][] = [[null, { kind: 'guest', request: internalRequest }]];
  for (const id of [ANN, BOB]) {
    await core.records.create(systemActor, users, {
      id,
      email: `${id}@Example.com`,
      verified: id === ANN,
      password: 'correct horse',
      passwordConfirm: 'correct horse',
    });
    actors.push([id, { kind: 'account', collection: users, record: { id }, request: internalRequest }]);
  }
  callers = actors;
  await createCollections(core, systemActor, { sql: TABLES });
  plain = new Database(':memory:');
  plain.run('PRAGMA case_sensitive_like = ON');
  plain.run(
    'CREATE TABLE things (id INTEGER PRIMARY KEY, n INTEGER, r REAL, t TEXT, u BLOB, b BLOB, flag INTEGER, owner TEXT, parent INTEGER)',
  );
  plain.run('CREATE TABLE notes (id INTEGER PRIMARY KEY, user TEXT, thing INTEGER, k INTEGER, w TEXT)');
  for (const row of things) await insert('things', row);
  for (const row of notes) await insert('notes', row);
});
afterAll(async () => {
  plain.close();
  await world.close();
});

async function insert(table: string, row: Row): Promise<void> {
  const names = Object.keys(row);
  plain
    .query(`INSERT INTO ${table} VALUES (${names.map(() => '?').join(', ')})`)
    .run(...names.map((name) => plainValue(name, row[name] ?? null)));
  await world.core.records.create(systemActor, world.core.collections.get(table), coreValues(row));
}

/** As plain SQLite has it. */
function plainValue(name: string, value: string | number | null): string | number | null | Buffer {
  if (typeof value !== 'string') return value;
  if (name === 'u') return Buffer.from(value.replaceAll('-', ''), 'hex');
  return name === 'b' ? Buffer.from(value, 'base64url') : value;
}

/** As the core takes it: ids are texts, and a relation to nothing is blank. */
function coreValues(row: Row): Record<string, unknown> {
  const references = new Set(['id', 'owner', 'user', 'parent', 'thing']);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, references.has(name) ? String(value ?? '') : value]),
  );
}

function native(rule: string, action: RuleAction): string | undefined {
  const { schema } = world.core.collections;
  const table = ruleTable(world.core.collections.get('things'));
  try {
    return printFilter(readRule(rule, { schema: ruleSchema(schema), table, action }));
  } catch (error) {
    if (error instanceof SqlProblem) return undefined;
    throw error;
  }
}

/* Rules, from the leaves up. */

const oneOf = (...texts: readonly string[]) => fc.constantFrom(...texts);
const op = oneOf('=', '==', '<>', '!=', '<', '<=', '>', '>=');
const equal = oneOf('=', '<>', 'IS', 'IS NOT');

/** Sides by their type, with the names of the columns that are there. */
interface Sides {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly users: readonly string[];
  readonly ids: readonly string[];
}

const ofRow: Sides = {
  numbers: ['_ROW_.n', '_ROW_.r', '_ROW_.flag', '_ROW_."n"'],
  texts: ['_ROW_.t'],
  users: ['_USER_.id', '_ROW_.owner'],
  ids: ['_ROW_.id', '_ROW_.parent'],
};
const ofNote: Sides = {
  numbers: [...ofRow.numbers, 'm.k', 'k'],
  texts: [...ofRow.texts, 'm.w', '[w]'],
  users: [...ofRow.users, 'm.user'],
  ids: [...ofRow.ids, 'm.thing', 'm.id'],
};
const ofRequest: Sides = {
  numbers: ['_REQ_.n', '_REQ_.r', '_REQ_.flag'],
  texts: ['_REQ_.t'],
  users: ['_USER_.id', '_REQ_.owner'],
  ids: ['_REQ_.parent', '_REQ_.id'],
};

function leaves({ numbers, texts, users, ids }: Sides): fc.Arbitrary<string> {
  const number = oneOf(...numbers, '0', '1', '-1', '0.5', '2');
  const text = oneOf(...texts, "'a'", "'A'", "''", "'b%'");
  const pattern = oneOf("'%'", "'a'", "'_'", "'b_'", "'%*%'", "'[a]'");
  const column = oneOf(...numbers, ...texts, ...users, ...ids);
  const flag = oneOf(...numbers.filter((name) => !name.includes('.r')));
  const not = oneOf('', 'NOT ');
  const join = (...parts: readonly fc.Arbitrary<string>[]) =>
    fc.tuple(...parts).map((texts) => texts.join(' '));
  return fc.oneof(
    join(number, op, number),
    join(oneOf(...numbers), equal, number),
    join(text, op, text),
    join(oneOf(...texts), equal, text),
    join(oneOf(...users), oneOf('=', '<>', 'IS', 'IS NOT', '<', '>='), oneOf(...users, `'${ANN}'`)),
    join(oneOf(...ids), equal, oneOf(...ids, '1', '4')),
    join(column, oneOf('IS NULL', 'IS NOT NULL', 'NOTNULL', 'ISNULL')),
    join(flag, oneOf('IS TRUE', 'IS NOT TRUE', 'IS FALSE', 'IS NOT FALSE', '')),
    join(
      number,
      not,
      fc.constant('IN'),
      fc.array(number, { minLength: 1, maxLength: 3 }).map((items) => `(${items.join(', ')})`),
    ),
    join(oneOf(...texts), not, fc.constant('LIKE'), pattern),
    join(number, not, fc.constant('BETWEEN'), number, fc.constant('AND'), number),
    join(oneOf(...texts.map((each) => `lower(${each})`)), op, text),
    oneOf('TRUE', 'FALSE', '1', '0'),
  );
}

function trees(leaf: fc.Arbitrary<string>, depth: number): fc.Arbitrary<string> {
  if (depth === 0) return leaf;
  const inner = trees(leaf, depth - 1);
  return fc.oneof(
    leaf,
    inner.map((term) => `NOT (${term})`),
    fc.tuple(inner, oneOf('AND', 'OR'), inner).map(([a, join, b]) => `(${a}) ${join} (${b})`),
  );
}

const nested = fc
  .tuple(
    oneOf('notes m', 'things m, notes', 'things m JOIN notes o ON o.thing = m.id'),
    trees(leaves(ofRow), 1),
  )
  .map(([from, where]) => `EXISTS (SELECT 1 FROM ${from} WHERE m.id = _ROW_.id AND (${where}))`);
const inside = trees(fc.oneof({ weight: 5, arbitrary: leaves(ofNote) }, { weight: 1, arbitrary: nested }), 2);
/** E-mail addresses leave letter case aside, and are NULL until they are verified. */
const people = fc
  .tuple(
    oneOf('EXISTS', 'NOT EXISTS'),
    oneOf('_USER_.id', '_ROW_.owner'),
    oneOf('', 'NOT '),
    oneOf(
      ...[`email = '${ANN}@example.COM'`, `email IN ('x', '${BOB}@example.com')`, 'email IS NULL'],
      ...["email LIKE '%@example.com'", "email LIKE '%@Example.com'", "email <> 'x'", "email > 'B'"],
      ...["lower(email) = 'x'", 'verified', `email IS '${ANN}@example.com'`],
    ),
  )
  .map(([test, who, not, where]) => `${test} (SELECT 1 FROM _user WHERE id = ${who} AND ${not}(${where}))`);
const subselects = fc.oneof(
  people,
  fc
    .tuple(oneOf('EXISTS', 'NOT EXISTS'), inside)
    .map(([test, where]) => `${test} (SELECT 1 FROM notes m WHERE ${where})`),
  fc
    .tuple(oneOf('EXISTS', 'NOT EXISTS'), inside)
    .map(
      ([test, where]) =>
        `${test} (SELECT * FROM notes AS m JOIN things o ON o.id = m.thing WHERE o.owner = m.user AND (${where}))`,
    ),
  fc
    .tuple(oneOf('_ROW_.owner', '_USER_.id'), oneOf('IN', 'NOT IN'), inside)
    .map(([left, test, where]) => `${left} ${test} (SELECT m.user FROM notes m WHERE ${where})`),
  fc
    .tuple(oneOf('_ROW_.id', '_ROW_.parent'), oneOf('IN', 'NOT IN'), inside)
    .map(([left, test, where]) => `${left} ${test} (SELECT thing FROM notes m WHERE ${where})`),
  oneOf('EXISTS (SELECT 1 FROM notes)', 'NOT EXISTS (SELECT 1 FROM _user WHERE id = _ROW_.owner)'),
);
const binary = oneOf(
  `_ROW_.u = x'${(UUIDS[0] ?? '').replaceAll('-', '')}'`,
  `_ROW_.u < x'${(UUIDS[1] ?? '').replaceAll('-', '')}'`,
  "_ROW_.b <> x'01'",
  "_ROW_.b IS x'01'",
  '_ROW_.n < unixepoch()',
  'unixepoch() < _ROW_.r',
);
const rowRules = trees(
  fc.oneof(
    { weight: 4, arbitrary: leaves(ofRow) },
    { weight: 2, arbitrary: subselects },
    { weight: 1, arbitrary: binary },
  ),
  3,
);
const requestRules = trees(
  fc.oneof(leaves(ofRequest), oneOf("'n' IN _REQ_FIELDS_", "'owner' NOT IN _REQ_FIELDS_")),
  3,
);

test('a rule shows the rows for which SQLite finds it true', async () => {
  const { core } = world;
  plain.run('CREATE TABLE _user (id TEXT PRIMARY KEY, email TEXT COLLATE NOCASE, verified INTEGER)');
  plain.query('INSERT INTO _user VALUES (?, ?, 1), (?, NULL, 0)').run(ANN, `${ANN}@Example.com`, BOB);
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(rowRules, async (rule) => {
      const text = native(rule, 'read');
      if (text === undefined) return;
      accepted++;
      await core.collections.update(systemActor, 'things', { listRule: text });
      for (const [id, actor] of callers) {
        const page = await core.records.list(actor, core.collections.get('things'), {
          page: 1,
          perPage: 50,
          sort: 'id',
        });
        const rows: unknown[] = plain
          .query(
            `SELECT _ROW_.id AS id FROM things AS _ROW_, (SELECT ? AS id) AS _USER_ WHERE (${rule}) ORDER BY 1`,
          )
          .all(id);
        const expected = rows.map((row) => String(Reflect.get(Object(row), 'id')));
        expect({ rule, text, id, found: page.items.map((item) => String(item.values.id)) }).toEqual({
          rule,
          text,
          id,
          found: expected,
        });
      }
    }),
    { numRuns: 250, seed: 4 },
  );
  expect(accepted).toBeGreaterThan(150);
}, 60_000);

const requests = fc.record(
  {
    n: oneOf('0', '1', 'null').map((text) => (text === 'null' ? null : Number(text))),
    r: fc.constantFrom(0.5, null),
    t: fc.constantFrom('a', 'A', '', null),
    flag: fc.constantFrom(0, 1, null),
    owner: fc.constantFrom(ANN, BOB, null),
    parent: fc.constantFrom(1, 4, null),
    id: fc.constantFrom(77, null),
  },
  { requiredKeys: [] },
);

test('a rule lets those requests make records for which SQLite finds it true', async () => {
  const { core } = world;
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(requestRules, requests, fc.nat(2), async (rule, request, who) => {
      const text = native(rule, 'create');
      const caller = callers[who];
      if (text === undefined || caller === undefined) return;
      accepted++;
      const [id, actor] = caller;
      await core.collections.update(systemActor, 'things', { createRule: text });
      const made = await core.records.create(actor, core.collections.get('things'), coreValues(request)).then(
        (view) => String(view.values.id),
        (error: unknown) => {
          if (error instanceof AppError) return error.reason ?? error.code;
          throw error;
        },
      );
      const names = ['n', 'r', 't', 'flag', 'owner', 'parent', 'id'] as const;
      const sent = names.map((name) => plainValue(name, request[name] ?? null));
      const fields = Object.keys(request).map((name) => `SELECT '${name}' AS name`);
      const held: unknown = plain
        .query(
          `WITH _REQ_FIELDS_(name) AS (${fields.join(' UNION ALL ') || 'SELECT NULL WHERE 0'})
           SELECT CAST((${rule}) AS INTEGER) AS held
           FROM (SELECT ? AS id) AS _USER_, (SELECT ${names.map((name) => `? AS ${name}`).join(', ')}) AS _REQ_`,
        )
        .get(id, ...sent);
      const isHeld = Reflect.get(Object(held), 'held') === 1;
      expect({ rule, text, request, id, allowed: /^\d+$/.test(made) }).toEqual({
        rule,
        text,
        request,
        id,
        allowed: isHeld,
      });
      if (/^\d+$/.test(made)) await core.records.delete(systemActor, core.collections.get('things'), made);
    }),
    { numRuns: 200, seed: 4 },
  );
  expect(accepted).toBeGreaterThan(120);
}, 60_000);
