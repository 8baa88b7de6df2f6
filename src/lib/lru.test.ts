import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createLru } from './lru.ts';

test('a value in use stays while others come and go', () => {
  const lru = createLru<string, number>(10);
  lru.set('kept', 1);
  for (let i = 0; i < 1000; i++) {
    lru.set(`k${i}`, i);
    expect(lru.get('kept')).toBe(1);
  }
});

test('a value not used is forgotten', () => {
  const lru = createLru<string, number>(10);
  lru.set('left', 1);
  for (let i = 0; i < 10; i++) lru.set(`k${i}`, i);
  expect(lru.get('left')).toBeUndefined();
});

test('a capacity of one holds one entry', () => {
  const lru = createLru<string, number>(1);
  lru.set('a', 1);
  lru.set('b', 2);
  expect([lru.get('a'), lru.get('b'), lru.size]).toEqual([undefined, 2, 1]);
});

test('it never holds more than its capacity and never gives a stale value', () => {
  const step = fc.record({
    op: fc.constantFrom('get', 'set', 'delete'),
    key: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
      const lru = createLru<number, number>(capacity);
      const model = new Map<number, number>();
      for (const [at, { op, key }] of steps.entries()) {
        if (op === 'set') {
          lru.set(key, at);
          model.set(key, at);
          expect(lru.get(key)).toBe(at);
        } else if (op === 'delete') {
          lru.delete(key);
          model.delete(key);
          expect(lru.get(key)).toBeUndefined();
        } else {
          const value = lru.get(key);
          if (value !== undefined) expect(value).toBe(model.get(key) ?? -1);
        }
        expect(lru.size).toBeLessThanOrEqual(capacity);
      }
    }),
  );
});
