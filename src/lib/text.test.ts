import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  codePointLength,
  sentence,
  snakeCase,
  truncateBytes,
  truncateCodePoints,
  upperFirst,
} from './text.ts';

test.each([
  ['myTestDB', 'my_test_db'],
  ['My Photo (1)', 'my_photo_1'],
  ['  __a--B__ ', 'a_b'],
  ['testABRWithCamel', 'test_abrwith_camel'],
  ['naïve', 'na_ve'],
  ['Ω', ''],
  ['1A', '1_a'],
  ['', ''],
])('%p in snake case is %p', (text, expected) => {
  expect(snakeCase(text)).toBe(expected);
});

test.each([
  ['failed to create record', 'Failed to create record.'],
  [' already done! ', 'Already done!'],
  ['why?', 'Why?'],
  ['Done.', 'Done.'],
  ['élan', 'Élan.'],
  ['', ''],
])('%p as a sentence is %p', (text, expected) => {
  expect(sentence(text)).toBe(expected);
});

test('the first letter may be outside the basic plane', () => {
  expect(upperFirst('\u{10428}x')).toBe('\u{10400}x');
});

test('lengths and cuts count code points and bytes as the language does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(80), (text, max) => {
      const points = [...text];
      expect(codePointLength(text)).toBe(points.length);
      expect(truncateCodePoints(text, max)).toBe(points.slice(0, max).join(''));
      const cut = truncateBytes(text, max);
      expect(text.startsWith(cut)).toBe(true);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
      const next = [...text.slice(cut.length)][0];
      if (next !== undefined) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(max);
    }),
  );
});

test('a lone surrogate counts as one', () => {
  expect(codePointLength('\ud800a\udc00')).toBe(3);
});
