import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { contentRange, parseRange, unsatisfiedRange } from './range.ts';

const part = (start: number, end: number) => ({ kind: 'part', start, end }) as const;

test.each([
  ['bytes=0-0', part(0, 0)],
  ['bytes=0-499', part(0, 99)],
  ['bytes=10-', part(10, 99)],
  ['bytes=-10', part(90, 99)],
  ['bytes=-1000', part(0, 99)],
  ['BYTES=1-2', part(1, 2)],
  ['bytes=99-99999999999999999999999999', part(99, 99)],
  ['bytes=100-', { kind: 'unsatisfiable' }],
  ['bytes=-0', { kind: 'unsatisfiable' }],
  ['bytes=99999999999999999999999-', { kind: 'unsatisfiable' }],
  ['bytes=0-1,3-4', { kind: 'whole' }],
  ['bytes=5-4', { kind: 'whole' }],
  ['bytes=-', { kind: 'whole' }],
  ['bytes=a-b', { kind: 'whole' }],
  ['bytes=+1-2', { kind: 'whole' }],
  ['lines=0-1', { kind: 'whole' }],
  ['', { kind: 'whole' }],
] as const)('of 100 bytes, %p asks for %p', (value, answer) => {
  expect(parseRange(value, 100)).toEqual(answer);
});

test('nothing of an empty file can be had in part', () => {
  expect(parseRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
  expect(parseRange('bytes=-5', 0)).toEqual({ kind: 'unsatisfiable' });
  expect(parseRange(null, 0)).toEqual({ kind: 'whole' });
});

test('a part is always inside the file', () => {
  const value = fc.oneof(
    fc
      .string({ unit: fc.constantFrom('b', '=', '-', '0', '7', ',', ' '), maxLength: 30 })
      .map((text) => `bytes=${text}`),
    fc.string(),
  );
  fc.assert(
    fc.property(value, fc.nat(1000), (text, size) => {
      const answer = parseRange(text, size);
      if (answer.kind !== 'part') return;
      expect(answer.start).toBeGreaterThanOrEqual(0);
      expect(answer.start).toBeLessThanOrEqual(answer.end);
      expect(answer.end).toBeLessThan(size);
    }),
  );
});

test('headers are written as the RFC has them', () => {
  expect(contentRange(0, 4, 10)).toBe('bytes 0-4/10');
  expect(unsatisfiedRange(10)).toBe('bytes */10');
});
