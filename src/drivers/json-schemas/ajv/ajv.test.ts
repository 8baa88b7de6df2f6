import { expect, test } from 'bun:test';
import { matchesPattern, patternProblem } from '../../../core/fields/pattern/index.ts';
import { createAjvSchemas } from './index.ts';

const schemas = createAjvSchemas({ problem: patternProblem, matches: matchesPattern });
const matches = (schema: object, value: unknown) => schemas.matches({ ...schema }, value);
const nested = (depth: number): object => (depth === 0 ? {} : { items: nested(depth - 1) });

test('values are held against draft 2020-12', () => {
  const person = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string', minLength: 2 }, age: { $ref: '#/$defs/age' } },
    unevaluatedProperties: false,
    $defs: { age: { type: 'integer', minimum: 0 } },
  };
  expect(schemas.problem(person)).toBeUndefined();
  const cases: [unknown, boolean][] = [
    [{ name: 'Ann' }, true],
    [{ name: 'Ann', age: 5 }, true],
    [{ name: 'Ann', age: 9007199254740993n }, true],
    [{ name: 'Ann', age: -9007199254740993n }, false],
    [{ name: 'A' }, false],
    [{ name: 'Ann', other: 1 }, false],
    [{}, false],
    ['Ann', false],
    [null, false],
  ];
  for (const [value, expected] of cases) expect(schemas.matches(person, value)).toBe(expected);
  expect(matches({ prefixItems: [{ type: 'string' }, { type: 'number' }], items: false }, ['a', 1, 2])).toBe(
    false,
  );
});

test('a schema of an earlier draft is read as far as it means the same', () => {
  expect(matches({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'string' }, 5)).toBe(false);
});

test('a schema that cannot be used says why, and nothing meets it', () => {
  const wrong: [object, RegExp][] = [
    [{ type: 'text' }, /schema is invalid/],
    [{ $ref: 'https://example.com/other.json' }, /can't resolve reference/],
    [{ $ref: '#/$defs/none' }, /can't resolve reference/],
    [{ pattern: '(?=a)' }, /pattern/],
    [{ patternProperties: { '(a)\\1': {} } }, /pattern/],
    [{ $async: true }, /\$async/],
    [nested(20_000), /./],
  ];
  for (const [schema, expected] of wrong) {
    const own = { ...schema };
    expect(schemas.problem(own)).toMatch(expected);
    expect(schemas.problem(own)?.length).toBeLessThanOrEqual(300);
    expect(schemas.matches(own, 'a')).toBe(false);
  }
});

test('two schemas may have one $id, or the same patterns in other places', () => {
  expect(matches({ $id: 'https://example.com/one', type: 'string' }, 'a')).toBe(true);
  expect(matches({ $id: 'https://example.com/one', type: 'number' }, 'a')).toBe(false);
  const both = { properties: { a: { pattern: '^a' }, b: { pattern: '^b' } } };
  expect(matches(both, { a: 'a', b: 'b' })).toBe(true);
  expect(matches(both, { a: 'a', b: 'a' })).toBe(false);
});

test('what every object inherits is no property of a value, and no key of a client means anything else', () => {
  expect(matches({ required: ['constructor'] }, {})).toBe(false);
  expect(matches({ properties: { toString: { type: 'string' } } }, {})).toBe(true);
  const schema = JSON.parse('{"properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}');
  expect(matches(schema, {})).toBe(false);
  expect(Object.prototype).not.toHaveProperty('type');
});

test('a schema cannot run code', () => {
  const evil = "'+(globalThis.broken=1)+'";
  matches(
    { properties: { [evil]: { const: evil, pattern: 'a' } }, required: [evil], $comment: evil },
    { [evil]: 1 },
  );
  matches({ $defs: { [evil]: { type: 'string' } }, $ref: `#/$defs/${evil}` }, 1);
  expect(globalThis).not.toHaveProperty('broken');
});

test('items are unique by value, in a time that grows with their number', () => {
  const unique = { uniqueItems: true };
  expect(
    matches(unique, [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ]),
  ).toBe(false);
  expect(matches(unique, [1, '1', [1], { a: 1 }, null, 'null'])).toBe(true);
  expect(matches({ uniqueItems: false }, [1, 1])).toBe(true);
  const many = Array.from({ length: 50_000 }, (_, at) => ({ at }));
  const start = performance.now();
  expect(matches(unique, many)).toBe(true);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('patterns run in linear time, and endless references end', () => {
  expect(matches({ pattern: '^(a+)+$' }, `${'a'.repeat(20_000)}b`)).toBe(false);
  expect(matches({ $ref: '#' }, 1)).toBe(false);
  expect(matches({ allOf: [{ $ref: '#' }] }, {})).toBe(false);
});

test('formats describe and refuse nothing', () => {
  expect(matches({ type: 'string', format: 'date' }, 'no date')).toBe(true);
});
