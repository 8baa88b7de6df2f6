import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { openTestCore, type TestCore } from '../../../../test/support/core.ts';
import { filterTrees } from '../../../../test/support/filter-trees.ts';
import { systemActor } from '../../../core/actor.ts';
import { FilterError } from '../../../core/index.ts';
import { type FilterField, filterFields, findFilterField } from './filter-fields.ts';
import { opsOf, type RowOp } from './filter-rows.ts';
import { type FilterTree, printTree, readTree } from './filter-tree.ts';

let world: TestCore;

beforeAll(async () => {
  world = await openTestCore();
  const { collections, records } = world.core;
  const makers = await collections.create(systemActor, {
    ...{ name: 'makers', type: 'base' },
    fields: [{ name: 'name', type: 'text', presentable: true }],
  });
  const works = await collections.create(systemActor, {
    ...{ name: 'works', type: 'base' },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'price', type: 'number' },
      { name: 'sold', type: 'bool' },
      { name: 'shown', type: 'date' },
      { name: 'size', type: 'select', values: ['S', 'M', 'L'], maxSelect: 1 },
      { name: 'styles', type: 'select', values: ['Oil', 'Ink', 'Oak'], maxSelect: 3 },
      { name: 'maker', type: 'relation', collectionId: makers.id, maxSelect: 1 },
      { name: 'owners', type: 'relation', collectionId: makers.id, maxSelect: 5 },
      { name: 'facts', type: 'json' },
      { name: 'made', type: 'autodate', onCreate: true },
    ],
  });
  const made = await Promise.all(
    ['Ada', 'Mia'].map((name) =>
      records.create(systemActor, makers, { name, id: `${name}000000000000`.toLowerCase() }),
    ),
  );
  const [ada = '', mia = ''] = made.map(({ values }) => String(values.id));
  const full = {
    ...{ title: "100% O'Hara\\", price: 5, sold: true, shown: '2026-03-01 10:00:00.000Z', size: 'S' },
    ...{ styles: ['Oil', 'Ink'], maker: ada, owners: [ada, mia], facts: { a: 'blue' } },
  };
  await records.create(systemActor, works, full);
  const some = { title: 'a_b', price: -1.5, size: 'L', styles: ['Ink'], maker: mia, owners: [mia] };
  await records.create(systemActor, works, some);
  await records.create(systemActor, works, { title: '' });
});
afterAll(() => world.close());

const works = () => world.core.collections.get('works');
const find = (path: string) => findFilterField(world.core.collections.schema, works(), path);

function theField(path: string): FilterField {
  const field = find(path);
  if (field === undefined) throw new Error(`no field ${path}`);
  return field;
}

/** Prices of the records that a row finds. */
async function found(path: string, op: RowOp, ...values: string[]) {
  expect(opsOf(theField(path))).toContain(op);
  const filter = printTree({ mode: 'all', rows: [{ path, op, values }], groups: [] }, find);
  expect(readTree(filter, find)).toEqual({ mode: 'all', rows: [{ path, op, values }], groups: [] });
  const { items } = await world.core.records.list(systemActor, works(), { page: 1, perPage: 9, filter });
  return items.map((record) => record.values.price).sort();
}

