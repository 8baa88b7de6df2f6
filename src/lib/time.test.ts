import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatDate, parseDate } from './time.ts';

const TEN = '2026-03-09 10:00:00.000Z';

test.each([
  ['2026-03-09 10:00:00.000Z', TEN],
  ['2026-03-09T10:00:00Z', TEN],
  ['2026-03-09T10:00:00', TEN],
  ['2026-03-09 10:00:00', TEN],
  ['2026-03-09T10:00', TEN],
  ['2026-03-09 12:00:00+02:00', TEN],
  ['2026-03-09T12:00:00+0200', TEN],
  ['2026-03-09 05:00:00 -0500', TEN],
  ['2026-03-09 05:00:00 -05:00', TEN],
  ['2026-03-09 12:00:00 +0200 CEST', TEN],
  ['Mon, 09 Mar 2026 10:00:00 GMT', TEN],
  ['Mon, 09 Mar 2026 12:00:00 +0200', TEN],
  ['Monday, 09-Mar-26 10:00:00 UTC', TEN],
  ['09 Mar 26 10:00 UTC', TEN],
  ['Mon Mar  9 10:00:00 2026', TEN],
  ['Mon Mar  9 10:00:00 UTC 2026', TEN],
  ['Mon Mar 09 10:00:00 +0000 2026', TEN],
  ['2026-03-09', '2026-03-09 00:00:00.000Z'],
  ['09 Mar 2026', '2026-03-09 00:00:00.000Z'],
  ['2026-03-09 10:00:00.1Z', '2026-03-09 10:00:00.100Z'],
  ['2026-03-09 10:00:00.123456Z', '2026-03-09 10:00:00.123Z'],
  ['2026-03-09T10:00:00.999999999+00:00', '2026-03-09 10:00:00.999Z'],
  ['2024-02-29', '2024-02-29 00:00:00.000Z'],
  ['0099-01-01', '0099-01-01 00:00:00.000Z'],
])('%p is read as a date', (text, expected) => {
  expect(parseDate(text)).toBe(expected);
});

test.each([
  '',
  'tomorrow',
  '2026-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-03-09 24:00:00',
  '2026-03-09 10:60:00',
  '2026-03-09 10:00:60',
  '2026-03-09T10:00:00+99:00',
  ' 2026-03-09',
  '2026-03-09x',
  '09 Foo 2026',
  '1700000000',
  '0001-01-01 00:00:00.000Z',
  `2026-03-09${' '.repeat(1_000_000)}`,
])('%p is not a date and becomes empty', (text) => {
  expect(parseDate(text)).toBe('');
});

test('whole numbers are Unix seconds', () => {
  expect(parseDate(1_700_000_000)).toBe('2023-11-14 22:13:20.000Z');
  expect(parseDate(0)).toBe('1970-01-01 00:00:00.000Z');
});

test.each([
  { value: null },
  { value: undefined },
  { value: true },
  { value: {} },
  { value: [] },
  { value: Number.NaN },
  { value: 1.5 },
  { value: 1e300 },
  { value: new Date(Number.NaN) },
])('$value becomes empty', ({ value }) => {
  expect(parseDate(value)).toBe('');
});

test('what is formatted is read back unchanged', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_799_999, max: 253_402_300_799_999 }), (ms) => {
      const text = formatDate(ms);
      expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(parseDate(text)).toBe(text);
      expect(Date.parse(text.replace(' ', 'T'))).toBe(ms);
    }),
  );
});

test('reading never throws and gives the one layout or nothing', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(parseDate(value)).toMatch(/^$|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/);
    }),
  );
});
