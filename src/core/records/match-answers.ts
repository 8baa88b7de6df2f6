import { sql } from 'drizzle-orm';
import type { Actor } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import { fieldType } from '../fields/index.ts';
import type { Expr, MatchExpr } from '../filter/ast.ts';
import { badFilter } from '../filter/bad-filter.ts';
import { columnFacts } from '../filter/columns.ts';
import { answerMatches, countMatches, type Stored } from '../filter/matches.ts';
import type { Database, DbRow, DbValue, Prepared } from '../ports/database.ts';
import type { Geometry } from '../ports/geometry.ts';
import { createTester, type MatchTester } from './match-tests.ts';
import { createPlans } from './plans.ts';
import type { RecordValues } from './record.ts';

/** Bounds of what one filter may ask of the process (SECURITY-REQUIREMENTS 2.2, 2.4). */
const MAX_MATCHES = 10;
const MAX_VALUES = 100_000;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_STEPS = 250_000_000;
/** Others wait while so many steps are made without a pause: some ten milliseconds. */
const STEPS_PER_TURN = 250_000;
const MAX_STEPS_PER_VALUE = 2_500_000;
/** Of one record alone, which is asked for each listener: some forty milliseconds. */
const MAX_STEPS_PER_RECORD = 1_000_000;
/** About so many bytes of values are read at a time. */
const PAGE_BYTES = 1024 * 1024;
const MAX_PAGE = 10_000;
/** Filters that wait for their turn. */
const MAX_WAITING = 50;

/** Answers the `match` nodes of callers' filters, which no statement can. */
export interface MatchAnswers {
  /** The filter with each `match` as a list of those stored values that pass it. */
  ofStored(actor: Actor, collection: Collection, filter: Expr): Promise<Expr>;
  /** The same for one record's values alone. */
  ofValues(actor: Actor, collection: Collection, values: RecordValues, filter: Expr): Promise<Expr>;
}

/** What {@link createMatchAnswers} needs. */
export interface MatchAnswersParts {
  readonly database: Database;
  readonly schema: () => Schema;
  /** Without it, tests of geometries are refused. */
  readonly geometry: Geometry | undefined;
}

/**
 * Makes {@link MatchAnswers}. A column's distinct values are read in pages and tested here, a turn at a time and one filter
 * after another. Throws `invalid` reason `bad_filter` for tests that cannot be used and columns that the caller may not see,
 * with params `{ too_many_values: true }` beyond 100,000 values, 16 MiB, or what can be tested in some ten seconds; `busy`
 * reason `queue_full`.
 */
export function createMatchAnswers({ database, schema, geometry }: MatchAnswersParts): MatchAnswers {
  const plans = createPlans<ColumnPlan>(schema, 50);
  const queue = createQueue();

  async function passing(
    collection: Collection,
    field: Field,
    tester: MatchTester,
    spend: Spend,
  ): Promise<Stored[]> {
    const plan = plans.find(collection, field.name, () => planColumn(database, collection, field));
    const pages = readPages(database, plan);
    const found: Stored[] = [];
    let sinceTurn = 0;
    for await (const page of pages) {
      for (const stored of page) {
        const cost = tester.stepsFor(stored);
        if (cost > MAX_STEPS_PER_VALUE) throw tooManyValues();
        spend(cost);
        sinceTurn += cost;
        if (sinceTurn > STEPS_PER_TURN) {
          sinceTurn = 0;
          await new Promise((resolve) => setImmediate(resolve));
        }
        if (tester.passes(stored)) found.push(stored);
      }
    }
    return found;
  }

  return {
    async ofStored(actor, collection, filter) {
      if (!asks(filter)) return filter;
      const spend = createBudget(MAX_STEPS);
      return queue(() =>
        answerMatches(filter, (match) =>
          passing(collection, visibleField(actor, collection, match), createTester(match, geometry), spend),
        ),
      );
    },
    async ofValues(actor, collection, values, filter) {
      if (!asks(filter)) return filter;
      const spend = createBudget(MAX_STEPS_PER_RECORD);
      return answerMatches(filter, async (match) => {
        const field = visibleField(actor, collection, match);
        const tester = createTester(match, geometry);
        const stored = storedOf(fieldType(field).toDb(values[field.name], field));
        if (stored === undefined) return [];
        spend(tester.stepsFor(stored));
        return tester.passes(stored) ? [stored] : [];
      });
    },
  };
}

