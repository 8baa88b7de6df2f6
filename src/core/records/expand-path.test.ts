import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type ExpandTree, parseBackRelation, parseExpand } from './expand-path.ts';

function paths(tree: ExpandTree, before = ''): string[] {
  return [...tree].flatMap(([name, beyond]) =>
    beyond.size === 0 ? [before + name] : paths(beyond, `${before + name}.`),
  );
}

test('shared prefixes are merged, spaces and blanks ignored', () => {
  expect(paths(parseExpand('a.b, a.c,a ,d,,e.'))).toEqual(['a.b', 'a.c', 'd', 'e']);
  expect(paths(parseExpand(''))).toEqual([]);
  expect(paths(parseExpand('.a'))).toEqual([]);
});

test('levels beyond the sixth are left out', () => {
  expect(paths(parseExpand('a.b.c.d.e.f.g.h'))).toEqual(['a.b.c.d.e.f']);
});

test('whatever is sent, the tree is no deeper and no larger than its limits', () => {
  const count = (tree: ExpandTree): number =>
    [...tree.values()].reduce((sum, below) => sum + 1 + count(below), 0);
  const depth = (tree: ExpandTree): number =>
    Math.max(0, ...[...tree.values()].map((below) => 1 + depth(below)));
  fc.assert(
    fc.property(fc.array(fc.array(fc.constantFrom('a', 'b', '__proto__', 'c d', '', '('))), (lists) => {
      const tree = parseExpand(lists.map((list) => list.join('.')).join());
      expect(depth(tree)).toBeLessThanOrEqual(6);
      expect(count(tree)).toBeLessThanOrEqual(200);
    }),
    { numRuns: 200 },
  );
});

test('back-relations are read in both spellings', () => {
  expect(parseBackRelation('posts_via_author')).toEqual({ collection: 'posts', field: 'author' });
  expect(parseBackRelation('posts(author)')).toEqual({ collection: 'posts', field: 'author' });
  for (const other of ['posts', '_via_x', 'posts_via_', 'posts()', 'a b_via_c', 'p;_via_x']) {
    expect(parseBackRelation(other)).toBeUndefined();
  }
});
