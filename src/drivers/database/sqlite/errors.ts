import { AppError } from '../../../core/errors.ts';

/** What the driver needs of a fault of SQLite, so that one from another process can be treated like one from here. */
export interface SqliteFault {
  /** SQLite's extended code, e.g. `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly code: string;
  readonly message: string;
}

/** The fault in an error thrown by bun:sqlite, or undefined when it is something else. */
export function toFault(error: unknown): SqliteFault | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('SQLITE_') ? { code: error.code, message: error.message } : undefined;
}

/**
 * What callers get for an error of SQLite; the list is in the port's docstring. `tableOfIndex` finds the table of an
 * index, since SQLite names a unique index on an expression by its own name only; such a conflict has params
 * `{ table, columns: '', index }`.
 */
export function translate(error: unknown, tableOfIndex?: (index: string) => string | undefined): AppError {
  if (error instanceof AppError) return error;
  const fault = toFault(error);
  if (!fault) return new AppError('internal', { cause: error });
  return translateFault(fault, error, tableOfIndex);
}

/** {@link translate} for a fault that has been told apart already. */
export function translateFault(
  fault: SqliteFault,
  cause: unknown,
  tableOfIndex?: (index: string) => string | undefined,
): AppError {
  const { code, message } = fault;
  if (uniqueCodes.has(code)) return uniqueConflict(message, cause, tableOfIndex);
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY')
    return new AppError('conflict', { reason: 'foreign_key', cause });
  if (code === 'SQLITE_FULL') return new AppError('storage_full', { reason: 'database', cause });
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return new AppError('busy', { reason: 'locked', cause });
  if (code === 'SQLITE_TOOBIG') return new AppError('too_large', { reason: 'value', cause });
  if (code === 'SQLITE_ERROR' && complexity.test(message)) {
    return new AppError('invalid', { reason: 'too_complex', cause });
  }
  if (/^SQLITE_READONLY/.test(code)) return new AppError('unavailable', { reason: 'read_only', cause });
  if (isDamage(fault)) return new AppError('unavailable', { reason: 'database_io', cause });
  return new AppError('internal', { cause });
}

/** True when the file or the disk is at fault, so that writing must stop until the database was checked. */
export function isDamage(fault: SqliteFault): boolean {
  return /^SQLITE_(IOERR|CORRUPT|NOTADB|CANTOPEN)/.test(fault.code);
}

/** True when a full disk may be what is at fault: SQLite names some of its forms only as an I/O error. */
export function mayBeFull(fault: SqliteFault): boolean {
  return /^SQLITE_(FULL|IOERR|CANTOPEN)/.test(fault.code);
}

const uniqueCodes = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_ROWID',
]);

/** SQLite's limits on the shape of a statement (sqlite.org/limits.html). */
const complexity =
  /parser stack overflow|Expression tree is too large|at most \d+ tables in a join|LIKE or GLOB pattern too complex|too many (terms|columns|SQL variables|arguments|FROM|references|levels)|recursion limit/i;

function uniqueConflict(
  message: string,
  cause: unknown,
  tableOfIndex?: (index: string) => string | undefined,
): AppError {
  const index = /index '(.*)'$/.exec(message)?.[1];
  if (index !== undefined) {
    const params = { table: tableOfIndex?.(index) ?? '', columns: '', index };
    return new AppError('conflict', { reason: 'unique', params, cause });
  }
  const parts = message.slice(message.indexOf(': ') + 2).split(', ');
  const table = parts[0]?.slice(0, parts[0].indexOf('.')) ?? '';
  const columns = parts.map((part) => part.slice(table.length + 1)).join(',');
  return new AppError('conflict', { reason: 'unique', params: { table, columns }, cause });
}
