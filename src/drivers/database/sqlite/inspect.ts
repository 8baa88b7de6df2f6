import type { Database } from 'bun:sqlite';
import { type Inspection, type InspectionResult, MASKED } from '../../../core/ports/database.ts';
import { toFault } from './errors.ts';
import { startStopwatch } from './stopwatch.ts';

/** What a reader process is asked: an inspection without what only its caller needs. */
export type InspectRequest = Pick<Inspection, 'text' | 'tables' | 'limits'>;

/** What it answers. `refused`: it is no statement that reads; `failed`: SQLite's words. */
export type InspectReply =
  | { readonly kind: 'done'; readonly result: InspectionResult }
  | { readonly kind: 'refused' | 'failed'; readonly message: string };

type Cell = string | number | null;

/** Characters of one value that are shown. */
const LONGEST_CELL = 20_000;
/** Bytes of a blob that are shown. */
const LONGEST_BLOB = 256;
/** A name that no statement uses. */
const RESULT = '"the result of this inspection"';

/**
 * Runs an inspection on a connection that is opened for it alone: what is not to be seen is hidden from it, and it gives up
 * writing for good. The text is one of `readInspection`.
 */
export function inspect(db: Database, { text, tables, limits }: InspectRequest): InspectReply {
  try {
    // What is hidden is decided by the tables that the statement will see, whatever changes meanwhile.
    db.run('BEGIN');
    hideSecrets(db, tables);
    db.run('PRAGMA query_only = ON');
    const statement = db.prepare(text);
    if (!statement.readonly) return { kind: 'refused', message: 'it would write' };
    return { kind: 'done', result: read(db, text, limits) };
  } catch (error) {
    const fault = toFault(error);
    if (fault !== undefined) return { kind: 'failed', message: fault.message };
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

function read(db: Database, text: string, limits: Inspection['limits']): InspectionResult {
  const took = startStopwatch();
  const { columns, rows: found } = open(db, text);
  const rows: Cell[][] = [];
  let left = limits.characters;
  for (const cells of found) {
    left -= cells.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 0);
    if (rows.length >= limits.rows || left < 0) {
      return { columns, rows, milliseconds: took(), truncated: true };
    }
    rows.push(cells);
  }
  return { columns, rows, milliseconds: took(), truncated: false };
}

/** Rows come as objects, in which two columns of one name would be one: then they are numbered. */
function open(db: Database, text: string): { columns: readonly string[]; rows: Iterable<Cell[]> } {
  const plain = db.prepare(text);
  const columns = plain.columnNames;
  const isPlain = new Set(columns).size === columns.length && !columns.includes('__proto__');
  const names = isPlain ? columns : columns.map((_, at) => `c${at}`);
  const statement = isPlain
    ? plain
    : db.prepare(`WITH ${RESULT}(${names.join()}) AS (\n${text}\n) SELECT * FROM ${RESULT}`);
  statement.safeIntegers(true);
  return { columns, rows: cellsOf(statement.iterate(), names) };
}

function* cellsOf(rows: Iterable<unknown>, names: readonly string[]): Generator<Cell[]> {
  for (const row of rows) {
    const values = new Map<string, unknown>(Object.entries(Object(row)));
    yield names.map((name) => toCell(values.get(name)));
  }
}

function toCell(value: unknown): Cell {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  // JSON has no infinity.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) {
    const shown = Buffer.from(value.subarray(0, LONGEST_BLOB)).toString('hex');
    return value.length > LONGEST_BLOB ? `x'${shown}…'` : `x'${shown}'`;
  }
  if (typeof value !== 'string') return null;
  return value.length > LONGEST_CELL ? `${value.slice(0, LONGEST_CELL)}…` : value;
}

/** Views of the same names come before the tables, whose own names need their schema's. */
function hideSecrets(db: Database, tables: Inspection['tables']): void {
  const open = new Map(Object.entries(tables).map(([name, columns]) => [name.toLowerCase(), columns]));
  const found = db
    .query<{ name: string }, []>(
      `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all();
  const columnsOf = db.query<{ name: string }, [string]>('SELECT name FROM pragma_table_xinfo(?)');
  for (const { name } of found) {
    const seen = open.get(name.toLowerCase());
    const columns = columnsOf.all(name);
    const isSeen = (column: string) => seen?.includes(column) === true;
    if (columns.every((column) => isSeen(column.name))) continue;
    const list = columns.map((column) =>
      isSeen(column.name) ? quote(column.name) : `'${MASKED}' AS ${quote(column.name)}`,
    );
    const rows = seen === undefined ? 'WHERE 0' : '';
    db.run(`CREATE TEMP VIEW ${quote(name)} AS SELECT ${list.join()} FROM main.${quote(name)} ${rows}`);
  }
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
