import { sql } from 'drizzle-orm';
import { COPY } from '../files/statements.ts';
import type { Database } from '../ports/database.ts';

const p = sql.placeholder;

/** The statements of the care of storages; lists are read page by page behind `after`. Rendered once, by name. */
export function prepareCare(db: Database) {
  return {
    live: db.prepare(sql`SELECT backend, count(*) AS objects, coalesce(sum(size), 0) AS bytes FROM _objects
      WHERE state = 'live' GROUP BY backend`),
    objects: db.prepare(sql`SELECT id, backend, key, state, size, sha256, collection, record, original_name
      FROM _objects WHERE backend = ${p('storage')} AND key > ${p('after')} ORDER BY key LIMIT ${p('limit')}`),
    derivatives: db.prepare(sql`SELECT d.key, coalesce(o.backend, '') AS backend
      FROM _derivatives AS d LEFT JOIN _objects AS o ON o.id = d.object
      WHERE d.key > ${p('after')} ORDER BY d.key LIMIT ${p('limit')}`),
    isLive: db.prepare(sql`SELECT size FROM _objects
      WHERE key = ${p('key')} AND backend = ${p('storage')} AND state = 'live'`),
    isKnown:
      db.prepare(sql`SELECT 1 AS known FROM _objects WHERE key = ${p('key')} AND backend = ${p('storage')}
      UNION ALL SELECT 1 FROM _derivatives AS d JOIN _objects AS o ON o.id = d.object
        WHERE d.key = ${p('key')} AND o.backend = ${p('storage')}
      UNION ALL SELECT 1 FROM _file_deletions WHERE object = ${COPY} || ${p('key')} AND backend = ${p('storage')}
      LIMIT 1`),

    quarantined: db.prepare(sql`SELECT key, size, found FROM _quarantine
      WHERE storage = ${p('storage')} AND key > ${p('after')} ORDER BY key LIMIT ${p('limit')}`),
    waiting: db.prepare(sql`SELECT count(*) AS waiting FROM _quarantine WHERE storage = ${p('storage')}`),
    putAside: db.prepare(sql`INSERT INTO _quarantine (storage, key, size, found)
      VALUES (${p('storage')}, ${p('key')}, ${p('size')}, ${p('found')})
      ON CONFLICT (storage, key) DO UPDATE SET size = excluded.size, found = excluded.found`),
    forget: db.prepare(sql`DELETE FROM _quarantine WHERE storage = ${p('storage')} AND key = ${p('key')}`),
  };
}

/** See {@link prepareCare}. */
export type CareStatements = ReturnType<typeof prepareCare>;

/** A row of {@link prepareCare} `objects`. */
export type ObjectRow = {
  id: string;
  backend: string;
  key: string;
  state: string;
  size: number;
  sha256: string;
  collection: string | null;
  record: string | null;
  original_name: string;
};
