import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { TrailBaseError } from './errors.ts';
import { idFromPath, idText, idValue, readIdValue, readInteger } from './ids.ts';

const UUID = '0190a8f0-1234-7abc-8def-0123456789ab';

test('an id of any kind comes back from a path and from a record', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.uuid(), (integer, uuid) => {
      for (const [kind, id] of [
        ['integer', integer.toString()],
        ['uuid', uuid],
        ['text', 'k3v9x0q2ab12345'],
      ] as const) {
        expect(idFromPath(kind, idText(kind, id))).toBe(id);
        expect(readIdValue(kind, idValue(kind, id))).toBe(id);
      }
    }),
    { numRuns: 100 },
  );
});

test('UUIDs print as 24 characters, integers as decimal text in ids and as numbers in records', () => {
  expect(idText('uuid', UUID)).toMatch(/^[\w-]{22}==$/);
  expect(idText('integer', '7')).toBe('7');
  expect(idValue('integer', '7')).toBe(7);
  expect(idValue('integer', '9223372036854775807')).toBe(9223372036854775807n);
});

test.each([
  ['uuid', 'InvalidId0123'],
  ['uuid', ''],
  ['uuid', 'AAAAAAAAAAAAAAAAAAAAAA=A'],
  ['integer', 'InvalidId0123'],
  ['integer', '1e3'],
  ['integer', '+1'],
  ['integer', '1.0'],
  ['integer', '9223372036854775808'],
  ['integer', '-9223372036854775809'],
  ['integer', '9'.repeat(400)],
  ['text', ''],
  ['text', 'a'.repeat(2000)],
] as const)('%s %p is no id', (kind, text) => {
  const refusal = () => idFromPath(kind, text);
  expect(refusal).toThrow(TrailBaseError);
  expect(refusal).toThrow('Invalid id');
});

test('integers keep every digit, and nothing but integers of 64 bits is one', () => {
  expect(readInteger(2n ** 63n - 1n)).toBe(2n ** 63n - 1n);
  expect(readInteger(5n)).toBe(5);
  expect(readInteger(1e18)).toBe(1_000_000_000_000_000_000n);
  for (const value of [
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 63,
    2n ** 63n,
    '1.5',
    ' 1',
    '',
    null,
    {},
  ])
    expect(readInteger(value)).toBeUndefined();
});
