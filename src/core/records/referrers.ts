import { type SQL, sql } from 'drizzle-orm';
import type { Collection, Schema } from '../collections/collection.ts';
import type { Column, Shapes } from './shape.ts';
import { boundIds, IDS } from './statements.ts';

/** A relation field that points to a collection. */
export interface Referrer {
  readonly collection: Collection;
  readonly column: Column;
  readonly target: Collection;
  /** A record goes when the last of its ids does. */
  readonly cascades: boolean;
}

/** Every relation field that points to the target. */
export function findReferrers(schema: Schema, shapes: Shapes, target: Collection): readonly Referrer[] {
  return schema.collections
    .filter(({ type }) => type !== 'view')
    .flatMap((collection) =>
      shapes(collection)
        .columns.filter(({ type, field }) => type.traits(field).target === target.id)
        .map((column) => ({ collection, column, target, cascades: cascades(column) })),
    );
}

/**
 * Records whose relation holds any of the bound ids: `id`, and `held`, the column as it is. With `single`, one id is bound,
 * and most lists are passed over by their text, which is three times quicker than reading them.
 */
export function selectReferrers({ collection, column }: Referrer, single: boolean): SQL {
  const held = sql`\`t\`.${sql.identifier(column.name)}`;
  const multiple = column.type.isMultiple(column.field);
  const hint = single ? sql`instr(${held}, json_extract(${sql.placeholder(IDS)}, '$[0]')) AND ` : sql``;
  const holds = multiple
    ? sql`${hint}EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(${held}) THEN ${held} ELSE '[]' END) AS \`e\` WHERE \`e\`.\`value\` IN ${boundIds})`
    : sql`${held} IN ${boundIds}`;
  return sql`SELECT \`t\`.\`id\` AS \`id\`, ${held} AS \`held\` FROM ${sql.identifier(collection.name)} AS \`t\` WHERE ${holds}`;
}

function cascades({ field }: Column): boolean {
  return 'cascadeDelete' in field && field.cascadeDelete === true;
}
