import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { openTestCore, type TestCore } from '../../../../test/support/core.ts';
import { systemActor } from '../../../core/actor.ts';
import { parseFilter, printFilter } from '../../../core/index.ts';
import { createCollections } from '../config/create-collections.ts';
import { SqlProblem } from './problem.ts';
import { readRule } from './rule.ts';
import type { RuleAction } from './rule-scope.ts';
import { ruleSchema, ruleTable } from './rule-table.ts';

let world: TestCore;
beforeAll(async () => {
  world = await openTestCore();
  await createCollections(world.core, systemActor, {
    sql: `CREATE TABLE rooms (rid INTEGER PRIMARY KEY, name TEXT, open INTEGER, owner BLOB REFERENCES _user(id),
            data TEXT CHECK (is_json(data)), files TEXT CHECK (is_file_uploads(files)), raw BLOB, _pin TEXT, until INTEGER, u BLOB CHECK (is_uuid(u)),
            handle TEXT UNIQUE COLLATE NOCASE, share REAL);
          CREATE TABLE members (id INTEGER PRIMARY KEY, user BLOB REFERENCES _user(id), room INTEGER REFERENCES rooms(rid), role TEXT);
          CREATE TABLE keepers (room INTEGER PRIMARY KEY REFERENCES rooms(rid), name TEXT);
          CREATE TABLE profiles (user BLOB PRIMARY KEY REFERENCES _user(id), name TEXT);`,
  });
});
afterAll(() => world.close());

/** The rule in the native language, or the sentence of the refusal. */
function read(rule: string, action: RuleAction = 'update', name = 'rooms'): string {
  const table = ruleTable(world.core.collections.get(name));
  try {
    const text = printFilter(
      readRule(rule, { schema: ruleSchema(world.core.collections.schema), table, action }),
    );
    expect(parseFilter(text)).toBeDefined();
    return text;
  } catch (error) {
    if (error instanceof SqlProblem) return error.message;
    throw error;
  }
}

const MEMBERS = '@collection.members:e1';

test.each([
  ['_ROW_.user = _USER_.id', 'id == @request.auth.id'],
  ['_REQ_.user = _USER_.id', "@request.body.id == @request.auth.id && @request.body.id !== ''"],
  ["'user' IN _REQ_FIELDS_", '@request.body.id:isset == true'],
  [
    'EXISTS(SELECT 1 FROM profiles p WHERE p.user = _USER_.id)',
    '@collection.profiles:e1.id ?== @request.auth.id',
  ],
  ['_ROW_.id = _USER_.id', 'Line 1: the table "profiles" has no column "id".'],
])('a key that refers to accounts: %s is %s', (rule, native) => {
  expect(read(rule, 'update', 'profiles')).toBe(native);
});

