import { type SQL, sql } from 'drizzle-orm';
import type { CompareOp } from './ast.ts';
import type { Side } from './compare.ts';
import { nullLiteral, type Value } from './value.ts';

/**
 * A comparison with SQL's own meaning: NULL where a side is NULL, except that the literal `null` asks IS NULL. Where `''`
 * stands for no value it is NULL, on both sides: a relation to nobody is not the relation of somebody who has none.
 */
export function strictSql(op: CompareOp, left: Side, right: Side): SQL {
  if (op === '=' || op === '!=') {
    if (right.value === nullLiteral) return nullTest(left, op === '!=');
    if (left.value === nullLiteral) return nullTest(right, op === '!=');
  }
  if (right.value.isList === true) return amongSql(left, right);
  switch (op) {
    case '=':
      return equalSql(left, right);
    case '!=':
      return sql`${valued(left)} <> ${valued(right)}`;
    case '~':
      return sql`${valued(left)} GLOB ${globOf(right)}`;
    case '!~':
      return sql`${valued(left)} NOT GLOB ${globOf(right)}`;
    case '>':
      return sql`${valued(left)} > ${valued(right)}`;
    case '>=':
      return sql`${valued(left)} >= ${valued(right)}`;
    case '<':
      return sql`${valued(left)} < ${valued(right)}`;
    case '<=':
      return sql`${valued(left)} <= ${valued(right)}`;
  }
}

/** A value that is compared with a column left as it is: NULL for `''` if either of them means that. */
export function counterpart(value: Value, column: Value, plain: SQL): SQL {
  if (value.blankIsNull !== true && column.blankIsNull !== true) return plain;
  return nullable(value, plain);
}

/** IN is false, not NULL, for NULL and an empty list. */
function amongSql(left: Side, right: Side): SQL {
  const among = sql`${left.value.sql(left.frame)} IN (SELECT value FROM json_each(${right.value.sql(right.frame)}))`;
  return left.frame.isClosed ? sql`CASE WHEN ${valued(left)} IS NOT NULL THEN ${among} END` : among;
}

function nullTest({ value, frame }: Side, negated: boolean): SQL {
  const plain = value.sql(frame);
  if (value.blankIsNull !== true || value.bound) {
    const read = valued({ value, frame });
    return negated ? sql`${read} IS NOT NULL` : sql`${read} IS NULL`;
  }
  return negated ? sql`(${plain} IS NOT NULL AND ${plain} <> '')` : sql`(${plain} IS NULL OR ${plain} = '')`;
}

/**
 * One side that is NULL is enough for nothing to be found, which leaves the column of the other as its index knows it.
 * Inside `!( … )` NULL and false are not the same: there each side is NULL where it should be.
 */
function equalSql(left: Side, right: Side): SQL {
  if (left.frame.isClosed || right.frame.isClosed) return sql`${valued(left)} = ${valued(right)}`;
  const [l, r] = [left.value.sql(left.frame), right.value.sql(right.frame)];
  return searchedSide(left, right) === left
    ? sql`${l} = ${counterpart(right.value, left.value, r)}`
    : sql`${counterpart(left.value, right.value, l)} = ${r}`;
}

/** The side whose index may serve: a column rather than a value, and of an inner row rather than an outer one. */
function searchedSide(left: Side, right: Side): Side {
  if (left.value.column === undefined) return right.value.column === undefined ? left : right;
  const { row } = right.value;
  return right.value.column !== undefined && row !== undefined && right.frame.isHomeOf(row) ? right : left;
}

function valued({ value, frame }: Side): SQL {
  const plain = value.sql(frame);
  return value.blankIsNull === true ? nullable(value, plain) : plain;
}

function nullable(value: Value, plain: SQL): SQL {
  if (value.empty === 'never') return plain;
  return value.bound?.('nullable') ?? sql`NULLIF(${plain}, '')`;
}

/** `%` and `_` stand for anything; what GLOB would take for a wildcard stands for itself. */
function globOf(side: Side): SQL {
  const { value } = side;
  if (value.bound) {
    const bound = value.bound('glob');
    return value.blankIsNull === true ? sql`NULLIF(${bound}, '')` : bound;
  }
  let pattern = valued(side);
  // The bracket first: the others are written with it.
  for (const [from, to] of [
    ['[', '[[]'],
    ['*', '[*]'],
    ['?', '[?]'],
    ['%', '*'],
    ['_', '?'],
  ]) {
    pattern = sql`replace(${pattern}, ${from}, ${to})`;
  }
  return pattern;
}
