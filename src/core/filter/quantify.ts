import { type SQL, sql } from 'drizzle-orm';
import { type Comparison, comparisonSql, requiredRows } from './compare.ts';
import type { Frame, Row } from './frame.ts';
import { membershipSql } from './membership.ts';
import type { Resolved } from './resolve.ts';
import type { Guard } from './value.ts';

/**
 * A resolved expression as SQL that does not multiply the record. It means: there is one choice of the multi-valued rows
 * for which the whole expression holds. "There is" moves inwards as far as it can: through OR always, through AND into
 * those terms that no other term shares rows with; what remains becomes one EXISTS per group.
 */
export function conditionSql(expr: Resolved | Alternatives, frame: Frame): SQL {
  const open = openKeys(expr, frame);
  switch (expr.kind) {
    case 'or':
      return sql`(${joined(gathered(expr.terms, frame), frame, sql` OR `)})`;
    case 'and':
      return sql`(${sql.join(
        groups(expr.terms, frame).map((group) => groupSql(group, frame)),
        sql` AND `,
      )})`;
    case 'compare':
      return open.size > 0 ? existsSql([expr], open, frame) : compareSql(expr, frame);
    case 'not':
      return sql`(NOT (${conditionSql(expr.term, frame.closed())}))`;
    case 'alternatives':
      return existsSql([{ ...expr, kind: 'or' }], open, frame);
  }
}

/** Alternatives over the same rows: one EXISTS, so that long lists of them (`a.id ?= 1 || a.id ?= 2 …`) stay cheap. */
interface Alternatives {
  readonly kind: 'alternatives';
  readonly terms: readonly Resolved[];
  readonly shared: ReadonlySet<string>;
}

/** The terms of an OR, those over the same rows put together. */
function gathered(terms: readonly Resolved[], frame: Frame): readonly (Resolved | Alternatives)[] {
  const byRows = new Map<string, Resolved[]>();
  for (const term of terms) {
    const rows = [...openKeys(term, frame)].sort().join('\n');
    byRows.set(rows, [...(byRows.get(rows) ?? []), term]);
  }
  return [...byRows].flatMap(([rows, same]): readonly (Resolved | Alternatives)[] => {
    const shared = new Set(same.flatMap((term) => [...term.shared]));
    return rows === '' || same.length === 1 ? same : [{ kind: 'alternatives', terms: same, shared }];
  });
}

function joined(terms: readonly (Resolved | Alternatives)[], frame: Frame, separator: SQL): SQL {
  return sql.join(
    terms.map((term) => conditionSql(term, frame)),
    separator,
  );
}

/** Keys of multi-valued rows that are not joined in or around this frame yet. */
function openKeys(expr: Pick<Resolved, 'shared'>, frame: Frame): ReadonlySet<string> {
  return new Set([...expr.shared].filter((key) => !frame.holds(key)));
}

interface Group {
  readonly terms: readonly Resolved[];
  /** Open keys of any term. */
  readonly open: ReadonlySet<string>;
  /** Open keys of more than one term. */
  readonly common: ReadonlySet<string>;
}

/** Terms that share rows, directly or through others, stay together. */
function groups(terms: readonly Resolved[], frame: Frame): readonly Group[] {
  let found: Group[] = [];
  for (const term of terms) {
    const open = openKeys(term, frame);
    const near = found.filter((group) => [...open].some((key) => group.open.has(key)));
    const far = found.filter((group) => !near.includes(group));
    const before = new Set(near.flatMap((group) => [...group.open]));
    const common = [
      ...near.flatMap((group) => [...group.common]),
      ...[...open].filter((key) => before.has(key)),
    ];
    found = [
      ...far,
      {
        terms: [...near.flatMap((group) => group.terms), term],
        open: new Set([...before, ...open]),
        common: new Set(common),
      },
    ];
  }
  return found;
}

function groupSql({ terms, common }: Group, frame: Frame): SQL {
  const [only] = terms;
  if (only && terms.length === 1) return conditionSql(only, frame);
  return existsSql(terms, common, frame);
}

/** One EXISTS over rows that all terms see the same of. */
function existsSql(terms: readonly Resolved[], keys: ReadonlySet<string>, outer: Frame): SQL {
  const simple = terms.flatMap(simpleComparisons);
  const frame = outer.inside(keys);
  requireRows(terms, frame);
  const loose = keys.size === 1 ? looseRow(simple, frame) : undefined;
  if (!loose) return someSql(terms, simple, frame);
  // A collection is only without a row when it is empty; said apart, its indexes can be used for all other cases.
  const filled = outer.inside(keys);
  filled.require(loose);
  requireRows(terms, filled);
  const whenFilled = someSql(terms, simple, filled);
  const whenEmpty = someSql(terms, simple, frame);
  return sql`(${whenFilled} OR (NOT ${frame.anySql(loose)} AND ${whenEmpty}))`;
}

