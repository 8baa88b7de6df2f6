import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { joinByKey } from './join.ts';

async function* items(keys: readonly string[], left: { count: number }) {
  try {
    for (const key of keys) yield { key };
  } finally {
    left.count++;
  }
}

const sortedKeys = fc
  .uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', '_', '0'), maxLength: 4 }))
  .map((keys) => keys.sort());

test('each key comes once, in order, with the sides that have it', async () => {
  await fc.assert(
    fc.asyncProperty(sortedKeys, sortedKeys, async (lefts, rights) => {
      const ended = { count: 0 };
      const joined: string[] = [];
      for await (const { left, right } of joinByKey(items(lefts, ended), items(rights, ended))) {
        joined.push([left?.key ?? right?.key, left !== undefined, right !== undefined].join());
      }
      const all = [...new Set([...lefts, ...rights])].sort();
      expect(joined).toEqual(all.map((key) => [key, lefts.includes(key), rights.includes(key)].join()));
    }),
    { numRuns: 200 },
  );
});

test('left in the middle it ends both lists', async () => {
  const ended = { count: 0 };
  for await (const _ of joinByKey(items(['a', 'b'], ended), items(['a', 'c'], ended))) break;
  expect(ended.count).toBe(2);
});
