import { sql } from 'drizzle-orm';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Condition } from '../filter/condition.ts';
import type { Expr } from '../filter/index.ts';
import type { Prepared, Queryable } from '../ports/database.ts';
import { bindValues } from './gate.ts';
import type { RecordsParts } from './parts.ts';
import type { RecordValues } from './record.ts';
import type { Column } from './shape.ts';
import { type Hit, probeNew } from './statements.ts';

interface MatchPlan {
  readonly statement: Prepared;
  readonly columns: readonly Column[];
}

/** Asks whether a record of these values would be in a list with this filter of a client, rules aside. */
export function createMatch({ database, conditions, shapes, clock, matchAnswers }: RecordsParts) {
  const plans = new WeakMap<Condition, MatchPlan>();

  function findPlan(collection: Collection, condition: Condition): MatchPlan {
    const known = plans.get(condition);
    if (known) return known;
    const { text } = database.prepare(sql`${condition.joins} ${condition.where}`);
    // Those whose names occur in the text, wherever and as part of whatever.
    const columns = shapes(collection).columns.filter(({ name }) => text.includes(name));
    const plan = { statement: database.prepare(probeNew(columns, condition)), columns };
    plans.set(condition, plan);
    return plan;
  }

  return async (
    q: Queryable,
    actor: Actor,
    collection: Collection,
    values: RecordValues,
    asked: string | Expr,
  ): Promise<boolean> => {
    const filter =
      typeof asked === 'object' ? await matchAnswers.ofValues(actor, collection, values, asked) : asked;
    const { condition, bind } = conditions.wanted(actor, collection, { rule: '', filter });
    const { statement, columns } = findPlan(collection, condition);
    const bindings = { ...bind(actor, { now: clock.now() }), ...bindValues(columns, values) };
    return (await q.get<Hit>(statement, bindings)) !== undefined;
  };
}
