import { type SQL, sql } from 'drizzle-orm';
import type { LogFilter } from '../../../core/ports/request-log.ts';

/** Ids that one millisecond has. */
const PER_MILLISECOND = 1000;

/** The least id of entries from this time on, in milliseconds since the epoch. */
export function idAt(time: number): number {
  return Math.max(0, Math.floor(time)) * PER_MILLISECOND;
}

/** Columns in which `text` is looked for. */
const TEXT = ['path', 'request', 'address', 'account', 'agent', 'event', 'facts'] as const;

/** A filter, and only ids below `before`, as SQL. It is never empty. */
export function conditionOf(filter: LogFilter, before = Number.MAX_SAFE_INTEGER): SQL {
  const { kind, statusClass, method, path, account, address, minMs, from, to, text } = filter;
  const parts: (SQL | undefined)[] = [
    sql`id < ${Math.min(before, to === undefined ? before : idAt(to))}`,
    from === undefined ? undefined : sql`id >= ${idAt(from)}`,
    kind && (kind === 'event' ? sql`status IS NULL` : sql`status IS NOT NULL`),
    statusClass === undefined
      ? undefined
      : sql`status BETWEEN ${statusClass * 100} AND ${statusClass * 100 + 99}`,
    // In the words of the index of failures.
    statusClass === 5 ? sql`status >= 500` : undefined,
    method === undefined ? undefined : sql`method = ${method}`,
    path === undefined ? undefined : holds('path', path),
    account === undefined ? undefined : sql`account = ${account}`,
    address === undefined ? undefined : sql`address = ${address}`,
    minMs === undefined ? undefined : sql`ms >= ${minMs}`,
    text === undefined
      ? undefined
      : sql`(${sql.join(
          TEXT.map((column) => holds(column, text)),
          sql` OR `,
        )})`,
  ];
  return sql.join(
    parts.filter((part) => part !== undefined),
    sql` AND `,
  );
}

/** SQLite's `lower` knows ASCII only. */
function holds(column: (typeof TEXT)[number], text: string): SQL {
  return sql`instr(lower(${sql.identifier(column)}), lower(${text})) > 0`;
}
