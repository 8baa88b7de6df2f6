import { type SQL, sql } from 'drizzle-orm';
import type { Actor } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import type { Database, DbRow, Prepared } from '../ports/database.ts';
import { parseBackRelation } from './expand-path.ts';
import { createPlans } from './plans.ts';
import type { RecordValues } from './record.ts';
import { type Column, idOf, type Shapes } from './shape.ts';
import { boundIds, IDS } from './statements.ts';
import { hasUniqueIndex } from './unique-index.ts';

const MAX_BACK_RECORDS = 1000;

/** One segment of an expand: where it leads, and the ids that each record has there, by its own id. */
export interface Hop {
  readonly target: Collection;
  /** One record is meant, not a list. */
  readonly single: boolean;
  readonly idsOf: ReadonlyMap<string, readonly string[]>;
}

/** Finds hops. */
export interface Hops {
  /**
   * A relation of the collection, or a back-relation to it (at most 1,000 records for each). Undefined where the segment
   * leads nowhere for this actor: no such relation, or a hidden one.
   */
  resolve(
    actor: Actor,
    collection: Collection,
    values: readonly RecordValues[],
    segment: string,
  ): Promise<Hop | undefined>;
}

/** What {@link createHops} needs. */
export interface HopsParts {
  readonly database: Database;
  readonly schema: () => Schema;
  readonly shapes: Shapes;
  /** Most ids of one back-relation for all records together. */
  readonly limit: number;
}

/** Makes {@link Hops}. */
export function createHops({ database, schema, shapes, limit }: HopsParts): Hops {
  const backPlans = createPlans<{ readonly statement: Prepared }>(schema, 50);

  async function resolve(
    actor: Actor,
    collection: Collection,
    values: readonly RecordValues[],
    segment: string,
  ): Promise<Hop | undefined> {
    const own = shapes(collection).byName.get(segment);
    if (own) return forwardHop(actor, own, values);
    const back = parseBackRelation(segment);
    const target = back && schema().find(back.collection);
    const column = target && shapes(target).byName.get(back.field);
    if (!target || !column || targetOf(column) !== collection.id || !mayFollow(actor, column))
      return undefined;
    const single = hasUniqueIndex(target, column.name);
    return { target, single, idsOf: await findBack(target, column, values.map(idOf)) };
  }

  function forwardHop(actor: Actor, column: Column, values: readonly RecordValues[]): Hop | undefined {
    const targetId = targetOf(column);
    const target = targetId === undefined ? undefined : schema().byId(targetId);
    if (!target || !mayFollow(actor, column)) return undefined;
    const idsOf = new Map(values.map((record) => [idOf(record), toIds(record[column.name])]));
    return { target, single: !column.type.isMultiple(column.field), idsOf };
  }

  /** Ids of the records that point here, at most 1,000 for each. */
  async function findBack(
    target: Collection,
    column: Column,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const { statement } = backPlans.find(target, column.name, () => ({
      statement: database.prepare(selectBack(target, column, limit)),
    }));
    const rows = await database.all<BackRow>(statement, { [IDS]: JSON.stringify(ids) });
    const found = new Map<string, string[]>();
    for (const { owner, id } of rows) {
      const list = found.get(String(owner));
      if (list) list.push(String(id));
      else found.set(String(owner), [String(id)]);
    }
    return found;
  }

  return { resolve };
}

interface BackRow extends DbRow {
  readonly owner: string | number;
  readonly id: string | number;
}

function selectBack(target: Collection, { name, type, field }: Column, limit: number): SQL {
  const column = sql`\`t\`.${sql.identifier(name)}`;
  const from = sql`${sql.identifier(target.name)} AS \`t\``;
  const pairs = type.isMultiple(field)
    ? sql`SELECT \`e\`.\`value\` AS \`owner\`, \`t\`.\`id\` AS \`id\`, \`t\`._rowid_ AS \`at\` FROM ${from}, json_each(CASE WHEN json_valid(${column}) THEN ${column} ELSE '[]' END) AS \`e\` WHERE \`e\`.\`value\` IN ${boundIds}`
    : sql`SELECT ${column} AS \`owner\`, \`t\`.\`id\` AS \`id\`, \`t\`._rowid_ AS \`at\` FROM ${from} WHERE ${column} IN ${boundIds}`;
  const ranked = sql`SELECT \`owner\`, \`id\`, row_number() OVER (PARTITION BY \`owner\` ORDER BY \`at\`) AS \`rank\` FROM (${pairs})`;
  return sql`SELECT \`owner\`, \`id\` FROM (${ranked}) WHERE \`rank\` <= ${MAX_BACK_RECORDS} ORDER BY \`owner\`, \`rank\` LIMIT ${limit}`;
}

/** A relation that is hidden from the caller leads nowhere. */
function mayFollow(actor: Actor, column: Column): boolean {
  return actor.kind === 'superuser' || !column.field.hidden;
}

function targetOf({ type, field }: Column): string | undefined {
  return type.traits(field).target;
}

function toIds(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : [];
}
