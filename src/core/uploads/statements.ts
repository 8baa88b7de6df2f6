import { sql } from 'drizzle-orm';
import type { Database, DbRow } from '../ports/database.ts';

const p = sql.placeholder;

/** A row of `_uploads`. */
export interface SessionRow extends DbRow {
  id: string;
  caller: string;
  target: string;
  state: string;
  part: string;
  pieces: string;
  filename: string;
  metadata: string;
  size: number | null;
  offset: number;
  record: string;
  expires: number;
}

/** The statements of resumable uploads over `_uploads`, rendered once. */
export function prepareStatements(db: Database) {
  const columns = sql`id, caller, target, state, part, pieces, filename, metadata, size, \`offset\`, record, expires`;
  return {
    add: db.prepare(sql`INSERT INTO _uploads (id, caller, source, target, state, part, filename, metadata, size, created, expires)
      VALUES (${p('id')}, ${p('caller')}, ${p('source')}, ${p('target')}, 'open', ${p('part')}, ${p('filename')},
        ${p('metadata')}, ${p('size')}, ${p('now')}, ${p('expires')})`),
    addJoined:
      db.prepare(sql`INSERT INTO _uploads (id, caller, source, target, state, part, pieces, filename, metadata, size, \`offset\`, record, created, expires)
      VALUES (${p('id')}, ${p('caller')}, ${p('source')}, ${p('target')}, 'attached', 'final', ${p('pieces')}, ${p('filename')},
        ${p('metadata')}, ${p('size')}, ${p('size')}, ${p('record')}, ${p('now')}, ${p('expires')})`),
    find: db.prepare(sql`SELECT ${columns} FROM _uploads WHERE id = ${p('id')}`),
    openBy: db.prepare(sql`SELECT ${columns} FROM _uploads
      WHERE source = ${p('source')} AND caller = ${p('source')} AND state = 'open' AND part = '' AND expires > ${p('now')}
      ORDER BY created, id LIMIT 200`),
    findJoined: db.prepare(sql`SELECT ${columns} FROM _uploads
      WHERE pieces = ${p('pieces')} AND pieces <> '' AND caller = ${p('caller')} AND expires > ${p('now')}`),
    setOffset: db.prepare(sql`UPDATE _uploads SET \`offset\` = ${p('offset')}, expires = ${p('expires')}
      WHERE id = ${p('id')} AND state = 'open' AND \`offset\` = ${p('before')}`),
    lower: db.prepare(sql`UPDATE _uploads SET \`offset\` = ${p('offset')}
      WHERE id = ${p('id')} AND state = 'open' AND \`offset\` = ${p('before')}`),
    setSize: db.prepare(
      sql`UPDATE _uploads SET size = ${p('size')} WHERE id = ${p('id')} AND state = 'open' AND size IS NULL`,
    ),
    attach:
      db.prepare(sql`UPDATE _uploads SET state = 'attached', record = ${p('record')}, expires = ${p('expires')}
      WHERE id = ${p('id')} AND state = 'open'`),
    forget: db.prepare(sql`DELETE FROM _uploads WHERE id = ${p('id')}`),
    forgetExpired: db.prepare(sql`DELETE FROM _uploads WHERE id = ${p('id')} AND expires <= ${p('now')}`),
    expired: db.prepare(
      sql`SELECT id FROM _uploads WHERE expires <= ${p('now')} ORDER BY expires LIMIT ${p('limit')}`,
    ),
    ids: db.prepare(sql`SELECT id FROM _uploads WHERE state = 'open'`),
    begun: db.prepare(sql`SELECT id, \`offset\` FROM _uploads WHERE state = 'open' AND \`offset\` > 0`),
    openOf:
      db.prepare(sql`SELECT count(*) AS count, coalesce(sum(max(coalesce(size, 0), \`offset\`)), 0) AS bytes
      FROM _uploads WHERE source = ${p('source')} AND state = 'open'`),
    promised: db.prepare(sql`SELECT coalesce(sum(max(coalesce(size, 0) - \`offset\`, 0)), 0) AS bytes,
        coalesce(sum(CASE WHEN caller = ${p('guest')} THEN max(coalesce(size, 0), \`offset\`) ELSE 0 END), 0) AS guests,
        coalesce(sum(caller = ${p('guest')}), 0) AS open
      FROM _uploads WHERE state = 'open'`),
  };
}

/** See {@link prepareStatements}. */
export type UploadStatements = ReturnType<typeof prepareStatements>;
