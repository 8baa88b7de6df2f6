import { type SQL, sql } from 'drizzle-orm';
import type { Collection, Schema } from '../collections/collection.ts';
import type { Issue } from '../errors.ts';
import type { Database, Prepared, Queryable } from '../ports/database.ts';
import { createPlans } from './plans.ts';
import type { Shape } from './shape.ts';
import { type Hit, ID } from './statements.ts';

/** Issues of an id that a client chose, beyond those of its field: by records that are there already. */
export type CheckId = (q: Queryable, shape: Shape, id: string) => Promise<readonly Issue[]>;

/** Makes {@link CheckId}. */
export function createIdCheck(parts: {
  readonly database: Database;
  readonly schema: () => Schema;
}): CheckId {
  const { database, schema } = parts;
  const plans = createPlans<{ readonly statement: Prepared | undefined }>(schema, 2);

  /** Undefined where there is nothing to look for. */
  function findPlan(shape: Shape, kind: 'twin' | 'account'): { readonly statement: Prepared | undefined } {
    return plans.find(shape.collection, kind, () => {
      const text = kind === 'twin' ? twinOf(shape.collection) : otherAccountOf(schema(), shape.collection);
      return { statement: text && database.prepare(text) };
    });
  }

  async function hits(q: Queryable, shape: Shape, kind: 'twin' | 'account', id: string): Promise<boolean> {
    const { statement } = findPlan(shape, kind);
    return statement !== undefined && (await q.get<Hit>(statement, { [ID]: id })) !== undefined;
  }

  return async (q, shape, id) => {
    if (shape.collection.idKind === 'integer') return [];
    // Where capital letters are allowed, ids that differ only in them would be one file path on some systems.
    const folds = shape.collection.idKind === 'text' && !hasDefaultPattern(shape);
    if (folds && (await hits(q, shape, 'twin', id))) return [{ path: 'id', code: 'pk_invalid' }];
    if (shape.isAuth && (await hits(q, shape, 'account', id)))
      return [{ path: 'id', code: 'invalid_auth_id' }];
    return [];
  };
}

function hasDefaultPattern(shape: Shape): boolean {
  const field = shape.byName.get('id')?.field;
  return field !== undefined && 'pattern' in field && field.pattern === '^[a-z0-9]+$';
}

function twinOf({ name }: Collection): SQL {
  return sql`SELECT 1 AS \`hit\` FROM ${sql.identifier(name)} WHERE \`id\` = ${sql.placeholder(ID)} COLLATE NOCASE LIMIT 1`;
}

/** Ids of accounts are unique across all auth collections (specs/pocketbase.md 5); within one, the table sees to it. */
function otherAccountOf({ collections }: Schema, own: Collection): SQL | undefined {
  const tables = collections
    .filter(({ id, type }) => type === 'auth' && id !== own.id)
    .map(
      ({ name }) =>
        sql`SELECT 1 AS \`hit\` FROM ${sql.identifier(name)} WHERE \`id\` = ${sql.placeholder(ID)}`,
    );
  return tables.length === 0 ? undefined : sql.join(tables, sql` UNION ALL `);
}
