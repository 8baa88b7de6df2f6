import { expect, test } from 'bun:test';
import { createContentCache } from './content-cache.ts';

test('contents are found by object and variant', () => {
  const cache = createContentCache<string>(10_000);
  cache.set('a', '', 'original', 100);
  cache.set('a', '100x100', 'thumb', 10);
  expect(cache.get('a', '')).toBe('original');
  expect(cache.get('a', '100x100')).toBe('thumb');
  expect(cache.get('a', '50x50')).toBeUndefined();
  expect(cache.get('b', '')).toBeUndefined();
});

test('the object used longest ago goes first, and the weight stays bounded', () => {
  const cache = createContentCache<string>(3 * 1512);
  cache.set('a', '', 'a', 1000);
  cache.set('b', '', 'b', 1000);
  cache.set('c', '', 'c', 1000);
  cache.get('a', '');
  cache.set('d', '', 'd', 1000);
  expect(cache.get('b', '')).toBeUndefined();
  expect(cache.get('a', '')).toBe('a');
  expect(cache.weight).toBe(3 * 1512);
});

test('dropping an object frees all its variants', () => {
  const cache = createContentCache<string>(10_000);
  cache.set('a', '', 'original', 100);
  cache.set('a', '100x100', 'thumb', 10);
  cache.drop('a');
  cache.drop('a');
  expect(cache.get('a', '100x100')).toBeUndefined();
  expect(cache.weight).toBe(0);
});

test('replacing and deleting a variant counts once', () => {
  const cache = createContentCache<string>(10_000);
  cache.set('a', 'v', 'one', 100);
  cache.set('a', 'v', 'two', 200);
  expect(cache.weight).toBe(712);
  cache.delete('a', 'v');
  cache.delete('a', 'v');
  expect(cache.weight).toBe(0);
});

test('what is larger than the whole cache is not kept, and throws nobody out', () => {
  const cache = createContentCache<string>(2000);
  cache.set('a', '', 'a', 100);
  cache.set('b', '', 'b', 5000);
  expect(cache.get('b', '')).toBeUndefined();
  expect(cache.get('a', '')).toBe('a');
});
