import fc from 'fast-check';
import type { FilterField } from '../../src/console/pages/records/filter-fields.ts';
import { type FilterRow, opsOf, type RowOp } from '../../src/console/pages/records/filter-rows.ts';
import type { FilterTree } from '../../src/console/pages/records/filter-tree.ts';

/** Values with what quoting could break: quotes, backslashes, wildcards, controls, and much of Unicode. */
const odd = [
  '"',
  "'",
  '\\',
  '%',
  '_',
  '\n',
  '\u0000',
  '\u0001',
  '//',
  '&&',
  '||',
  ')',
  '<',
  '&amp;',
  'é',
  '👩‍🚀',
  ' ',
];
const anyText = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.array(fc.constantFrom(...odd), { minLength: 1 }).map((parts) => parts.join('')),
);
const anyNumber = fc
  .oneof(fc.integer(), fc.double({ min: -1e6, max: 1e6, noNaN: true }))
  .map((value) => value.toFixed(3));
const anyMoment = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date('9000-01-01') })
  .map((date) => date.toISOString().replace('T', ' '));

/** Filters by rows over some fields, with texts that `isText` takes. */
export function filterTrees(
  fields: readonly FilterField[],
  isText: (text: string, op: RowOp) => boolean = () => true,
): fc.Arbitrary<FilterTree> {
  // Paths of a group differ: several times "is" of one path, of which any holds, is "is one of".
  const rows = (minLength: number) =>
    fc
      .uniqueArray(fc.constantFrom(...fields), { minLength, maxLength: 5, selector: ({ path }) => path })
      .chain((some) => fc.tuple(...some.map((field) => rowOf(field, isText))));
  const mode = fc.constantFrom('all' as const, 'any' as const);
  const groups = fc.array(fc.record({ mode, rows: rows(2) }), { maxLength: 3 });
  return (
    fc
      .record({ mode, rows: rows(1), groups })
      // One condition alone has no mode.
      .map(
        (tree): FilterTree => (tree.rows.length + tree.groups.length < 2 ? { ...tree, mode: 'all' } : tree),
      )
  );
}

function rowOf(field: FilterField, isText: (text: string, op: RowOp) => boolean): fc.Arbitrary<FilterRow> {
  return fc.constantFrom(...opsOf(field)).chain((op) => {
    const isList = op === 'oneOf' || op === 'noneOf';
    const [minLength, maxLength] = op === 'empty' || op === 'filled' ? [0, 0] : isList ? [2, 4] : [1, 1];
    return fc
      .uniqueArray(valueFor(field, op, isText), { minLength, maxLength })
      .map((values) => ({ path: field.path, op, values }));
  });
}

function valueFor(
  { kind }: FilterField,
  op: RowOp,
  isText: (text: string, op: RowOp) => boolean,
): fc.Arbitrary<string> {
  if (kind === 'number') return anyNumber;
  if (kind === 'bool') return fc.constantFrom('true', 'false');
  if (kind === 'date') return anyMoment;
  // Only a pattern that goes on can say a backslash at the end.
  const isPattern = op === 'contains' || op === 'lacks' || op === 'starts';
  return anyText.filter((text) => isText(text, op) && (isPattern || !text.endsWith('\\')));
}
