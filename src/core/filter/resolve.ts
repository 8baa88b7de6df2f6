import type { AmongExpr, CompareExpr, Expr, Operand } from './ast.ts';
import { badFilter } from './bad-filter.ts';
import type { Literal } from './bound.ts';
import type { Comparison } from './compare.ts';
import type { Context } from './context.ts';
import type { Frame } from './frame.ts';
import { functionValue } from './functions.ts';
import { macros } from './macros.ts';
import { numberOf } from './numbers.ts';
import { resolvePath } from './paths.ts';
import { falseValue, literalValue, nullLiteral, trueValue, type Value } from './value.ts';

/** An expression whose names are resolved. `shared`: keys of multi-valued rows of which any one must satisfy it. */
export type Resolved =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Resolved[]; readonly shared: ReadonlySet<string> }
  /** Closed: it shares no row with its surroundings. */
  | { readonly kind: 'not'; readonly term: Resolved; readonly shared: ReadonlySet<string> }
  | {
      readonly kind: 'compare';
      readonly comparison: Comparison;
      /** Sides of which every value is asked. */
      readonly everyLeft: boolean;
      readonly everyRight: boolean;
      readonly shared: ReadonlySet<string>;
    };

/** Trees of other grammars are bounded too: SQLite parses a depth of 1000, and each level costs several. */
const MAX_DEPTH = 64;
const MAX_CALLS = 3;

/**
 * Resolves the names of an expression.
 *
 * @throws AppError `invalid` reason `bad_filter`, `forbidden` reason `superusers_filter`.
 */
export function resolveExpr(context: Context, expr: Expr, depth = 0): Resolved {
  if (depth > MAX_DEPTH) throw badFilter('expression too deep');
  switch (expr.kind) {
    case 'and':
    case 'or': {
      const terms = expr.terms.map((term) => resolveExpr(context, term, depth + 1));
      if (terms.length === 0) throw badFilter('empty expression');
      return { kind: expr.kind, terms, shared: new Set(terms.flatMap(({ shared }) => [...shared])) };
    }
    case 'not': {
      // Rows inside are others than those of the same path outside, or of the next `!( … )`.
      const closed = { ...context, closure: `${context.closure}!${context.rows.size}` };
      return { kind: 'not', term: resolveExpr(closed, expr.term, depth + 1), shared: new Set() };
    }
    case 'compare':
      return resolveComparison(context, expr);
    case 'among':
      return resolveAmong(context, expr);
    case 'match':
      throw badFilter(`the test ${expr.test} cannot be part of a statement`);
  }
}

function resolveComparison(context: Context, expr: CompareExpr): Resolved {
  const anyElement = { ...context, anyElement: true };
  // Arguments of functions are never lists of values.
  const side = (operand: Operand) =>
    resolveOperand(expr.any && operand.kind === 'path' ? anyElement : context, operand, 0);
  const [left, right] = [side(expr.left), side(expr.right)];
  const every = (side: Value) => !expr.any && side.everyValue && side.multi.length > 0;
  const [everyLeft, everyRight] = [every(left), every(right)];
  const shared = new Set([...(everyLeft ? [] : left.multi), ...(everyRight ? [] : right.multi)]);
  return {
    kind: 'compare',
    comparison: { op: expr.op, strict: expr.strict === true, left, right },
    everyLeft,
    everyRight,
    shared,
  };
}

/** A strict comparison with each item of a list. */
function resolveAmong(context: Context, { path, values }: AmongExpr): Resolved {
  const plain = resolvePath(context, path, undefined);
  const { row, column } = plain;
  if (plain.multi.length > 0 || row === undefined || column === undefined) {
    throw badFilter(`"${path}" has no stored value of its own`);
  }
  const left = { ...plain, sql: (frame: Frame) => frame.column(row, column) };
  const right = { ...literal(context, values, values.value), isList: true };
  const comparison = { op: '=', strict: true, left, right } as const;
  return { kind: 'compare', comparison, everyLeft: false, everyRight: false, shared: new Set() };
}

function resolveOperand(context: Context, operand: Operand, depth: number): Value {
  switch (operand.kind) {
    case 'number':
      return literal(context, operand, numberOf(operand.text));
    case 'text':
      return literal(context, operand, operand.value);
    case 'call':
      if (depth >= MAX_CALLS) throw badFilter('too many nested functions');
      return functionValue(operand.name, operand.args, (arg) => resolveOperand(context, arg, depth + 1));
    case 'path':
      return (
        (operand.modifier === undefined ? constant(context, operand.path) : undefined) ??
        resolvePath(context, operand.path, operand.modifier)
      );
  }
}

function literal(context: Context, operand: Operand, value: Literal): Value {
  const slot = context.slots.get(operand);
  if (slot === undefined || value === '') return literalValue(value);
  return context.placeholders.value(`literal${slot}`, 'never', ({ literals }) => literals[slot]);
}

/** Fields cannot be named like a constant. */
function constant(context: Context, path: string): Value | undefined {
  const macro = macros.get(path);
  if (macro) return context.placeholders.value(path, 'never', ({ call }) => macro(call.now));
  if (path.length > 5) return undefined;
  switch (path.toLowerCase()) {
    case 'null':
      return nullLiteral;
    case 'true':
      return trueValue;
    case 'false':
      return falseValue;
    default:
      return undefined;
  }
}
