import { type Expr, parseFilter, printFilter } from '../../../core/index.ts';
import { type FilterRow, type FindField, readRow, rowExpr } from './filter-rows.ts';

/** Rows of which all, or any, must hold. */
export interface RowGroup {
  readonly mode: 'all' | 'any';
  readonly rows: readonly FilterRow[];
}

/** A filter by rows: its own, and groups of others, one level deep. */
export interface FilterTree extends RowGroup {
  readonly groups: readonly RowGroup[];
}

/**
 * A filter as text, in the order of its rows; '' for one without rows. The path of every row must be one that `find` knows.
 *
 * @throws FilterError for a text that the language cannot spell: one that ends in a backslash.
 */
export function printTree({ mode, rows, groups }: FilterTree, find: FindField): string {
  const terms = [
    ...exprs(rows, find),
    ...groups.flatMap((group) => joined(group.mode, exprs(group.rows, find))),
  ];
  const whole = joined(mode, terms);
  return whole.map(printFilter).join('');
}

function exprs(rows: readonly FilterRow[], find: FindField): readonly Expr[] {
  return rows.flatMap((row) => {
    const field = find(row.path);
    return field === undefined ? [] : [rowExpr(field, row)];
  });
}

function joined(mode: RowGroup['mode'], terms: readonly Expr[]): readonly Expr[] {
  return terms.length < 2 ? terms : [{ kind: mode === 'all' ? 'and' : 'or', terms }];
}

/**
 * The rows of a filter; undefined where rows cannot say it: functions, what the request is asked, groups within groups.
 *
 * @throws FilterError for text that is no filter.
 */
export function readTree(text: string, find: FindField): FilterTree | undefined {
  if (text.trim() === '') return { mode: 'all', rows: [], groups: [] };
  const expr = parseFilter(text);
  const row = readRow(expr, find);
  if (row !== undefined) return { mode: 'all', rows: [row], groups: [] };
  if (expr.kind !== 'and' && expr.kind !== 'or') return undefined;
  const rows: FilterRow[] = [];
  const groups: RowGroup[] = [];
  for (const term of expr.terms) {
    const one = readRow(term, find);
    const group = one === undefined ? readGroup(term, find) : undefined;
    if (one !== undefined) rows.push(one);
    else if (group !== undefined) groups.push(group);
    else return undefined;
  }
  return { mode: modeOf(expr.kind), rows, groups };
}

function readGroup(expr: Expr, find: FindField): RowGroup | undefined {
  if (expr.kind !== 'and' && expr.kind !== 'or') return undefined;
  const rows = expr.terms.flatMap((term) => readRow(term, find) ?? []);
  return rows.length === expr.terms.length ? { mode: modeOf(expr.kind), rows } : undefined;
}

function modeOf(kind: 'and' | 'or'): RowGroup['mode'] {
  return kind === 'and' ? 'all' : 'any';
}
