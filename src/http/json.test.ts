import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { escapeMarkup, jsonBody } from './json.ts';

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