describe('a row finds', () => {
  const [full, some, none] = [5, -1.5, 0];
  test.each<[string, RowOp, string[], number[]]>([
    ['title', 'contains', ['%'], [full]],
    ['title', 'contains', ["o'h"], [full]],
    ['title', 'contains', ['a\\'], [full]],
    ['title', 'contains', ['_'], [some]],
    ['title', 'lacks', ['_'], [none, full]],
    ['title', 'starts', ['100%'], [full]],
    ['title', 'starts', ['00'], []],
    ['title', 'ends', ['_b'], [some]],
    ['title', 'is', ['a_b'], [some]],
    ['title', 'isnt', ['a_b'], [none, full]],
    ['title', 'oneOf', ['a_b', 'x'], [some]],
    ['title', 'noneOf', ['a_b', 'x'], [none, full]],
    ['title', 'empty', [], [none]],
    ['title', 'filled', [], [some, full]],
    ['price', 'is', ['-1.5'], [some]],
    ['price', 'isnt', ['5'], [some, none]],
    ['price', 'more', ['0'], [full]],
    ['price', 'atLeast', ['0'], [none, full]],
    ['price', 'less', ['0'], [some]],
    ['price', 'atMost', ['0'], [some, none]],
    ['price', 'oneOf', ['5', '-1.5'], [some, full]],
    ['sold', 'is', ['true'], [full]],
    ['sold', 'is', ['false'], [some, none]],
    ['shown', 'more', ['2026-03-01 09:00:00.000Z'], [full]],
    ['shown', 'less', ['2027-03-01 09:00:00.000Z'], [some, none, full]],
    ['shown', 'empty', [], [some, none]],
    ['shown', 'filled', [], [full]],
    ['made', 'atLeast', ['2029-01-01 00:00:00.000Z'], [some, none, full]],
    ['size', 'is', ['S'], [full]],
    ['size', 'oneOf', ['S', 'L'], [some, full]],
    ['size', 'empty', [], [none]],
    ['styles', 'is', ['Oil'], [full]],
    ['styles', 'is', ['Ink'], [some, full]],
    ['styles', 'isnt', ['Oil'], [some, none]],
    ['styles', 'empty', [], [none]],
    ['styles', 'filled', [], [some, full]],
    ['maker', 'is', ['ada000000000000'], [full]],
    ['maker', 'isnt', ['ada000000000000'], [some, none]],
    ['maker', 'oneOf', ['ada000000000000', 'mia000000000000'], [some, full]],
    ['maker', 'empty', [], [none]],
    ['maker.name', 'contains', ['mi'], [some]],
    ['maker.name', 'is', ['Ada'], [full]],
    ['owners', 'is', ['ada000000000000'], [full]],
    ['owners', 'isnt', ['ada000000000000'], [some, none]],
    ['owners', 'empty', [], [none]],
    ['owners', 'filled', [], [some, full]],
    ['owners.name', 'contains', ['ad'], [full]],
    ['owners.name', 'isnt', ['Ada'], [some, none]],
    ['owners.name', 'lacks', ['mi'], [none]],
    ['facts', 'contains', ['blue'], [full]],
    ['facts', 'empty', [], [some, none]],
    ['facts', 'filled', [], [full]],
  ])('%s %s %j', async (path, op, values, prices) => {
    expect(await found(path, op, ...values)).toEqual([...prices].sort());
  });
});

test('what is built parses back to the same rows, whatever is typed', () => {
  const trees = filterTrees(filterFields(world.core.collections.schema, works()));
  fc.assert(
    fc.property(trees, (tree) => {
      const text = printTree(tree, find);
      // A text of the language has its own bound.
      fc.pre(text.length <= 3500);
      expect(readTree(text, find)).toEqual(tree);
    }),
    { numRuns: 500 },
  );
});

test.each([
  'title = price',
  '@request.auth.id = title',
  'title = @now',
  'geoDistance(1, 2, 3, 4) < 5',
  '!(title = "a")',
  "title == 'a'",
  "title ?= 'a'",
  "styles = 'Oil'",
  "title ~ 'a%b'",
  "title ~ 'a_b%'",
  "title:lower = 'a'",
  "price = '5'",
  'sold != true',
  "shown = 'never'",
  "nothing = 'a'",
  "tokenKey = 'a'",
  "title = 'a' && (price = 1 || (price = 2 && sold = true))",
])('rows do not show %p, which means something else', (text) => {
  expect(readTree(text, find)).toBeUndefined();
});

test.each([
  ["'a' = title", undefined],
  ["title ~ 'a_b'", { path: 'title', op: 'contains', values: ['a_b'] }],
  ["title ~ '%a%'", { path: 'title', op: 'contains', values: ['a'] }],
  ["made > '2026-01-01'", { path: 'made', op: 'more', values: ['2026-01-01'] }],
  ['title = "a\\"b"', { path: 'title', op: 'is', values: ['a"b'] }],
] as const)('rows show %p', (text, row) => {
  expect(readTree(text, find)?.rows[0]).toEqual(row && { ...row, values: [...row.values] });
});

test('a text that cannot be spelled is refused, and never spelled otherwise', () => {
  const tree = (op: RowOp): FilterTree => ({
    mode: 'all',
    rows: [{ path: 'title', op, values: ['C:\\'] }],
    groups: [],
  });
  for (const op of ['is', 'isnt', 'ends'] as const)
    expect(() => printTree(tree(op), find)).toThrow(FilterError);
});
