import type { CompareOp, Expr, Operand } from '../../../core/index.ts';
import type { FilterField } from './filter-fields.ts';

/** How a value is compared. */
export const rowOps = [
  ...(['contains', 'lacks', 'is', 'isnt', 'starts', 'ends', 'more', 'atLeast', 'less', 'atMost'] as const),
  ...(['oneOf', 'noneOf', 'empty', 'filled'] as const),
] as const;

/** One of {@link rowOps}. */
export type RowOp = (typeof rowOps)[number];

/** One condition. The values are as the language means them: numbers in digits, `true` or `false`, moments as they are stored. */
export interface FilterRow {
  readonly path: string;
  readonly op: RowOp;
  /** None for `empty` and `filled`, at least two for `oneOf` and `noneOf`, else one. */
  readonly values: readonly string[];
}

/** Finds what a path leads to. */
export type FindField = (path: string) => FilterField | undefined;

const kindOps = {
  ...{ text: ['contains', 'lacks', 'is', 'isnt', 'starts', 'ends', 'oneOf', 'noneOf'] },
  ...{ exact: ['is', 'isnt', 'oneOf', 'noneOf'], choice: ['is', 'isnt', 'oneOf', 'noneOf'] },
  ...{
    relation: ['is', 'isnt', 'oneOf', 'noneOf'],
    bool: ['is'],
    date: ['more', 'atLeast', 'less', 'atMost'],
  },
  ...{ number: ['is', 'isnt', 'more', 'atLeast', 'less', 'atMost', 'oneOf', 'noneOf'] },
  ...{ file: ['contains', 'lacks'], json: ['contains', 'lacks'] },
} as const satisfies Record<FilterField['kind'], readonly RowOp[]>;

const signs: Partial<Record<RowOp, CompareOp>> = {
  ...{ contains: '~', lacks: '!~', starts: '~', ends: '~', is: '=', isnt: '!=', oneOf: '=', noneOf: '!=' },
  ...{ more: '>', atLeast: '>=', less: '<', atMost: '<=' },
};
/** What is said of several values: that one of them is so, or that none is. */
const opposites: Partial<Record<RowOp, RowOp>> = { isnt: 'is', lacks: 'contains' };

/** The comparisons that a field has. */
export function opsOf({ kind, isMany, nothing }: FilterField): readonly RowOp[] {
  const ops: readonly RowOp[] = kindOps[kind];
  const own = isMany ? ops.filter((op) => op !== 'oneOf' && op !== 'noneOf') : ops;
  return nothing === undefined ? own : [...own, 'empty', 'filled'];
}

/** A row as an expression. */
export function rowExpr(field: FilterField, { op, values }: FilterRow): Expr {
  if (op === 'empty' || op === 'filled') return nothingExpr(field, op === 'empty');
  const positive = field.isMany ? opposites[op] : undefined;
  if (positive !== undefined) return { kind: 'not', term: compare(field, positive, values[0] ?? '') };
  const [only, ...more] = values.map((value) => compare(field, op, value));
  if (only !== undefined && more.length === 0) return only;
  return { kind: op === 'oneOf' ? 'or' : 'and', terms: only === undefined ? [] : [only, ...more] };
}

function compare(field: FilterField, op: RowOp, value: string): Expr {
  return {
    ...{ kind: 'compare', op: signs[op] ?? '=', any: field.isMany },
    left: { kind: 'path', path: field.path },
    right: operand(field, op, value),
  };
}

function operand({ kind }: FilterField, op: RowOp, value: string): Operand {
  switch (kind) {
    case 'number':
      return { kind: 'number', text: value };
    case 'bool':
      return { kind: 'path', path: value === 'true' ? 'true' : 'false' };
    default:
      return { kind: 'text', value: signs[op] === '~' || signs[op] === '!~' ? pattern(op, value) : value };
  }
}

function nothingExpr({ path, nothing }: FilterField, isEmpty: boolean): Expr {
  const all = { kind: 'compare', any: false } as const;
  if (nothing === 'length') {
    const left = { kind: 'path', path, modifier: 'length' } as const;
    return { ...all, op: isEmpty ? '=' : '>', left, right: { kind: 'number', text: '0' } };
  }
  const right: Operand = nothing === 'null' ? { kind: 'path', path: 'null' } : { kind: 'text', value: '' };
  return { ...all, op: isEmpty ? '=' : '!=', left: { kind: 'path', path }, right };
}

