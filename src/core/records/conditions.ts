import type { Actor } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { type Condition, createConditions, type Expr, type ReadyCondition } from '../filter/index.ts';

/** The name of the record's table in every statement of this folder. */
export const RECORD = 'r';

/** What a list asks beside its rule. */
export interface Wanted {
  readonly rule: string;
  readonly filter?: string | Expr;
  readonly sort?: string;
}

/** Conditions for the statements of this folder; superusers skip rules. */
export interface RecordConditions {
  /** A rule alone; '' asks nothing. Throws `invalid` reason `bad_filter` for one that no longer fits the schema. */
  rule(actor: Actor, collection: Collection, rule: string): Condition;
  /** A rule, a caller's filter and sort. `condition` is the same object for all filters of one shape. */
  wanted(actor: Actor, collection: Collection, wanted: Wanted): ReadyCondition;
}

/** Makes {@link RecordConditions} over the current schema. */
export function createRecordConditions(schema: () => Schema): RecordConditions {
  const conditions = createConditions();

  function wanted(actor: Actor, collection: Collection, { rule, filter, sort }: Wanted): ReadyCondition {
    const authCollection = actor.kind === 'guest' ? undefined : actor.collection;
    const scope = { schema: schema(), collection, alias: RECORD, authCollection };
    return actor.kind === 'superuser'
      ? conditions.for({ scope, filter, sort, trust: 'superuser' })
      : conditions.for({ scope, rule, filter, sort, trust: 'client' });
  }

  return {
    wanted,
    rule: (actor, collection, rule) => wanted(actor, collection, { rule }).condition,
  };
}
