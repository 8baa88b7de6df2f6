import type { CompareOp, Expr } from '../../core/index.ts';
import type { Api, ApiColumn } from './api.ts';
import { TrailBaseError } from './errors.ts';
import type { FilterNode } from './filter-keys.ts';
import { typedOperand, type WireOperand } from './filter-values.ts';

/** Bounds of one filter (specs/trailbase.md 5, SECURITY-REQUIREMENTS 2.2). */
const MAX_DEPTH = 5;
const MAX_TERMS = 200;

/**
 * The tree that a filter means, of strict comparisons (SQL's own); undefined for no filter. 400 `Invalid query` for what is
 * not of the grammar, `Invalid filter params` for unknown or write-only columns and values of another type.
 */
export function filterTree(api: Api, root: FilterNode): Expr | undefined {
  if (root.values.length > 0) throw invalidQuery();
  if (root.children.size === 0) return undefined;
  return new Reader(api).conditions(root, 0);
}

/** Two conditions that must both hold; either may be none. */
export function both(first: Expr | undefined, second: Expr | undefined): Expr | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return { kind: 'and', terms: [first, second] };
}

const COMPARISONS: Readonly<Record<string, CompareOp>> = {
  $eq: '=',
  $ne: '!=',
  $gt: '>',
  $gte: '>=',
  $lt: '<',
  $lte: '<=',
};

const GEOMETRY_TESTS = { '@within': 'within', '@intersects': 'intersects', '@contains': 'contains' } as const;

/** Columns of several values, of which one is enough. */
const LISTS: ReadonlySet<ApiColumn['kind']> = new Set(['texts', 'references', 'files'] as const);

const EMPTY_FOR_NULL: ReadonlySet<ApiColumn['kind']> = new Set(['reference', 'date', 'file'] as const);

class Reader {
  readonly #api: Api;
  #terms = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Columns and groups side by side: all must hold. */
  conditions(node: FilterNode, depth: number): Expr {
    if (node.values.length > 0) throw invalidQuery();
    const terms = [...node.children].map(([name, child]) =>
      name === '$and' || name === '$or' ? this.#group(name, child, depth + 1) : this.#column(name, child),
    );
    return joined('and', terms);
  }

  /** Elements by index, which may come in any order. */
  #group(name: '$and' | '$or', node: FilterNode, depth: number): Expr {
    if (depth > MAX_DEPTH || node.values.length > 0) throw invalidQuery();
    const elements = [...node.children].map(([index, child]) => {
      if (!/^\d{1,4}$/.test(index)) throw invalidQuery();
      return { at: Number(index), child };
    });
    elements.sort((a, b) => a.at - b.at);
    const terms = elements.map(({ child }) => this.conditions(child, depth));
    return joined(name === '$or' ? 'or' : 'and', terms);
  }

  #column(name: string, node: FilterNode): Expr {
    if (!/^[\w.-]+$/.test(name)) throw invalidQuery();
    const column = this.#api.byName.get(name);
    if (column === undefined || column.writeOnly) throw invalidParams();
    const terms = node.values.map((value) => this.#operation(column, '$eq', value));
    for (const [operator, child] of node.children) {
      if (child.children.size > 0) throw invalidQuery();
      for (const value of child.values) terms.push(this.#operation(column, operator, value));
    }
    return joined('and', terms);
  }

  #operation(column: ApiColumn, operator: string, value: string): Expr {
    if (++this.#terms > MAX_TERMS) throw invalidQuery();
    const { name: path } = column.field;
    const any = LISTS.has(column.kind);
    if (operator === '$is') return isNull(path, value, any);
    if (operator === '$like') return comparison(path, '~', { kind: 'text', value }, any);
    if (operator === '$re') return regexp(column, value);
    if (isGeometryTest(operator)) return geometryMatch(column, operator, value);
    const op = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
    if (op === undefined) throw invalidQuery();
    const operand = typedOperand(this.#api, column, value);
    if (operand === undefined) throw invalidParams();
    const comparisons = [comparison(path, op, operand, any)];
    // Columns of any type may hold a number or its digits as text, and the query does not say which it means.
    if (column.kind === 'any' && operand.kind === 'number' && (op === '=' || op === '!='))
      comparisons.push(comparison(path, op, { kind: 'text', value }, any));
    return joined(op === '=' ? 'or' : 'and', comparisons);
  }
}

function comparison(path: string, op: CompareOp, right: WireOperand, any: boolean): Expr {
  return { kind: 'compare', op, strict: true, any, left: { kind: 'path', path }, right };
}

function isNull(path: string, value: string, any: boolean): Expr {
  if (value !== 'NULL' && value !== '!NULL') throw invalidParams();
  return comparison(path, value === 'NULL' ? '=' : '!=', { kind: 'path', path: 'null' }, any);
}

/** Null matches no pattern, in columns that hold '' for it as well. */
function regexp({ field, kind }: ApiColumn, value: string): Expr {
  const { name: path } = field;
  const test: Expr = { kind: 'match', test: 'regexp', path, value };
  return EMPTY_FOR_NULL.has(kind) ? joined('and', [isNull(path, '!NULL', false), test]) : test;
}

function isGeometryTest(operator: string): operator is keyof typeof GEOMETRY_TESTS {
  return Object.hasOwn(GEOMETRY_TESTS, operator);
}

function geometryMatch(
  { kind, field }: ApiColumn,
  operator: keyof typeof GEOMETRY_TESTS,
  value: string,
): Expr {
  if ((kind !== 'geometry' && kind !== 'point') || /[;']/.test(value)) throw invalidParams();
  return { kind: 'match', test: GEOMETRY_TESTS[operator], path: field.name, value };
}

function joined(kind: 'and' | 'or', terms: readonly Expr[]): Expr {
  const [first] = terms;
  if (first === undefined) throw invalidQuery();
  return terms.length === 1 ? first : { kind, terms };
}

function invalidQuery(): TrailBaseError {
  return new TrailBaseError(400, 'Invalid query');
}

function invalidParams(): TrailBaseError {
  return new TrailBaseError(400, 'Invalid filter params');
}
