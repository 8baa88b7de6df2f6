import { createLru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Condition } from '../filter/condition.ts';
import type { Bindings, Prepared } from '../ports/database.ts';
import { requireRule } from './access.ts';
import { bindingsKey } from './bindings-key.ts';
import type { Wanted } from './conditions.ts';
import { narrow } from './narrow.ts';
import type { RecordsParts } from './parts.ts';
import type { RecordPage } from './record.ts';
import type { ListQuery, Records } from './records.ts';
import { audienceOf } from './shape.ts';
import { type Count, countRecords, LIMIT, OFFSET, selectPage } from './statements.ts';

const DEFAULT_PER_PAGE = 30;
const MAX_PER_PAGE = 1000;
const MAX_RANGE = 10_000;
/** Totals that are kept, of all conditions together. */
const KEPT_TOTALS = 5000;

/** The statements of one condition. The count is prepared when it is first needed. */
interface ListPlan {
  readonly select: Prepared;
  count: CountPlan | undefined;
}

interface CountPlan {
  readonly statement: Prepared;
  /** Tells its totals from those of others; undefined where SQL itself asks for the time, and none is kept. */
  readonly label: number | undefined;
}

/** A total as of a version of the database. */
interface Total {
  readonly version: number;
  readonly total: number;
}

/** Makes {@link Records.list} and {@link Records.count}. */
export function createList(parts: RecordsParts): Pick<Records, 'list' | 'count'> {
  const { database, shapes, conditions, presenter, expander, throttle, clock, matchAnswers } = parts;
  // Conditions are kept by shape, so a plan lives as long as its condition does.
  const plans = new WeakMap<Condition, ListPlan>();
  const totals = createLru<string, Total>(KEPT_TOTALS);
  let labels = 0;

  function findPlan(actor: Actor, collection: Collection, condition: Condition): ListPlan {
    const known = plans.get(condition);
    if (known) return known;
    const { columns } = audienceOf(shapes(collection), actor);
    const plan = { select: database.prepare(selectPage(collection, columns, condition)), count: undefined };
    plans.set(condition, plan);
    return plan;
  }

  async function countAll(
    collection: Collection,
    condition: Condition,
    plan: ListPlan,
    bindings: Bindings,
  ): Promise<number> {
    plan.count ??= planCount(collection, condition);
    const { statement, label } = plan.count;
    const bound = label === undefined ? undefined : bindingsKey(bindings);
    const key = bound === undefined ? undefined : `${label}\n${bound}`;
    // Before the read: what is committed during it makes the total old, not wrong.
    const { version } = database;
    const known = key === undefined ? undefined : totals.get(key);
    if (known?.version === version) return known.total;
    const total = (await database.get<Count>(statement, bindings))?.n ?? 0;
    if (key !== undefined) totals.set(key, { version, total });
    return total;
  }

  /** Counting costs more than reading the page, and apps list far more often than anybody writes. */
  function planCount(collection: Collection, condition: Condition): CountPlan {
    const statement = database.prepare(countRecords(collection, condition));
    const asksTime = /strftime|datetime|julianday/i.test(statement.text);
    return { statement, label: asksTime ? undefined : ++labels };
  }

  async function afterMiss(actor: Actor, collection: Collection, wanted: Wanted): Promise<void> {
    if (wanted.rule !== '' && wanted.filter) await throttle(actor, collection);
  }

  return {
    async list(actor, collection, query) {
      const rule = requireRule(actor, collection, 'list');
      // Text has nothing to wait for, and most filters are text.
      const filter =
        typeof query.filter === 'object'
          ? await matchAnswers.ofStored(actor, collection, query.filter)
          : query.filter;
      const wanted = { ...narrow(actor, { rule, filter }, query.where), sort: query.sort };
      const { condition, bind } = conditions.wanted(actor, collection, wanted);
      const plan = findPlan(actor, collection, condition);
      const paging = readPaging(query);
      const bindings = bind(actor, { now: clock.now() });
      const { perPage, offset } = paging;
      const page = { ...bindings, [LIMIT]: perPage, [OFFSET]: offset };
      const rows = perPage === 0 ? [] : await database.all(plan.select, page);
      const values = await presenter.rows(actor, shapes(collection), rows);
      const items = query.expand
        ? await expander.views(actor, collection, values, query.expand)
        : values.map((record) => ({ collection, values: record }));
      const total = query.skipTotal
        ? -1
        : (knownTotal(rows.length, paging) ?? (await countAll(collection, condition, plan, bindings)));
      // Without a row wanted, only the total tells that there is none.
      if (rows.length === 0 && (perPage > 0 || total === 0)) await afterMiss(actor, collection, wanted);
      return toPage(items, paging, total);
    },
    async count(actor, collection, asked, where) {
      const rule = requireRule(actor, collection, 'list');
      const filter =
        typeof asked === 'object' ? await matchAnswers.ofStored(actor, collection, asked) : asked;
      const wanted = narrow(actor, { rule, filter }, where);
      const { condition, bind } = conditions.wanted(actor, collection, wanted);
      const plan = findPlan(actor, collection, condition);
      const total = await countAll(collection, condition, plan, bind(actor, { now: clock.now() }));
      if (total === 0) await afterMiss(actor, collection, wanted);
      return total;
    },
  };
}

interface Paging {
  readonly page: number;
  readonly perPage: number;
  readonly offset: number;
}

function readPaging({ page, perPage, range }: ListQuery): Paging {
  if (range) return rangePaging(range);
  const size = perPage >= 1 ? Math.min(Math.floor(perPage), MAX_PER_PAGE) : DEFAULT_PER_PAGE;
  const number = page >= 1 ? Math.min(Math.floor(page), Number.MAX_SAFE_INTEGER) : 1;
  return { page: number, perPage: size, offset: Math.min((number - 1) * size, Number.MAX_SAFE_INTEGER) };
}

function rangePaging({ offset, limit }: NonNullable<ListQuery['range']>): Paging {
  const size = limit >= 1 ? Math.min(Math.floor(limit), MAX_RANGE) : 0;
  const start = offset >= 1 ? Math.min(Math.floor(offset), Number.MAX_SAFE_INTEGER) : 0;
  return { page: size === 0 ? 1 : Math.floor(start / size) + 1, perPage: size, offset: start };
}

/** The total where the page itself tells it: it is not full, and not beyond the end. */
function knownTotal(found: number, { perPage, offset }: Paging): number | undefined {
  if (found === perPage || (found === 0 && offset > 0)) return undefined;
  return offset + found;
}

function toPage(items: RecordPage['items'], { page, perPage }: Paging, totalItems: number): RecordPage {
  return {
    items,
    page,
    perPage,
    totalItems,
    totalPages: totalItems < 0 ? -1 : Math.ceil(totalItems / Math.max(perPage, 1)),
  };
}
