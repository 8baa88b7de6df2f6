import { sql } from 'drizzle-orm';
import { createLru, type Lru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import type { Condition } from '../filter/condition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Bindings, Database, Prepared, Queryable } from '../ports/database.ts';
import { bindingsKey } from './bindings-key.ts';
import type { RecordConditions } from './conditions.ts';
import { actorKey, createPlans } from './plans.ts';
import type { RecordValues } from './record.ts';
import type { Column, Shapes } from './shape.ts';
import { existsById, type Hit, ID, probeNew, valueSlot } from './statements.ts';

/** What a rule may see of a write beside the row. */
interface GateCall {
  /** Final values of the sent body. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** The record before the change. */
  readonly stored?: RecordValues;
}

/** Asks whether one record meets a rule for an actor; superusers meet every rule. */
export interface Gate {
  /** A stored record, by id. Without a rule this asks nothing, not even whether it exists. */
  passes(
    q: Queryable,
    actor: Actor,
    collection: Collection,
    id: string,
    rule: string,
    call?: GateCall,
  ): Promise<boolean>;
  /** A record that is about to be made of these values. */
  passesNew(
    q: Queryable,
    actor: Actor,
    collection: Collection,
    values: RecordValues,
    rule: string,
    call?: GateCall,
  ): Promise<boolean>;
}

/** What {@link createGate} needs. */
export interface GateParts {
  readonly database: Database;
  readonly schema: () => Schema;
  readonly clock: Clock;
  readonly shapes: Shapes;
  readonly conditions: RecordConditions;
}

interface GatePlan {
  readonly condition: Condition;
  readonly statement: Prepared;
  /** What a new record must bind: the columns that the rule may read. */
  readonly columns: readonly Column[];
  /** Answers by bound values, where they alone decide; undefined where anything stored has a say. */
  readonly answers: Lru<string, boolean> | undefined;
}

/** Answers that are kept for one rule. */
const KEPT_ANSWERS = 500;
/** Words of a condition's text that may make its answer depend on more than its bound values. */
const ASKS_MORE = /\b(?:FROM|JOIN|SELECT|strftime|random)\b|`/i;

/** Makes a {@link Gate}. */
export function createGate({ database, schema, clock, shapes, conditions }: GateParts): Gate {
  const plans = createPlans<GatePlan>(schema, 200);

  function findPlan(kind: 'stored' | 'new', actor: Actor, collection: Collection, rule: string): GatePlan {
    return plans.find(collection, `${kind}\n${actorKey(actor)}\n${rule}`, () => {
      const condition = conditions.rule(actor, collection, rule);
      if (kind === 'stored') {
        const statement = database.prepare(existsById(collection, condition));
        return { condition, statement, columns: [], answers: undefined };
      }
      const { text } = database.prepare(sql`${condition.joins} ${condition.where}`);
      // Those whose names occur in the text, wherever and as part of whatever.
      const columns = shapes(collection).columns.filter(({ name }) => text.includes(name));
      const statement = database.prepare(probeNew(columns, condition));
      const answers = ASKS_MORE.test(text) ? undefined : createLru<string, boolean>(KEPT_ANSWERS);
      return { condition, statement, columns, answers };
    });
  }

  async function ask(
    q: Queryable,
    actor: Actor,
    plan: GatePlan,
    bindings: Bindings,
    call: GateCall | undefined,
  ) {
    const facts = plan.condition.bind(actor, { now: clock.now(), ...call });
    const key = plan.answers && bindingsKey(facts);
    const known = key === undefined ? undefined : plan.answers?.get(key);
    if (known !== undefined) return known;
    const passes = (await q.get<Hit>(plan.statement, { ...facts, ...bindings })) !== undefined;
    if (key !== undefined) plan.answers?.set(key, passes);
    return passes;
  }

  return {
    async passes(q, actor, collection, id, rule, call) {
      if (rule === '' || actor.kind === 'superuser') return true;
      const plan = findPlan('stored', actor, collection, rule);
      return plan.condition.always || ask(q, actor, plan, { [ID]: id }, call);
    },
    async passesNew(q, actor, collection, values, rule, call) {
      if (rule === '' || actor.kind === 'superuser') return true;
      const plan = findPlan('new', actor, collection, rule);
      if (plan.condition.always) return true;
      return ask(q, actor, plan, bindValues(plan.columns, values), call);
    },
  };
}

/** Every column's value for {@link probeNew} and {@link insertRecord}. */
export function bindValues(columns: readonly Column[], values: RecordValues): Bindings {
  const bindings: Record<string, Bindings[string]> = {};
  for (const { name, type, field } of columns) bindings[valueSlot(name)] = type.toDb(values[name], field);
  return bindings;
}
