import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { notFound } from '../errors.ts';
import type { Condition } from '../filter/condition.ts';
import type { Bindings, Prepared } from '../ports/database.ts';
import { requireId, requireRule } from './access.ts';
import type { RecordsParts } from './parts.ts';
import { actorKey, createPlans } from './plans.ts';
import type { Records } from './records.ts';
import { audienceOf } from './shape.ts';
import { ID, selectById } from './statements.ts';

/** A prepared read of one record under one rule. */
interface ViewPlan {
  readonly condition: Condition;
  readonly statement: Prepared;
}

/** Makes {@link Records.view}. */
export function createView(parts: RecordsParts): Pick<Records, 'view'> {
  const { database, shapes, conditions, presenter, expander, clock } = parts;
  const plans = createPlans<ViewPlan>(parts.schema, 50);

  function findPlan(actor: Actor, collection: Collection): ViewPlan {
    const rule = requireRule(actor, collection, 'view');
    return plans.find(collection, actorKey(actor), () => {
      const condition = conditions.rule(actor, collection, rule);
      const { columns } = audienceOf(shapes(collection), actor);
      return { condition, statement: database.prepare(selectById(collection, columns, condition)) };
    });
  }

  return {
    async view(actor, collection, id, options) {
      const { condition, statement } = findPlan(actor, collection);
      requireId(collection, id);
      const row = await database.get(statement, bindId(condition, actor, id, clock.now()));
      if (!row) throw notFound('record');
      const shape = shapes(collection);
      const [values] = await presenter.rows(actor, shape, [row]);
      if (!values) throw notFound('record');
      return options?.expand
        ? expander.view(actor, collection, values, options.expand)
        : { collection, values };
    },
  };
}

/** Bindings of a condition together with the id that is asked for. */
function bindId(condition: Condition, actor: Actor, id: string, now: number): Bindings {
  return condition.always ? { [ID]: id } : { ...condition.bind(actor, { now }), [ID]: id };
}
