import { type SQL, sql } from 'drizzle-orm';
import { columnFacts, fieldOf } from './columns.ts';
import { type Comparison, comparisonSql } from './compare.ts';
import type { Frame, Row } from './frame.ts';
import { areIndexedTogether, isIndexed, isUnique } from './indexes.ts';
import { counterpart } from './strict.ts';
import { falseValue, nullLiteral, nullValue, trueValue, type Value } from './value.ts';

/** A column of a joined row that equals something outside. */
interface Link {
  readonly column: string;
  readonly outer: SQL;
  /** The comparison that says so; undefined when the join does. */
  readonly comparison?: Comparison;
}

/**
 * `outer IN (SELECT …)` instead of EXISTS, where that is the better question: "which teams is the caller in" is answered
 * once by an index, while "is the caller in this team" would be asked for every record, by an index that finds all members
 * of the team. Undefined where it is not: without an index for the first, or with one for both at once.
 */
export function membershipSql(comparisons: readonly Comparison[], frame: Frame): SQL | undefined {
  // Rows that only one comparison speaks of are joined further in.
  const held = ({ multi }: Value) => multi.every((key) => frame.holds(key));
  if (!comparisons.every(({ left, right }) => held(left) && held(right))) return undefined;
  const row = onlyRow(comparisons, frame);
  if (!row?.collection || !frame.isInner(row)) return undefined;
  const link = joinLink(row, frame) ?? comparisonLink(comparisons, row, frame);
  if (!link || isUnique(row.collection, link.column)) return undefined;
  const rest = comparisons.filter((comparison) => comparison !== link.comparison);
  const guards = comparisons.flatMap(({ left, right }) => [...left.guards, ...right.guards]);
  if (guards.some((guard) => guard.row !== row)) return undefined;
  if (!rest.every(({ left, right }) => isLocal(left, row) && isLocal(right, row))) return undefined;
  if (!rest.some((comparison) => isSelective(comparison, row, link.column))) return undefined;
  const tests = [
    ...rest.map((comparison) => comparisonSql(comparison, frame)),
    ...guards.map((guard) => guard.sql(frame)),
  ];
  return frame.membership(row, link.column, link.outer, sql.join(tests, sql` AND `));
}

/** The one row that the frame joins for the comparisons; undefined when there are more. */
function onlyRow(comparisons: readonly Comparison[], frame: Frame): Row | undefined {
  const found = new Set<Row>();
  for (const { left, right } of comparisons) {
    for (const value of [left, right]) {
      for (let at = value.row; at; at = at.parent) if (frame.isHomeOf(at)) found.add(at);
    }
  }
  const [row] = found;
  return found.size === 1 ? row : undefined;
}

function joinLink(row: Row, frame: Frame): Link | undefined {
  const link = row.join?.link;
  return link && { column: link.column, outer: link.outer(frame) };
}

/** `row.column = outer.column`, where neither NULL nor `''` needs care beyond what COALESCE gives. */
function comparisonLink(comparisons: readonly Comparison[], row: Row, frame: Frame): Link | undefined {
  if (row.parent) return undefined;
  for (const comparison of comparisons) {
    const { op, strict, left, right } = comparison;
    if (op !== '=') continue;
    const [inside, outside] = left.row === row ? [left, right] : [right, left];
    if (inside.row !== row || inside.column === undefined || inside.exact) continue;
    if (!outside.row || outside.row === row || outside.exact || outside.column === undefined) continue;
    const plain = outside.sql(frame);
    if (strict) return { column: inside.column, outer: counterpart(outside, inside, plain), comparison };
    if (!inside.notNull) continue;
    const certain = outside.notNull && frame.isPresent(outside.row);
    return { column: inside.column, outer: certain ? plain : sql`COALESCE(${plain}, '')`, comparison };
  }
  return undefined;
}

function isLocal(value: Value, row: Row): boolean {
  return value.row === row || isConstant(value);
}

function isConstant(value: Value): boolean {
  return value.bound !== undefined || [nullValue, nullLiteral, trueValue, falseValue].includes(value);
}

/** A reference to one record, found by an index that does not help with the link as well. */
function isSelective({ op, left, right }: Comparison, row: Row, linked: string): boolean {
  const [inside, value] = left.row === row ? [left, right] : [right, left];
  const { collection } = row;
  if (op !== '=' || !collection || inside.row !== row || inside.column === undefined || !isConstant(value))
    return false;
  const field = fieldOf(collection, inside.column);
  const refers = inside.column === 'id' || (field !== undefined && columnFacts(field).target !== undefined);
  return (
    refers && isIndexed(collection, inside.column) && !areIndexedTogether(collection, inside.column, linked)
  );
}