/** Takes steps from what one filter may ask for. Throws {@link tooManyValues} when there are no more. */
type Spend = (steps: number) => void;

function createBudget(most: number): Spend {
  let spent = 0;
  return (steps) => {
    spent += steps;
    if (spent > most) throw tooManyValues();
  };
}

function asks(filter: Expr): boolean {
  const count = countMatches(filter);
  if (count > MAX_MATCHES) throw badFilter(`more than ${MAX_MATCHES} tests`);
  return count > 0;
}

function visibleField(actor: Actor, { fields }: Collection, { path }: MatchExpr): Field {
  const field = fields.find(({ name }) => name === path);
  if (field === undefined) throw badFilter(`unknown field "${path}"`);
  const shown = actor.kind === 'superuser' || (!field.hidden && columnFacts(field).readable);
  if (!shown) throw badFilter(`field "${path}" cannot be filtered`);
  return field;
}

interface ColumnPlan {
  readonly size: Prepared;
  readonly first: Prepared;
  readonly next: Prepared;
}

const LAST = 'match:last';
const COUNT = 'match:count';

interface Size extends DbRow {
  readonly n: number;
  readonly bytes: number;
}

function planColumn(database: Database, collection: Collection, field: Field): ColumnPlan {
  const table = sql.identifier(collection.name);
  const column = sql`${table}.${sql.identifier(field.name)}`;
  const distinct = sql`SELECT DISTINCT ${column} AS \`v\` FROM ${table}`;
  const ordered = sql`ORDER BY \`v\` LIMIT ${sql.placeholder(COUNT)}`;
  return {
    size: database.prepare(
      sql`SELECT count(*) AS \`n\`, coalesce(sum(length(CAST(\`v\` AS BLOB))), 0) AS \`bytes\` FROM (${distinct} WHERE ${column} IS NOT NULL LIMIT ${MAX_VALUES + 1})`,
    ),
    first: database.prepare(sql`${distinct} WHERE ${column} IS NOT NULL ${ordered}`),
    next: database.prepare(sql`${distinct} WHERE ${column} > ${sql.placeholder(LAST)} ${ordered}`),
  };
}

async function* readPages(database: Database, plan: ColumnPlan): AsyncGenerator<readonly Stored[]> {
  const { n = 0, bytes = 0 } = (await database.get<Size>(plan.size)) ?? {};
  if (n > MAX_VALUES || bytes > MAX_BYTES) throw tooManyValues();
  const size = Math.max(1, Math.min(MAX_PAGE, Math.floor((n * PAGE_BYTES) / Math.max(1, bytes))));
  let read = 0;
  for (let last: DbValue = null; ; ) {
    const rows: DbRow[] =
      last === null
        ? await database.all(plan.first, { [COUNT]: size })
        : await database.all(plan.next, { [COUNT]: size, [LAST]: last });
    const values = rows.map(({ v = null }) => v);
    read += values.length;
    // More may have come since they were counted.
    if (read > MAX_VALUES) throw tooManyValues();
    yield values.map(storedOf).filter((value) => value !== undefined);
    last = values.at(-1) ?? null;
    if (values.length < size || last === null) return;
  }
}

/** Bytes are held against no test. */
function storedOf(value: DbValue): Stored | undefined {
  return value === null || typeof value === 'object' ? undefined : value;
}

function tooManyValues(): AppError {
  return new AppError('invalid', { reason: 'bad_filter', params: { too_many_values: true } });
}

/** One piece of work after another. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= MAX_WAITING) throw new AppError('busy', { reason: 'queue_full' });
    waiting++;
    const mine = last.then(work);
    last = mine.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await mine;
    } finally {
      waiting--;
    }
  };
}
