import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Condition } from '../filter/condition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, DbRow, Prepared } from '../ports/database.ts';
import { isSelf, manageRuleFor } from './access.ts';
import type { RecordConditions } from './conditions.ts';
import { emptyObject } from './input.ts';
import { actorKey, type Plans } from './plans.ts';
import type { RecordValues } from './record.ts';
import { type Audience, audienceOf, decodeRow, idOf, type Shape } from './shape.ts';
import { IDS, selectByIds } from './statements.ts';

/** Decides what of a record a caller sees. */
export interface Presenter {
  /** Values of rows that were selected by the actor's audience. The rows themselves become the values. */
  rows(actor: Actor, shape: Shape, rows: readonly DbRow[]): Promise<readonly RecordValues[]>;
  /** The same from all stored values of one record. */
  stored(actor: Actor, shape: Shape, stored: RecordValues): Promise<RecordValues>;
}

/** A prepared statement that says which of some records the actor manages. */
export interface ManagePlan {
  readonly statement: Prepared;
  readonly condition: Condition;
}

/** What {@link createPresenter} needs. */
export interface PresenterParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly conditions: RecordConditions;
  readonly managePlans: Plans<ManagePlan>;
}

/**
 * Makes a {@link Presenter}. Hidden fields were never selected; e-mails leave unless the record shows it, belongs to the
 * caller, or is managed by them (specs/pocketbase.md 5).
 */
export function createPresenter(parts: PresenterParts): Presenter {
  async function withhold(
    actor: Actor,
    shape: Shape,
    audience: Audience,
    records: readonly Record<string, unknown>[],
  ): Promise<void> {
    const closed = records.filter(
      (record) => record.emailVisibility !== true && !isSelf(actor, shape.collection, record.id),
    );
    if (audience.dropsVisibility) for (const record of records) delete record.emailVisibility;
    if (closed.length === 0) return;
    const managed = await findManaged(parts, actor, shape.collection, closed.map(idOf));
    for (const record of closed) if (!managed.has(idOf(record))) delete record.email;
  }

  return {
    async rows(actor, shape, rows) {
      const audience = audienceOf(shape, actor);
      for (const row of rows) decodeRow(row, audience.columns);
      if (audience.guardsEmail) await withhold(actor, shape, audience, rows);
      return rows;
    },
    async stored(actor, shape, stored) {
      const audience = audienceOf(shape, actor);
      const values = emptyObject();
      for (const { name } of audience.columns) values[name] = stored[name];
      if (audience.guardsEmail) await withhold(actor, shape, audience, [values]);
      return values;
    },
  };
}

async function findManaged(
  { database, clock, conditions, managePlans }: PresenterParts,
  actor: Actor,
  collection: Collection,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rule = manageRuleFor(actor, collection);
  if (rule === undefined) return new Set();
  const plan = managePlans.find(collection, actorKey(actor), () => {
    const condition = conditions.rule(actor, collection, rule);
    return { condition, statement: database.prepare(selectByIds(collection, [{ name: 'id' }], condition)) };
  });
  const bindings = { ...plan.condition.bind(actor, { now: clock.now() }), [IDS]: JSON.stringify(ids) };
  const rows = await database.all(plan.statement, bindings);
  return new Set(rows.map(({ id }) => String(id)));
}
