import { sql } from 'drizzle-orm';
import type { Database } from '../ports/database.ts';

/** `next_attempt` of a deletion that is not tried again unless an admin asks. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * What a deletion names instead of an object when only bytes that an object has left behind are to go: this and their key.
 * No object is called so.
 */
export const COPY = 'copy:';

const p = sql.placeholder;

/**
 * The statements of the file life cycle over `_objects`, `_file_deletions` and `_derivatives`. Each `state <> 'live'` beside
 * another condition on the state is what lets SQLite see that the partial index `_objects_unsettled` may be used.
 * Rendered once, by name.
 */
export function prepareStatements(db: Database) {
  return {
    reserve: db.prepare(sql`INSERT INTO _objects (id, backend, key, state, epoch, created)
      VALUES (${p('id')}, ${p('backend')}, ${p('key')}, 'pending', ${p('epoch')}, ${p('now')})`),
    attach:
      db.prepare(sql`UPDATE _objects SET state = 'live', upload = '', owner = ${p('owner')}, size = ${p('size')}, sha256 = ${p('sha256')}, type = ${p('type')},
        width = ${p('width')}, height = ${p('height')}, original_name = ${p('originalName')}, declared_type = ${p('declaredType')}, name = ${p('name')},
        collection = ${p('collection')}, record = ${p('record')}, field = ${p('field')}, position = ${p('position')},
        created = ${p('now')}
      WHERE id = ${p('id')} AND state = 'pending' AND epoch = ${p('epoch')}`),
    reposition: db.prepare(sql`UPDATE _objects SET position = ${p('position')}
      WHERE state = 'live' AND collection = ${p('collection')} AND record = ${p('record')} AND name = ${p('name')}
        AND field = ${p('field')} AND position <> ${p('position')}`),
    journal: db.prepare(
      sql`UPDATE _objects SET upload = ${p('upload')} WHERE id = ${p('id')} AND state = 'pending'`,
    ),
    find: db.prepare(sql`SELECT id, backend, key, size, sha256, type, declared_type, width, height, original_name, name,
        field, created
      FROM _objects
      WHERE state = 'live' AND collection = ${p('collection')} AND record = ${p('record')} AND name = ${p('name')}`),
    describe: db.prepare(sql`SELECT record, id, field, name, original_name, size, type, declared_type, sha256
      FROM _objects
      WHERE state = 'live' AND collection = ${p('collection')}
        AND record IN (SELECT value FROM json_each(${p('records')}))`),

    place: db.prepare(sql`SELECT backend, key FROM _objects WHERE id = ${p('id')} AND state = 'live'`),
    forgetCopy: db.prepare(
      sql`DELETE FROM _objects WHERE id = ${p('copy')} AND state = 'pending' AND epoch = ${p('epoch')}`,
    ),
    switchPlace: db.prepare(sql`UPDATE _objects SET backend = ${p('to')}, key = ${p('copy')}
      WHERE id = ${p('id')} AND state = 'live' AND backend = ${p('from')} AND key = ${p('key')}`),
    queueOld: db.prepare(sql`INSERT INTO _file_deletions (object, backend, key, created, next_attempt)
      VALUES (${COPY} || ${p('key')}, ${p('from')}, ${p('key')}, ${p('now')}, ${p('next')})
      ON CONFLICT (object) DO NOTHING`),
    queueOldDerivatives:
      db.prepare(sql`INSERT INTO _file_deletions (object, backend, key, created, next_attempt)
      SELECT ${COPY} || key, ${p('from')}, key, ${p('now')}, ${p('next')} FROM _derivatives WHERE object = ${p('object')}
      ON CONFLICT (object) DO NOTHING`),

    doom: db.prepare(sql`UPDATE _objects SET state = 'doomed' WHERE id = ${p('id')} AND state = 'pending'`),
    queue: db.prepare(sql`INSERT INTO _file_deletions (object, backend, key, created)
      SELECT id, backend, key, ${p('now')} FROM _objects WHERE id = ${p('id')} AND state = 'doomed'
      ON CONFLICT (object) DO NOTHING`),
    doomForeign: db.prepare(sql`UPDATE _objects SET state = 'doomed'
      WHERE state = 'pending' AND state <> 'live' AND epoch <> ${p('epoch')}`),
    queueDoomed: db.prepare(sql`INSERT INTO _file_deletions (object, backend, key, created)
      SELECT id, backend, key, ${p('now')} FROM _objects WHERE state = 'doomed' AND state <> 'live'
      ON CONFLICT (object) DO NOTHING`),

    due: db.prepare(sql`SELECT d.id, d.object, d.backend, d.key, d.attempts, o.state, coalesce(o.name, '') AS name,
        coalesce(o.upload, '') AS upload
      FROM _file_deletions AS d LEFT JOIN _objects AS o ON o.id = d.object
      WHERE d.next_attempt <= ${p('now')} ORDER BY d.next_attempt LIMIT ${p('limit')}`),
    nextDue: db.prepare(sql`SELECT next_attempt AS due FROM _file_deletions
      WHERE next_attempt < ${NEVER} ORDER BY next_attempt LIMIT 1`),
    forgetDeletion: db.prepare(sql`DELETE FROM _file_deletions WHERE id = ${p('id')}`),
    forgetDerivatives: db.prepare(sql`DELETE FROM _derivatives WHERE object = ${p('object')}`),
    forgetObject: db.prepare(
      sql`DELETE FROM _objects WHERE id = ${p('object')} AND state IN ('doomed', 'abandoned')`,
    ),
    failDeletion: db.prepare(sql`UPDATE _file_deletions
      SET attempts = ${p('attempts')}, next_attempt = ${p('next')}, error = ${p('error')} WHERE id = ${p('id')}`),
    abandon: db.prepare(
      sql`UPDATE _objects SET state = 'abandoned' WHERE id = ${p('object')} AND state = 'doomed'`,
    ),
    listDeletions:
      db.prepare(sql`SELECT d.id, d.object, d.backend, d.key, d.attempts, d.next_attempt, d.error, d.created,
        coalesce(o.original_name, '') AS original_name, coalesce(o.size, 0) AS size
      FROM _file_deletions AS d LEFT JOIN _objects AS o ON o.id = d.object
      WHERE d.id > ${p('after')} ORDER BY d.id LIMIT ${p('limit')}`),
    listAbandoned:
      db.prepare(sql`SELECT d.id, d.object, d.backend, d.key, d.attempts, d.next_attempt, d.error, d.created,
        coalesce(o.original_name, '') AS original_name, coalesce(o.size, 0) AS size
      FROM _file_deletions AS d LEFT JOIN _objects AS o ON o.id = d.object
      WHERE d.next_attempt = ${NEVER} AND d.id > ${p('after')} ORDER BY d.id LIMIT ${p('limit')}`),
    reviveObjects: db.prepare(
      sql`UPDATE _objects SET state = 'doomed' WHERE state = 'abandoned' AND state <> 'live'`,
    ),
    reviveDeletions: db.prepare(sql`UPDATE _file_deletions SET attempts = 0, next_attempt = 0, error = ''
      WHERE next_attempt = ${NEVER}`),

    findDerivative: db.prepare(sql`SELECT d.key, d.size, d.type, d.used, o.backend
      FROM _derivatives AS d JOIN _objects AS o ON o.id = d.object
      WHERE d.object = ${p('object')} AND d.transform = ${p('transform')}`),
    derivativesOf: db.prepare(sql`SELECT d.object, d.transform, d.key, d.size, o.backend
      FROM _derivatives AS d JOIN _objects AS o ON o.id = d.object
      WHERE d.object = ${p('object')} ORDER BY d.used`),
    addDerivative: db.prepare(sql`INSERT INTO _derivatives (object, transform, key, size, type, used)
      SELECT id, ${p('transform')}, ${p('key')}, ${p('size')}, ${p('type')}, ${p('now')}
      FROM _objects WHERE id = ${p('object')} AND state = 'live' AND key = ${p('original')}
      ON CONFLICT DO NOTHING`),
    touchDerivative: db.prepare(sql`UPDATE _derivatives SET used = ${p('now')} WHERE key = ${p('key')}`),
    forgetDerivative: db.prepare(sql`DELETE FROM _derivatives WHERE key = ${p('key')}`),
    derivativeBytes: db.prepare(sql`SELECT coalesce(sum(size), 0) AS total FROM _derivatives`),
    oldestDerivatives: db.prepare(sql`SELECT d.object, d.transform, d.key, d.size, o.backend
      FROM _derivatives AS d JOIN _objects AS o ON o.id = d.object ORDER BY d.used LIMIT ${p('limit')}`),
    lostDerivatives: db.prepare(
      sql`SELECT d.key FROM _derivatives AS d LEFT JOIN _objects AS o ON o.id = d.object WHERE o.id IS NULL`,
    ),
  };
}

/** See {@link prepareStatements}. */
export type FileStatements = ReturnType<typeof prepareStatements>;
