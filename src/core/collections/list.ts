import { AppError } from '../errors.ts';
import type { CompareExpr, Expr, Operand } from '../filter/ast.ts';
import { FilterError, parseFilter, parseSort } from '../filter/index.ts';
import type { Collection } from './collection.ts';
import type { CollectionListQuery, CollectionPage } from './collections.ts';

const MAX_PER_PAGE = 1000;
const DEFAULT_PER_PAGE = 30;

/** The columns that a list may be filtered and sorted by. */
const columns: Readonly<Record<string, (collection: Collection) => string | boolean>> = {
  id: ({ id }) => id,
  created: ({ created }) => created,
  updated: ({ updated }) => updated,
  name: ({ name }) => name,
  system: ({ system }) => system,
  type: ({ type }) => type,
};

/**
 * A page of collections. They are few and in memory already, so the filter's tree is evaluated here. Throws `invalid`
 * reason `bad_filter` for what cannot be read, or speaks of anything but the six columns and plain values.
 */
export function listCollections(all: readonly Collection[], query: CollectionListQuery): CollectionPage {
  const perPage = query.perPage < 1 ? DEFAULT_PER_PAGE : Math.min(query.perPage, MAX_PER_PAGE);
  const page = Math.max(1, query.page);
  const found = sorted(filtered(all, query.filter ?? ''), query.sort ?? '');
  return {
    items: found.slice((page - 1) * perPage, page * perPage),
    page,
    perPage,
    totalItems: query.skipTotal ? -1 : found.length,
    totalPages: query.skipTotal ? -1 : Math.ceil(found.length / perPage),
  };
}

function filtered(all: readonly Collection[], filter: string): readonly Collection[] {
  if (filter.trim() === '') return all;
  const expr = readable(() => parseFilter(filter));
  // Every operand is looked at even when there is nothing to filter, so that a wrong one is always an error.
  const test = compile(expr);
  return all.filter(test);
}

function sorted(found: readonly Collection[], sort: string): readonly Collection[] {
  const keys = readable(() => parseSort(sort)).map(({ path, descending }) => {
    const read =
      path === '@rowid' ? columns.created : Object.hasOwn(columns, path) ? columns[path] : undefined;
    if (read === undefined) throw badFilter();
    return { read, sign: descending ? -1 : 1 };
  });
  return found.toSorted((a, b) => {
    for (const { read, sign } of keys) {
      const order = compare(read(a), read(b));
      if (order !== 0) return order * sign;
    }
    return 0;
  });
}

type Test = (collection: Collection) => boolean;
type Value = string | number | boolean | null;

function compile(expr: Expr): Test {
  if (expr.kind === 'compare') return compileComparison(expr);
  if (expr.kind === 'not') {
    const term = compile(expr.term);
    return (collection) => !term(collection);
  }
  if (expr.kind === 'match' || expr.kind === 'among') throw badFilter();
  const terms = expr.terms.map(compile);
  return expr.kind === 'and'
    ? (collection) => terms.every((test) => test(collection))
    : (collection) => terms.some((test) => test(collection));
}

function compileComparison({ op, strict, left, right }: CompareExpr): Test {
  // Here null and '' are one, which is what the strict operators would set apart.
  if (strict) throw badFilter();
  const a = compileOperand(left);
  const b = compileOperand(right);
  return (collection) => {
    const [x, y] = [a(collection), b(collection)];
    switch (op) {
      case '=':
        return compare(x, y) === 0;
      case '!=':
        return compare(x, y) !== 0;
      case '~':
        return isLike(x, y);
      case '!~':
        return !isLike(x, y);
      case '>':
        return compare(x, y) > 0;
      case '>=':
        return compare(x, y) >= 0;
      case '<':
        return compare(x, y) < 0;
      case '<=':
        return compare(x, y) <= 0;
    }
  };
}

function compileOperand(operand: Operand): (collection: Collection) => Value {
  if (operand.kind === 'number') return () => Number(operand.text);
  if (operand.kind === 'text') return () => operand.value;
  if (operand.kind === 'call' || operand.modifier !== undefined) throw badFilter();
  const read = Object.hasOwn(columns, operand.path) ? columns[operand.path] : undefined;
  if (read !== undefined) return read;
  const literal = operand.path.toLowerCase();
  if (literal === 'null') return () => null;
  if (literal === 'true' || literal === 'false') return () => literal === 'true';
  throw badFilter();
}

/** Blank, null and absent are the same; booleans are 1 and 0. */
function compare(a: Value, b: Value): number {
  const [x, y] = [plain(a), plain(b)];
  if (typeof x === 'number' && typeof y === 'number') return x - y;
  const [s, t] = [String(x), String(y)];
  return s < t ? -1 : s > t ? 1 : 0;
}

function plain(value: Value): string | number {
  if (value === null) return '';
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Contains, without ASCII case; `%` on the right stands for anything. */
function isLike(value: Value, pattern: Value): boolean {
  const text = String(plain(value)).toLowerCase();
  const wanted = String(plain(pattern)).toLowerCase();
  if (!wanted.includes('%')) return text.includes(wanted);
  const parts = wanted.split('%');
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FilterError) throw badFilter(error);
    throw error;
  }
}

function badFilter(cause?: unknown): AppError {
  return new AppError('invalid', { reason: 'bad_filter', cause });
}
