import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseCron } from './cron.ts';

const at = (text: string) => Date.parse(text);

test.each([
  ['0 3 * * *', '2030-01-01T02:59:00Z', '2030-01-01T03:00:00Z'],
  ['0 3 * * *', '2030-01-01T03:00:00Z', '2030-01-02T03:00:00Z'],
  ['*/15 * * * *', '2030-01-01T00:16:30Z', '2030-01-01T00:30:00Z'],
  ['30 4 * * MON', '2030-01-01T00:00:00Z', '2030-01-07T04:30:00Z'],
  ['0 0 29 2 *', '2030-01-01T00:00:00Z', '2032-02-29T00:00:00Z'],
  [' @daily ', '2030-01-01T12:00:00Z', '2030-01-02T00:00:00Z'],
  ['@hourly', '2030-06-30T23:10:00Z', '2030-07-01T00:00:00Z'],
])('%s after %s comes at %s', (text, after, next) => {
  expect(parseCron(text)?.next(at(after))).toBe(at(next));
});

test.each([
  '',
  'tomorrow',
  '1 2 3',
  '61 * * * *',
  '* * * * * *',
  '@reboot',
  '0 0 31 2 *',
  `${'1,'.repeat(200)}1 * * * *`,
])('%p is no schedule', (text) => {
  expect(parseCron(text)).toBeUndefined();
});

test('any text is either refused or has a time after any other', () => {
  const field = fc.stringMatching(/^[0-9*,/-]{1,6}$/);
  const text = fc.oneof(
    fc.string(),
    fc.array(field, { minLength: 5, maxLength: 5 }).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: at('2100-01-01T00:00:00Z') }), (written, after) => {
      const next = parseCron(written)?.next(after);
      expect(next === undefined || next > after).toBe(true);
    }),
    { numRuns: 200 },
  );
});