describe('what is said in the native language', () => {
  test.each([
    ['_ROW_.owner = _USER_.id', 'owner == @request.auth.id'],
    ['_USER_.id = _REQ_.owner', '@request.auth.id == @request.body.owner'],
    ['_USER_.id IS NOT NULL', '@request.auth.id !== null'],
    ['_ROW_.rid = 7', "id == '7'"],
    ['_ROW_.open', 'open !== 0'],
    ['NOT _ROW_.open', 'open == 0'],
    ['_ROW_.open = TRUE AND _ROW_.open IS FALSE', 'open == true && open == 0'],
    ['_ROW_._pin = _REQ_._pin', '_pin == @request.body._pin'],
    ["'name' IN _REQ_FIELDS_", '@request.body.name:isset == true'],
    [
      "NOT 'name' IN _REQ_FIELDS_ OR 'rid' NOT IN _REQ_FIELDS_",
      '@request.body.name:isset == false || @request.body.id:isset == false',
    ],
    ["_ROW_.name NOT LIKE 'a%'", "name !~~ 'a%'"],
    ["lower(_ROW_.name) = lower('ABC')", "name:lower == 'abc'"],
    ["NOT (_ROW_.name = 'it''s' AND _ROW_.open > 1)", "name !== 'it\\'s' || open <= 1"],
    [
      "_ROW_.name IN ('a', 'b') AND _ROW_.open NOT BETWEEN 1 AND 2",
      "(name == 'a' || name == 'b') && (open < 1 || open > 2)",
    ],
    ['_ROW_.until > unixepoch()', "until > strftime('%s', @now)"],
    ['_ROW_.data IS NULL AND _ROW_.files IS NOT NULL', 'data == null && files:length > 0'],
    [
      "_ROW_.u = uuid_parse('01020304-0506-4708-890A-0B0C0D0E0F10')",
      "u == '01020304-0506-4708-890a-0b0c0d0e0f10'",
    ],
    ["_ROW_.raw = x'00FF'", "raw == 'AP8='"],
    [
      'EXISTS(SELECT 1 FROM members WHERE user=_USER_.id AND room=_ROW_.rid)',
      `${MEMBERS}.user ?== @request.auth.id && ${MEMBERS}.room ?== id`,
    ],
    [
      "NOT EXISTS (SELECT * FROM members AS m WHERE m.role = 'banned')",
      `!(${MEMBERS}.role ?== 'banned' && ${MEMBERS}.id ?!== null)`,
    ],
    [
      '_ROW_.rid IN (SELECT room FROM members m WHERE m.user = _USER_.id)',
      `${MEMBERS}.room ?== id && ${MEMBERS}.user ?== @request.auth.id`,
    ],
    [
      'EXISTS (SELECT 1 FROM _user WHERE id = _USER_.id AND verified)',
      '@collection.users:e1.id ?== @request.auth.id && @collection.users:e1.verified ?!== 0',
    ],
    ["_ROW_.handle NOT IN ('Root', 'ADMIN')", "handle:lower !== 'root' && handle:lower !== 'admin'"],
    ["lower(_ROW_.handle) = _ROW_.name AND _ROW_.handle LIKE 'A%'", "handle:lower == name && handle ~~ 'A%'"],
    [
      "EXISTS (SELECT 1 FROM _user WHERE id = _USER_.id AND email LIKE '%@Example.com')",
      "@collection.users:e1.id ?== @request.auth.id && (@collection.users:e1.email ?~~ '%@Example.com' && @collection.users:e1.verified ?!== 0)",
    ],
    [
      "NOT EXISTS (SELECT 1 FROM _user u WHERE u.email = 'Eve@Example.com' OR u.email IS NULL)",
      "!((@collection.users:e1.email:lower ?== 'eve@example.com' && @collection.users:e1.verified ?!== 0 || (@collection.users:e1.email ?== null || @collection.users:e1.verified ?== 0)) && @collection.users:e1.id ?!== null)",
    ],
    ['_REQ_.rid <> 7', "@request.body.id !== '7' && @request.body.id !== ''"],
    ['_REQ_.rid IS NULL', "@request.body.id == null || @request.body.id == ''"],
  ])('%s', (rule, native) => {
    expect(read(rule)).toBe(native);
  });
});

