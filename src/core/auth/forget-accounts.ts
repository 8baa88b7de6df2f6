import { type SQL, sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import type { Database, Tx } from '../ports/database.ts';

/** Removes what is known of accounts beside their records. To be called where the records, or all with their table, are removed. */
export type ForgetAccounts = (
  tx: Tx,
  collection: Collection,
  ids: readonly string[] | 'all',
) => Promise<void>;

const TABLES = ['_second_factors', '_sessions', '_auth_codes', '_preferences'];

/**
 * Makes {@link ForgetAccounts}. Sessions and codes are bound to token keys and would end by themselves; an authenticator app
 * would not, and ids come again: of integer ids the last one does at once, and a collection's with its name.
 */
export function createForgetAccounts(database: Database): ForgetAccounts {
  const ofCollection = sql`collection = ${sql.placeholder('collection')}`;
  const ofRecords = sql`${ofCollection}
    AND record IN (SELECT value FROM json_each(${sql.placeholder('ids')}))`;
  const removals = (which: SQL) =>
    TABLES.map((table) => database.prepare(sql`DELETE FROM ${sql.identifier(table)} WHERE ${which}`));
  const [all, some] = [removals(ofCollection), removals(ofRecords)];

  return async (tx, collection, ids) => {
    if (!collection.auth) return;
    const bindings = { collection: collection.id, ...(ids !== 'all' && { ids: JSON.stringify(ids) }) };
    for (const statement of ids === 'all' ? all : some) await tx.run(statement, bindings);
  };
}
