import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { fitOf } from './fuzzy.ts';

test.each([
  ['ov', 'Overview'],
  ['NEW COL', 'New collection'],
  ['nc', 'New collection'],
  ['ubersicht', 'Übersicht'],
  ['pr_im', 'product_images'],
  ['', 'anything'],
])('%p fits %p', (typed, text) => {
  expect(fitOf(typed, text)).toBeGreaterThan(0);
});

test.each([
  ['vo', 'Overview'],
  ['posts', 'post'],
  ['x', ''],
])('%p does not fit %p', (typed, text) => {
  expect(fitOf(typed, text)).toBe(0);
});

test.each([
  ['pos', 'posts', 'repository_options'],
  ['col', 'Collections', 'protocol'],
  ['nc', 'New collection', 'sync'],
  ['post', 'post', 'posts'],
])('%p fits %p better than %p', (typed, better, worse) => {
  expect(fitOf(typed, better)).toBeGreaterThan(fitOf(typed, worse));
});

test('letters that are left out of a word still fit it, whatever the word', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,12}$/), fc.array(fc.boolean()), (word, kept) => {
      const typed = [...word].filter((_, index) => kept[index] ?? true).join('');
      expect(fitOf(typed, word)).toBeGreaterThan(0);
    }),
    { numRuns: 200 },
  );
});

test('a long text and a long word take no time worth a word', () => {
  const from = performance.now();
  fitOf('a'.repeat(200), 'ab'.repeat(100_000));
  expect(performance.now() - from).toBeLessThan(200);
});
