import { sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import type { Database, Tx } from '../ports/database.ts';

/** Removes what is known of accounts beside their records. To be called where the records are removed. */
export type ForgetAccounts = (tx: Tx, collection: Collection, ids: readonly string[]) => Promise<void>;

/**
 * Makes {@link ForgetAccounts}. Sessions and codes are bound to token keys and would end by themselves; an authenticator app
 * would not, and ids come again: of integer ids the last one does at once.
 */
export function createForgetAccounts(database: Database): ForgetAccounts {
  const of = sql`collection = ${sql.placeholder('collection')}
    AND record IN (SELECT value FROM json_each(${sql.placeholder('ids')}))`;
  const statements = [
    sql`DELETE FROM _second_factors WHERE ${of}`,
    sql`DELETE FROM _sessions WHERE ${of}`,
    sql`DELETE FROM _auth_codes WHERE ${of}`,
  ].map((statement) => database.prepare(statement));

  return async (tx, collection, ids) => {
    if (!collection.auth) return;
    const bindings = { collection: collection.id, ids: JSON.stringify(ids) };
    for (const statement of statements) await tx.run(statement, bindings);
  };
}
