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
export function conditionSql(expr: Resolved, frame: Frame): SQL {
  const open = openKeys(expr, frame);
  switch (expr.kind) {
    case 'or':
      return sql`(${joined(expr.terms, frame, sql` OR `)})`;
    case 'and':
      return sql`(${sql.join(
        groups(expr.terms, frame).map((group) => groupSql(group, frame)),
        sql` AND `,
      )})`;
    case 'compare':
      return open.size > 0 ? existsSql([expr], open, frame) : compareSql(expr, frame);
  }
}

function joined(terms: readonly Resolved[], frame: Frame, separator: SQL): SQL {
  return sql.join(
    terms.map((term) => conditionSql(term, frame)),
    separator,
  );
}

/** Keys of multi-valued rows that are not joined in or around this frame yet. */
function openKeys(expr: Resolved, frame: Frame): ReadonlySet<string> {
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
  requireRows(simple, frame);
  const loose = keys.size === 1 ? looseRow(simple, frame) : undefined;
  if (!loose) return someSql(terms, simple, frame);
  // A collection is only without a row when it is empty; said apart, its indexes can be used for all other cases.
  const filled = outer.inside(keys);
  filled.require(loose);
  requireRows(simple, filled);
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
function requireRows(comparisons: readonly Comparison[], frame: Frame): void {
  for (let before = -1; before !== frame.innerCount; ) {
    before = frame.innerCount;
    for (const comparison of comparisons) {
      for (const row of requiredRows(comparison, frame)) {
        frame.require(row);
      }
    }
  }
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
