import { sql } from 'drizzle-orm';
import type { DbValue } from '../../../core/ports/database.ts';
import type { StoredEntry } from '../../../core/ports/request-log.ts';

/** An entry as the table has it. Requests have a status; events have none. */
export type LogRow = {
  readonly id: number;
  readonly time: number;
  readonly request: string;
  readonly method: string | null;
  readonly path: string | null;
  readonly status: number | null;
  readonly ms: number | null;
  readonly bytes: number | null;
  readonly address: string | null;
  readonly account: string | null;
  readonly dialect: string | null;
  readonly agent: string | null;
  readonly level: string | null;
  readonly event: string | null;
  readonly facts: string | null;
};

/** The columns of a {@link LogRow}. */
export const COLUMNS = sql`id, time, request, method, path, status, ms, bytes, address, account, dialect, agent, level,
  event, facts`;

const NO_REQUEST = {
  ...{ method: null, path: null, status: null, ms: null, bytes: null, address: null },
  ...{ account: null, dialect: null, agent: null },
};
const NO_EVENT = { level: null, event: null, facts: null };

/** What is bound for an entry. */
export function rowOf(entry: StoredEntry): Readonly<Record<keyof LogRow, DbValue>> {
  return entry.kind === 'event'
    ? { ...NO_REQUEST, ...entry }
    : { ...NO_EVENT, ...entry, bytes: entry.bytes ?? null };
}

/** The entry of a row. */
export function entryOf(row: LogRow): StoredEntry {
  const { id, time, request } = row;
  if (row.status === null) {
    const level = row.level === 'error' ? 'error' : 'warn';
    return { kind: 'event', id, time, request, level, event: row.event ?? '', facts: row.facts ?? '{}' };
  }
  return {
    ...{ kind: 'request', id, time, request, status: row.status },
    ...{ method: row.method ?? '', path: row.path ?? '', ms: row.ms ?? 0, bytes: row.bytes ?? undefined },
    ...{ address: row.address ?? '', account: row.account ?? '' },
    ...{ dialect: row.dialect ?? '', agent: row.agent ?? '' },
  };
}
