import { type SQL, sql } from 'drizzle-orm';
import type { Collection, Schema } from '../collections/collection.ts';
import type { Column, Shapes } from './shape.ts';
import { boundIds } from './statements.ts';

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

/** Records whose relation holds any of the bound ids: `id`, and `held`, the column as it is. */
export function selectReferrers({ collection, column }: Referrer): SQL {
  const held = sql`\`t\`.${sql.identifier(column.name)}`;
  const multiple = column.type.isMultiple(column.field);
  const holds = multiple
    ? sql`EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(${held}) THEN ${held} ELSE '[]' END) AS \`e\` WHERE \`e\`.\`value\` IN ${boundIds})`
    : sql`${held} IN ${boundIds}`;
  return sql`SELECT \`t\`.\`id\` AS \`id\`, ${held} AS \`held\` FROM ${sql.identifier(collection.name)} AS \`t\` WHERE ${holds}`;
}

function cascades({ field }: Column): boolean {
  return 'cascadeDelete' in field && field.cascadeDelete === true;
}
