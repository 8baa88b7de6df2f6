import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { escapeMarkup, jsonBody, parseLossless, stringifyJson } from './json.ts';

test('markup characters are escaped and a newline ends the body', () => {
  expect(jsonBody({ a: '<b>&' })).toBe('{"a":"\\u003cb\\u003e\\u0026"}\n');
  expect(jsonBody([1, null])).toBe('[1,null]\n');
  expect(jsonBody(undefined)).toBe('null\n');
  expect(escapeMarkup('"a&b"')).toBe('"a\\u0026b"');
});

test('what is written reads back the same and holds no markup', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const body = jsonBody(value);
      expect(body).not.toMatch(/[<>&]/);
      expect(JSON.stringify(JSON.parse(body))).toBe(JSON.stringify(value));
    }),
  );
});

test('integers of 64 bits come and go with all their digits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (integer) => {
      const text = stringifyJson({ list: [integer], text: String(integer) }) ?? '';
      expect(text).toBe(`{"list":[${integer}],"text":"${integer}"}`);
      const list = Reflect.get(Object(parseLossless(text)), 'list');
      expect(String(list)).toBe(String(integer));
    }),
  );
  expect(parseLossless('[9223372036854775807, 1e300, 12345678901234567.5, 5]')).toEqual([
    9223372036854775807n,
    1e300,
    Number('12345678901234567.5'),
    5,
  ]);
});

test('integers beyond all measure stay numbers', () => {
  expect(parseLossless(`[${'9'.repeat(400)}]`)).toEqual([Number.POSITIVE_INFINITY]);
});

test('a reviver is asked for everything else', () => {
  const drop = (key: string, value: unknown) => (key === '__proto__' ? undefined : value);
  expect(parseLossless('{"__proto__":{"a":1},"b":9007199254740993}', drop)).toEqual({ b: 9007199254740993n });
  expect(parseLossless('{"__proto__":{"a":1},"b":1}', drop)).toEqual({ b: 1 });
});