/** The row that an expression is; undefined where it is none. */
export function readRow(expr: Expr, find: FindField): FilterRow | undefined {
  switch (expr.kind) {
    case 'compare':
      return readComparison(expr, find);
    case 'not': {
      const row = readRow(expr.term, find);
      const [op] = Object.entries(opposites).find(([, positive]) => positive === row?.op) ?? [];
      const negative = rowOps.find((one) => one === op);
      return row && negative && find(row.path)?.isMany ? { ...row, op: negative } : undefined;
    }
    case 'and':
    case 'or':
      return readList(expr.kind === 'or' ? 'oneOf' : 'noneOf', expr.terms, find);
    default:
      return undefined;
  }
}

function readList(op: RowOp, terms: readonly Expr[], find: FindField): FilterRow | undefined {
  const single = op === 'oneOf' ? 'is' : 'isnt';
  const rows = terms.map((term) => (term.kind === 'compare' ? readComparison(term, find) : undefined));
  const path = rows[0]?.path ?? '';
  const field = find(path);
  if (field === undefined || !opsOf(field).includes(op)) return undefined;
  const values = rows.flatMap((row) => (row?.path === path && row.op === single ? row.values : []));
  return values.length === terms.length ? { path, op, values } : undefined;
}

function readComparison(expr: Extract<Expr, { kind: 'compare' }>, find: FindField): FilterRow | undefined {
  const { left, right, strict, any, op } = expr;
  if (left.kind !== 'path' || strict === true) return undefined;
  const field = find(left.path);
  if (field === undefined) return undefined;
  const { path } = field;
  for (const nothing of ['empty', 'filled'] as const) {
    const isSame = field.nothing && isSameComparison(expr, nothingExpr(field, nothing === 'empty'));
    if (isSame) return { path, op: nothing, values: [] };
  }
  if (left.modifier !== undefined || any !== field.isMany) return undefined;
  const read = readOperand(field, right, op);
  return read && opsOf(field).includes(read.op) ? { path, op: read.op, values: [read.value] } : undefined;
}

function isSameComparison(one: Extract<Expr, { kind: 'compare' }>, other: Expr): boolean {
  return other.kind === 'compare' && spelling(one) === spelling(other);
}

function spelling({ op, any, left, right }: Extract<Expr, { kind: 'compare' }>): string {
  return JSON.stringify([op, any, sideOf(left), sideOf(right)]);
}

function sideOf(side: Operand): readonly unknown[] {
  switch (side.kind) {
    case 'number':
      return ['number', side.text];
    case 'text':
      return ['text', side.value];
    case 'path':
      return ['path', side.path, side.modifier];
    case 'call':
      return ['call'];
  }
}

function readOperand(
  { kind }: FilterField,
  right: Operand,
  sign: CompareOp,
): { readonly op: RowOp; readonly value: string } | undefined {
  const named = rowOps.find((op) => signs[op] === sign);
  if (named === undefined || right.kind === 'call') return undefined;
  if (kind === 'number') return right.kind === 'number' ? { op: named, value: right.text } : undefined;
  if (kind === 'bool') {
    const isWord = right.kind === 'path' && (right.path === 'true' || right.path === 'false');
    return isWord ? { op: named, value: right.path } : undefined;
  }
  if (right.kind !== 'text' || right.value === '') return undefined;
  if (kind === 'date' && Number.isNaN(Date.parse(right.value.replace(' ', 'T')))) return undefined;
  if (sign !== '~' && sign !== '!~') return { op: named, value: right.value };
  const found = readPattern(right.value);
  if (found === undefined || sign === '~') return found;
  return found.op === 'contains' ? { op: 'lacks', value: found.value } : undefined;
}

/** What `~` takes for a text as it is: it searches for it anywhere, unless a wildcard says where. */
function pattern(op: RowOp, value: string): string {
  const escaped = value.replace(/[\\%_]/g, '\\$&');
  if (op === 'starts') return `${escaped}%`;
  if (op === 'ends') return `%${escaped}`;
  // No text of the language ends in a backslash.
  return escaped.endsWith('\\') ? `%${escaped}%` : escaped;
}

/** The text that a pattern looks for, and where; undefined for wildcards in between. */
function readPattern(text: string): { readonly op: RowOp; readonly value: string } | undefined {
  const plain = (escaped: string) => escaped.replace(/\\([\\%_])/g, '$1');
  if (/^(?:\\.|[^\\%])*\\?$/s.test(text)) return { op: 'contains', value: plain(text) };
  const [all, before, inner = '', after] = /^(%?)((?:\\[\\%_]|[^\\%_])*)(%?)$/s.exec(text) ?? [];
  if (all === undefined || inner === '') return undefined;
  return { op: before === '' ? 'starts' : after === '' ? 'ends' : 'contains', value: plain(inner) };
}
