import { type SQL, sql } from 'drizzle-orm';
import type { CompareOp } from './ast.ts';
import type { Frame, Row } from './frame.ts';
import { strictSql } from './strict.ts';
import { nullLiteral, type Value } from './value.ts';

/** A resolved comparison. */
export interface Comparison {
  readonly op: CompareOp;
  /** SQL's own meaning of the operator (see the tree). */
  readonly strict: boolean;
  readonly left: Value;
  readonly right: Value;
}

/** A side together with the frame that its rows are joined in. */
export interface Side {
  readonly value: Value;
  readonly frame: Frame;
}

/** A comparison as SQL; a missing side makes it NULL or false, except where NULL and `''` count as equal. */
export function comparisonSql(
  { op, strict, left, right }: Comparison,
  frame: Frame,
  rightFrame = frame,
): SQL {
  const l: Side = { value: left, frame };
  const r: Side = { value: right, frame: rightFrame };
  if (strict) return strictSql(op, l, r);
  switch (op) {
    case '=':
      return equalSql(l, r);
    case '!=':
      return unequalSql(l, r);
    case '~':
      return likeSql(l, r, false);
    case '!~':
      return likeSql(l, r, true);
    case '>':
      return sql`${plain(l)} > ${plain(r)}`;
    case '>=':
      return sql`${plain(l)} >= ${plain(r)}`;
    case '<':
      return sql`${plain(l)} < ${plain(r)}`;
    case '<=':
      return sql`${plain(l)} <= ${plain(r)}`;
  }
}

/** Rows without which a comparison cannot be true, given the rows that are certain already. */
export function requiredRows({ op, strict, left, right }: Comparison, frame: Frame): readonly Row[] {
  const guarded = [...left.guards, ...right.guards].map(({ row }) => row);
  const sides: Value[] = [];
  if (!strict && op === '=' && (isFilled(left, frame) || isFilled(right, frame))) sides.push(left, right);
  if (!strict && op === '!=' && !left.exact && right.empty === 'always') sides.push(left);
  if (!strict && op === '!=' && !right.exact && left.empty === 'always') sides.push(right);
  if (op !== '=' && op !== '!=') sides.push(left, right);
  const isNull = op === '=' && (left === nullLiteral || right === nullLiteral);
  if (strict && !isNull) sides.push(left, right);
  return [...guarded, ...sides.flatMap(({ row }) => row ?? [])];
}

function plain({ value, frame }: Side): SQL {
  return value.sql(frame);
}

/** Certainly neither NULL nor `''`. */
function isFilled(value: Value, frame: Frame): boolean {
  return value.empty === 'never' && isPresent(value, frame);
}

function isPresent({ row }: Value, frame: Frame): boolean {
  return row === undefined || frame.isPresent(row);
}

function isNullable(value: Value, frame: Frame): boolean {
  return !value.notNull || !isPresent(value, frame);
}

/**
 * An index of a column serves `column = ?`, but not COALESCE: so NULL and `''` are only made the same where a side may be
 * either.
 */
function equalSql(l: Side, r: Side): SQL {
  const [left, right] = [l.value, r.value];
  if (left.empty === 'always' && right.empty === 'always') return sql`1`;
  if (isFilled(left, l.frame) || isFilled(right, r.frame)) return sql`${plain(l)} = ${plain(r)}`;
  if (left.exact || right.exact) return sql`${plain(l)} IS ${plain(r)}`;
  if (right.empty === 'always') return isEmptySql(l);
  if (left.empty === 'always') return isEmptySql(r);
  return sql`${coalesced(l)} = ${coalesced(r)}`;
}

function isEmptySql(side: Side): SQL {
  if (side.value.bound || !isNullable(side.value, side.frame)) return sql`${coalesced(side)} = ''`;
  return sql`(${plain(side)} = '' OR ${plain(side)} IS NULL)`;
}

function unequalSql(l: Side, r: Side): SQL {
  const [left, right] = [l.value, r.value];
  if (left.empty === 'always' && right.empty === 'always') return sql`0`;
  const filled = isFilled(left, l.frame) || isFilled(right, r.frame);
  if (filled || left.exact || right.exact) return sql`${plain(l)} IS NOT ${plain(r)}`;
  if (right.empty === 'always') return sql`${coalesced(l)} <> ''`;
  if (left.empty === 'always') return sql`${coalesced(r)} <> ''`;
  return sql`${coalesced(l)} <> ${coalesced(r)}`;
}

/** The value with `''` for NULL. */
function coalesced({ value, frame }: Side): SQL {
  if (!isNullable(value, frame)) return value.sql(frame);
  return value.bound ? value.bound('coalesced') : sql`COALESCE(${value.sql(frame)}, '')`;
}

/** Both LIKE and instr over lower text fold ASCII letters only. Columns are searched for as they are, without wildcards. */
function likeSql(l: Side, r: Side, negated: boolean): SQL {
  const { bound, empty } = r.value;
  if (bound && empty !== 'always') {
    return negated
      ? sql`${plain(l)} NOT LIKE ${bound('like')} ESCAPE '\\'`
      : sql`${plain(l)} LIKE ${bound('like')} ESCAPE '\\'`;
  }
  const found = sql`instr(lower(${plain(l)}), lower(${plain(r)}))`;
  return negated ? sql`${found} = 0` : sql`${found} > 0`;
}
