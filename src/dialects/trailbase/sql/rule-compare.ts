import type { CompareOp, Expr, Operand } from '../../../core/index.ts';
import type { SqlOp } from './ast.ts';
import { type Place, SqlProblem } from './problem.ts';
import { folded, lowerAscii, NULL, type RuleValue, type ValueType } from './rule-value.ts';

const NATIVE: Readonly<Record<SqlOp, CompareOp>> = {
  '=': '=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** A comparison of two values that is true exactly when SQL's is. Throws SqlProblem for values that cannot be compared. */
export function compareValues(op: SqlOp, first: RuleValue, second: RuleValue, at: Place): Expr {
  const [left, right] = sameCase(first, second, at);
  const types = typesOf(left, right, at);
  const isOrder = op !== '=' && op !== '<>';
  // The texts that bytes and ids are kept as stand in another order.
  if (isOrder && types.some((type) => type === 'stored' || type === 'integerId'))
    throw new SqlProblem(at, 'these values have no order here; compare with = or <>.');
  return compare(NATIVE[op], left, right, types, at);
}

/** SQLite leaves letter case aside by the column on the left, or by the one there is; only the plainest of it is read. */
function sameCase(left: RuleValue, right: RuleValue, at: Place): readonly [RuleValue, RuleValue] {
  if (left.noCase !== true && right.noCase !== true) return [left, right];
  const column = left.noCase === true ? operandOf(left) : undefined;
  const text = right.type === 'literal' ? right.as('text') : undefined;
  if (column?.kind !== 'path' || text?.kind !== 'text')
    throw new SqlProblem(
      at,
      'a column without letter case is compared with a literal on its right; write lower(…) otherwise.',
    );
  const lower: Operand = { kind: 'text', value: lowerAscii(text.value) };
  return [folded(left, column), { ...right, as: (type) => (type === 'text' ? lower : undefined) }];
}

/** `left [NOT] LIKE 'pattern'`. Throws SqlProblem. */
export function matchText(negated: boolean, left: RuleValue, right: RuleValue, at: Place): Expr {
  if (left.type !== 'text' || right.type !== 'literal' || right.as('text') === undefined)
    throw new SqlProblem(at, 'LIKE is supported between a text column and a literal text.');
  return compare(negated ? '!~' : '~', left, right, ['text', 'text'], at);
}

/** `value IS [NOT] NULL`. Throws SqlProblem. */
export function testNull(value: RuleValue, isNull: boolean, at: Place): Expr {
  const any = value.source !== undefined;
  const operand = operandOf(value);
  if (operand?.kind !== 'path') throw new SqlProblem(at, 'a column is expected before IS NULL.');
  if (value.presence !== undefined) {
    const { holds, fails } = value.presence;
    const test = testNull({ ...value, presence: undefined }, isNull, at);
    return isNull ? { kind: 'or', terms: [test, fails] } : { kind: 'and', terms: [test, holds] };
  }
  if (value.isList) {
    const length: Operand = { ...operand, modifier: 'length' };
    return {
      kind: 'compare',
      op: isNull ? '=' : '>',
      any,
      left: length,
      right: { kind: 'number', text: '0' },
    };
  }
  return { kind: 'compare', op: isNull ? '=' : '!=', strict: true, any, left: operand, right: NULL };
}

/** Whether a number is not zero, or is. Throws SqlProblem. */
export function testTruth(value: RuleValue, wanted: boolean, at: Place): Expr {
  const left = value.as('number');
  if (value.type !== 'number' || left === undefined)
    throw new SqlProblem(at, 'a condition is expected here, or a column of numbers.');
  if (value.isReal === true)
    throw new SqlProblem(at, 'a REAL column is no condition: 0.5 may count as 0; compare it with a number.');
  const right: Operand = { kind: 'number', text: '0' };
  return {
    kind: 'compare',
    op: wanted ? '!=' : '=',
    strict: true,
    any: value.source !== undefined,
    left,
    right,
  };
}

/** Holds always, or never. */
export function constantly(holds: boolean): Expr {
  const one: Operand = { kind: 'number', text: '1' };
  const right: Operand = holds ? one : { kind: 'number', text: '0' };
  return { kind: 'compare', op: '=', strict: true, any: false, left: one, right };
}

function compare(
  op: CompareOp,
  left: RuleValue,
  right: RuleValue,
  [leftType, rightType]: readonly [ValueType, ValueType],
  at: Place,
): Expr {
  const [l, r] = [left.as(leftType), right.as(rightType)];
  if (l === undefined || r === undefined) throw unlike(at);
  const any = left.source !== undefined || right.source !== undefined;
  const isOrder = op === '<' || op === '<=' || op === '>' || op === '>=';
  const test: Expr = { kind: 'compare', op, ...(isOrder ? {} : { strict: true }), any, left: l, right: r };
  const isText = isOrder || op === '~' || op === '!~';
  // The strict operators take '' for NULL themselves; the others have one meaning.
  const guards = isText ? [left, right].filter(({ blankIsNull }) => blankIsNull) : [];
  const present = [left, right].flatMap(({ presence }) => presence?.holds ?? []);
  if (guards.length + present.length === 0) return test;
  return { kind: 'and', terms: [test, ...guards.map((value) => testNull(value, false, at)), ...present] };
}

const LITERAL_TYPES: readonly ValueType[] = ['number', 'text', 'uuid', 'stored'];

/** The types that the two sides are compared as. Throws SqlProblem when the core and SQLite might differ over them. */
function typesOf(left: RuleValue, right: RuleValue, at: Place): readonly [ValueType, ValueType] {
  const [l, r] = [left.type, right.type];
  if (l === 'literal' && r === 'literal') {
    const both = LITERAL_TYPES.find((type) => left.as(type) !== undefined && right.as(type) !== undefined);
    if (both === undefined) throw unlike(at);
    return [both, both];
  }
  if (l === 'literal' || r === 'literal') {
    const type = l === 'literal' ? r : l;
    if (type === 'literal' || type === 'opaque' || type === 'now') throw unlike(at);
    return [type, type];
  }
  // A column of numbers makes a number of the text that the moment is; a value of the request does not.
  if (l === 'now' && r === 'number' && isStored(right)) return [l, r];
  if (r === 'now' && l === 'number' && isStored(left)) return [l, r];
  const isAlike = l === r || (isText(l) && isText(r));
  if (!isAlike || l === 'opaque' || l === 'any' || l === 'now') throw unlike(at);
  return [l, r];
}

function isText(type: ValueType): boolean {
  return type === 'text' || type === 'textId';
}

function isStored({ origin }: RuleValue): boolean {
  return origin === 'row' || origin === 'sub';
}

function operandOf(value: RuleValue): Operand | undefined {
  return value.type === 'literal' ? undefined : value.as(value.type);
}

function unlike(at: Place): SqlProblem {
  return new SqlProblem(at, 'the two sides are of types that cannot be compared here.');
}