function someSql(terms: readonly Resolved[], simple: readonly Comparison[], frame: Frame): SQL {
  const membership = terms.every(isSimple) ? membershipSql(simple, frame) : undefined;
  return membership ?? frame.exists(joined(terms, frame, sql` AND `));
}

/** The row of `@collection` that this frame joins, as far as it may be missing. */
function looseRow(comparisons: readonly Comparison[], frame: Frame): Row | undefined {
  const rows = comparisons
    .flatMap(({ left, right }) => [left.row, right.row])
    .filter((row) => row !== undefined);
  return rows.find((row) => isUntied(row) && frame.isHomeOf(row) && !frame.isInner(row));
}

/** Nothing but being there is asked of the row. */
function isUntied({ collection, parent, join }: Row): boolean {
  return collection !== undefined && parent === undefined && join !== undefined && !join.link && !join.on;
}

/** Comparisons that must hold for the AND of the terms to hold. */
function simpleComparisons(expr: Resolved): readonly Comparison[] {
  if (expr.kind === 'and') return expr.terms.flatMap(simpleComparisons);
  if (expr.kind === 'compare' && !expr.everyLeft && !expr.everyRight) return [expr.comparison];
  return [];
}

/** Whether {@link simpleComparisons} tells the whole expression. */
function isSimple(expr: Resolved): boolean {
  if (expr.kind === 'compare') return !expr.everyLeft && !expr.everyRight;
  return expr.kind === 'and' && expr.terms.every(isSimple);
}

/** Each row that turns out to be certain may make another comparison need its rows. */
function requireRows(terms: readonly Resolved[], frame: Frame): void {
  for (let before = -1; before !== frame.innerCount; ) {
    before = frame.innerCount;
    for (const term of terms) for (const row of needs(term, frame)) frame.require(row);
  }
}

/** Rows without which an expression cannot hold. */
function needs(expr: Resolved, frame: Frame): readonly Row[] {
  // What is certain inside says nothing of outside.
  if (expr.kind === 'not') return [];
  if (expr.kind === 'compare') {
    return expr.everyLeft || expr.everyRight ? [] : withParents(requiredRows(expr.comparison, frame));
  }
  const [first = [], ...rest] = expr.terms.map((term) => needs(term, frame));
  if (expr.kind === 'and') return [...first, ...rest.flat()];
  return first.filter(({ key }) => rest.every((rows) => rows.some((row) => row.key === key)));
}

function withParents(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row) => (row.parent ? [row, ...withParents([row.parent])] : [row]));
}

function compareSql(expr: Extract<Resolved, { kind: 'compare' }>, frame: Frame): SQL {
  const { comparison, everyLeft, everyRight } = expr;
  const { left, right, op } = comparison;
  if (!everyLeft && !everyRight) {
    return guarded(comparisonSql(comparison, frame), frame, [...left.guards, ...right.guards]);
  }
  const leftFrame = everyLeft ? frame.inside('all') : frame;
  const rightFrame = everyRight ? leftFrame.inside('all') : frame;
  const tests = [comparisonSql(comparison, leftFrame, rightFrame)];
  // No value compares as NULL, and NULL differs from nothing.
  if (op === '!=' && everyLeft) tests.push(sql`${left.sql(leftFrame)} IS NOT NULL`);
  if (op === '!=' && everyRight) tests.push(sql`${right.sql(rightFrame)} IS NOT NULL`);
  for (const guard of left.guards) tests.push(guard.sql(leftFrame));
  for (const guard of right.guards) tests.push(guard.sql(rightFrame));
  const fails = sql`(${sql.join(tests, sql` AND `)}) IS NOT TRUE`;
  const anyRight = everyRight ? rightFrame.exists(fails) : fails;
  return sql`NOT ${everyLeft ? leftFrame.exists(anyRight) : anyRight}`;
}

function guarded(test: SQL, frame: Frame, guards: readonly Guard[]): SQL {
  if (guards.length === 0) return test;
  return sql`(${sql.join([test, ...guards.map((guard) => guard.sql(frame))], sql` AND `)})`;
}