describe('what is refused, with a sentence', () => {
  test.each([
    ['_ROW_.nope = 1', 'the table "rooms" has no column "nope".'],
    ['_ROW_.id = 1', 'the table "rooms" has no column "id".'],
    ['_row_.name = 1', '"_row_" must be written _ROW_.'],
    ["'name' IN _req_fields_", '"_req_fields_" must be written _REQ_FIELDS_.'],
    ['_REQ_.name IN _REQ_FIELDS_', 'a literal name is expected before IN _REQ_FIELDS_.'],
    ["'nope' IN _REQ_FIELDS_", 'the table "rooms" has no column "nope".'],
    ['_USER_.email IS NULL', '_USER_ has the column id, and no other.'],
    ['name IS NULL', 'the column "name" is of no table: write _ROW_, _REQ_ or _USER_ and a dot before it.'],
    [
      '"text" = _ROW_.name',
      'the column "text" is of no table: write _ROW_, _REQ_ or _USER_ and a dot before it.',
    ],
    ['_ROW_.name = NULL', 'nothing is equal to NULL; write IS NULL or IS NOT NULL.'],
    ['_ROW_.name IN (1, NULL)', 'the two sides are of types that cannot be compared here.'],
    ['_ROW_.open IN ()', 'a list after IN is empty.'],
    ['_ROW_.name = 5', 'the two sides are of types that cannot be compared here.'],
    ['_ROW_.owner = _ROW_.rid', 'the two sides are of types that cannot be compared here.'],
    ["_ROW_.data = '{}'", 'the two sides are of types that cannot be compared here.'],
    ['_REQ_.until > unixepoch()', 'the two sides are of types that cannot be compared here.'],
    ["_ROW_.raw < x'00'", 'these values have no order here; compare with = or <>.'],
    ['_ROW_.rid < 5', 'these values have no order here; compare with = or <>.'],
    ['lower(_REQ_.name) = 1', 'lower is supported for text columns of records only.'],
    ['_ROW_.share', 'a REAL column is no condition: 0.5 may count as 0; compare it with a number.'],
    [
      "'root' = _ROW_.handle",
      'a column without letter case is compared with a literal on its right; write lower(…) otherwise.',
    ],
    [
      'EXISTS (SELECT 1 FROM _user u WHERE u.email = _ROW_.name)',
      'a column without letter case is compared with a literal on its right; write lower(…) otherwise.',
    ],
    [
      '_ROW_.name IN (SELECT email FROM _user)',
      'columns without letter case cannot be looked up by IN (SELECT …); use EXISTS.',
    ],
    ['_ROW_.name', 'a condition is expected here, or a column of numbers.'],
    ['_ROW_.open + 1 = 2', 'the operator "+" is not supported.'],
    ["_ROW_.name || 'x' = 'ax'", 'the operator "||" is not supported.'],
    ["_ROW_.name GLOB 'x'", 'GLOB is not supported.'],
    ["_ROW_.name LIKE 'x' ESCAPE '!'", 'ESCAPE is not supported.'],
    ['CASE WHEN 1 THEN 1 END', 'CASE is not supported.'],
    ['(SELECT 1) = 1', 'a SELECT as a value; use EXISTS (SELECT …) or IN (SELECT …) is not supported.'],
    ["load_extension('x') = 1", 'the function "load_extension" is not supported in a rule.'],
    ['_ROW_.name = ?1', 'a parameter is not supported.'],
    ['EXISTS (SELECT 1 FROM _superusers)', 'there is no collection "_superusers" to select from.'],
    ['EXISTS (SELECT 1 FROM sqlite_master)', 'there is no collection "sqlite_master" to select from.'],
    ['EXISTS (SELECT 1 FROM members UNION SELECT 1)', 'UNION in a SELECT is not supported.'],
    ['EXISTS (SELECT count(*) FROM members)', '"*" stands where a value is expected.'],
    ['EXISTS (SELECT max(id) FROM members)', 'functions in the place of columns are not supported.'],
    ['EXISTS (SELECT 1 FROM members LIMIT 0)', 'LIMIT in a SELECT is not supported.'],
    ['EXISTS (SELECT 1 FROM members LEFT JOIN rooms)', 'LEFT in a SELECT is not supported.'],
    ['EXISTS (SELECT 1 FROM members m, rooms m)', 'two tables are called "m".'],
    [
      'EXISTS (SELECT 1 FROM users WHERE tokenKey IS NULL)',
      'the column "tokenKey" is of no table: no table here has it.',
    ],
    [
      'EXISTS (SELECT 1 FROM users WHERE users.password IS NULL)',
      'the table "users" has no column "password".',
    ],
    [
      'EXISTS (SELECT 1 FROM members WHERE NOT EXISTS (SELECT 1 FROM rooms))',
      'NOT EXISTS and NOT IN (SELECT …) are not supported within a sub-select.',
    ],
    ["_ROW_.name = 'x\\'", 'text that ends in a backslash cannot be written'],
    ['_ROW_.open = 1; DROP TABLE rooms', '";" stands where the end of the rule is expected.'],
    ['', 'the text ends where a value is expected.'],
  ])('%s', (rule, sentence) => {
    const found = (() => {
      try {
        return read(rule);
      } catch (error) {
        return error instanceof Error ? `Line 1: ${error.message}` : '';
      }
    })();
    expect(found).toBe(`Line 1: ${sentence}`);
  });
});

test.each<[RuleAction, string, string]>([
  ['read', '_REQ_.name IS NULL', '_REQ_ means nothing in a read rule.'],
  ['delete', "'name' IN _REQ_FIELDS_", '_REQ_FIELDS_ means nothing in a delete rule.'],
  ['create', '_ROW_.name IS NULL', '_ROW_ means nothing in a create rule.'],
  ['schema', '_ROW_.name IS NULL', '_ROW_ means nothing in a schema rule.'],
])('in a %s rule, %s is refused', (action, rule, sentence) => {
  expect(read(rule, action)).toBe(`Line 1: ${sentence}`);
});

test('whatever the text, a rule is read or refused, and soon', () => {
  const words = fc.constantFrom(
    ...[
      '_ROW_',
      '_REQ_',
      '_USER_',
      '.',
      'name',
      'id',
      'rid',
      '=',
      '(',
      ')',
      'AND',
      'OR',
      'NOT',
      'IN',
      'EXISTS',
      'SELECT',
    ],
    ...[
      '1',
      "'a'",
      'FROM',
      'members',
      'm',
      'WHERE',
      ',',
      'IS',
      'NULL',
      'LIKE',
      'BETWEEN',
      '<',
      '--',
      '/*',
      "'",
      '"',
      '[',
      "x'",
    ],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words, { maxLength: 40 }).map((parts) => parts.join(' ')),
      ),
      (text) => {
        read(text);
      },
    ),
    { numRuns: 500, seed: 4 },
  );
  const started = performance.now();
  for (const text of [
    '('.repeat(9000),
    'NOT '.repeat(2000),
    '1=1 AND '.repeat(1000),
    "'".repeat(9999),
    'a'.repeat(10_000),
    '-'.repeat(9000),
    '1 = '.repeat(2000),
  ])
    expect(read(text)).toStartWith('Line 1: ');
  expect(performance.now() - started).toBeLessThan(1000);
});
