import { sql } from 'drizzle-orm';
import type { Database } from '../../../core/ports/database.ts';
import type { LogBucket, RequestLog, StoredEntry } from '../../../core/ports/request-log.ts';
import { conditionOf, idAt } from './condition.ts';
import { COLUMNS, entryOf, type LogRow, rowOf } from './rows.ts';

/** Rows that one trim takes away, so that it holds nobody up. */
const PIECE = 1000;
const HALF_HOUR = 1_800_000;

const p = sql.placeholder;

/**
 * Makes a {@link RequestLog} in a database of its own, which it closes. Ids are times made unique, so a range of time is a
 * range of the table, and writing a request that went well needs no further index.
 */
export async function openRequestLog(db: Database): Promise<RequestLog> {
  await db.write(
    async (tx) => {
      await tx.execute(sql`CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, time INTEGER NOT NULL,
        request TEXT NOT NULL, method TEXT, path TEXT, status INTEGER, ms REAL, bytes INTEGER, address TEXT, account TEXT,
        dialect TEXT, agent TEXT, level TEXT, event TEXT, facts TEXT)`);
      // What is rare is looked for often: without these each start page would read the whole log.
      await tx.execute(sql`CREATE INDEX IF NOT EXISTS log_events ON log (id) WHERE status IS NULL`);
      await tx.execute(sql`CREATE INDEX IF NOT EXISTS log_failures ON log (id) WHERE status >= 500`);
    },
    // Nothing is written at any but the first start, which must be possible on a full disk.
    { frees: true },
  );
  const insert =
    db.prepare(sql`INSERT INTO log (${COLUMNS}) VALUES (${p('id')}, ${p('time')}, ${p('request')},
    ${p('method')}, ${p('path')}, ${p('status')}, ${p('ms')}, ${p('bytes')}, ${p('address')}, ${p('account')},
    ${p('dialect')}, ${p('agent')}, ${p('level')}, ${p('event')}, ${p('facts')})`);
  const newest = await db.get<{ id: number | null }>(db.prepare(sql`SELECT max(id) AS id FROM log`));
  const find = db.prepare(sql`SELECT ${COLUMNS} FROM log WHERE id = ${p('id')}`);
  const around = db.prepare(sql`SELECT ${COLUMNS} FROM log
    WHERE id BETWEEN ${p('from')} AND ${p('to')} AND request = ${p('request')} ORDER BY id LIMIT 100`);
  const used = db.prepare(sql`SELECT (c.page_count - f.freelist_count) * s.page_size AS bytes
    FROM pragma_page_count c, pragma_freelist_count f, pragma_page_size s`);
  const nth = db.prepare(sql`SELECT max(id) AS id, count(*) AS rows FROM
    (SELECT id FROM log WHERE id < ${p('before')} ORDER BY id LIMIT ${PIECE})`);
  const remove = db.prepare(sql`DELETE FROM log WHERE id <= ${p('id')}`);
  let last = newest?.id ?? 0;

  return {
    async append(entries) {
      const stored: StoredEntry[] = entries.map((entry) => {
        last = Math.max(last + 1, idAt(entry.time));
        return { ...entry, id: last };
      });
      await db.write(async (tx) => {
        for (const entry of stored) await tx.run(insert, rowOf(entry));
      });
      return stored;
    },
    async list(filter, { before, limit }) {
      const where = conditionOf(filter, before);
      const rows = await db.all<LogRow>(
        db.prepare(sql`SELECT ${COLUMNS} FROM log WHERE ${where} ORDER BY id DESC LIMIT ${limit}`),
      );
      return rows.map(entryOf);
    },
    async find(id) {
      const row = await db.get<LogRow>(find, { id });
      return row && entryOf(row);
    },
    async sameRequest({ time, request }) {
      const span = { from: idAt(time - HALF_HOUR), to: idAt(time + HALF_HOUR) };
      return (await db.all<LogRow>(around, { ...span, request })).map(entryOf);
    },
    async buckets(filter, width) {
      const slot = sql`time - time % ${width}`;
      const rows = await db.all<LogBucket & Record<string, number>>(
        db.prepare(sql`SELECT slot AS time, count(*) AS count, sum(status >= 500) AS errors,
            min(CASE WHEN place * 100 >= total * 95 THEN ms END) AS p95
          FROM (SELECT ${slot} AS slot, status, ms,
              row_number() OVER (PARTITION BY ${slot} ORDER BY ms) AS place,
              count(*) OVER (PARTITION BY ${slot}) AS total
            FROM log WHERE status IS NOT NULL AND ${conditionOf(filter)})
          GROUP BY slot ORDER BY slot`),
      );
      return rows.map(({ time, count, errors, p95 }) => ({ time, count, errors, p95 }));
    },
    async trim({ before, bytes }) {
      const size = await db.get<{ bytes: number }>(used);
      const tooLong = (size?.bytes ?? 0) > bytes;
      const bound = tooLong ? Number.MAX_SAFE_INTEGER : idAt(before);
      const piece = await db.get<{ id: number | null; rows: number }>(nth, { before: bound });
      const id = piece?.id;
      if (typeof id !== 'number') return false;
      await db.write((tx) => tx.run(remove, { id }), { frees: true });
      return tooLong || piece?.rows === PIECE;
    },
    close: () => db.close(),
  };
}
