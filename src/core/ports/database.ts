import type { SQL } from 'drizzle-orm';

/** A value that a column holds or a statement binds. */
export type DbValue = string | number | bigint | null | Uint8Array;

/** A row: column names to values, in the order of the SELECT. */
export type DbRow = Record<string, DbValue>;

/**
 * A statement rendered once. `slots[i]` says what the i-th `?` takes: a fixed value, or the name of a placeholder
 * (`sql.placeholder('name')`) that each execution must bind.
 */
export interface Prepared {
  readonly text: string;
  readonly slots: readonly Slot[];
}

/** See {@link Prepared}. */
export type Slot =
  | { readonly kind: 'value'; readonly value: DbValue }
  | { readonly kind: 'name'; readonly name: string };

/**
 * Values for a statement's placeholders, by name. A missing one is a programming error and throws `internal`, and so is an
 * integer beyond 64 bits.
 */
export type Bindings = Readonly<Record<string, DbValue>>;

/** What a write did. */
export interface WriteResult {
  readonly changes: number;
}

/** Statements against the last commit, or against the open transaction. */
export interface Queryable {
  all<R extends DbRow = DbRow>(statement: Prepared, bindings?: Bindings): Promise<R[]>;
  get<R extends DbRow = DbRow>(statement: Prepared, bindings?: Bindings): Promise<R | undefined>;
}

/** The inside of a transaction. Its body awaits nothing but this. */
export interface Tx extends Queryable {
  run(statement: Prepared, bindings?: Bindings): Promise<WriteResult>;
  /**
   * As `run`, for the one statement of a body that writes: nothing of the body may fail after it. That spares the savepoint
   * by which a body's earlier writes could be undone. A body that fails all the same takes its whole batch with it.
   */
  runOnly(statement: Prepared, bindings?: Bindings): Promise<WriteResult>;
  /** Schema statements; the text is made by core from checked names, never from input. */
  execute(statement: SQL): Promise<void>;
  /** One `now` for the whole transaction: milliseconds since the epoch. */
  readonly now: number;
  /** Runs after the commit is durable and before {@link Database.write} resolves. Must not throw. */
  afterCommit(task: () => void): void;
}

/** How a read may be treated. */
export interface ReadOptions {
  /** Milliseconds after which a heavy read is killed (`busy`, reason `timeout`). Default 10,000. */
  readonly timeout?: number;
}

/** A statement that a person wrote, and what it may see and cost. */
export interface Inspection {
  readonly text: string;
  /**
   * What it may read: tables by name, each with the columns that it sees. The others of those tables read {@link MASKED}, and
   * every other table has no rows for it.
   */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Most rows of the answer, and most characters of all their values. */
  readonly limits: { readonly rows: number; readonly characters: number };
  /** Milliseconds. */
  readonly timeout: number;
  /** Ends it: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** What stands in the place of a value that is not to be seen. */
export const MASKED = '(hidden)';

/** The answer to an {@link Inspection}. */
export interface InspectionResult {
  readonly columns: readonly string[];
  /** Integers that a double cannot hold are their digits; blobs are `x'…'` in hex; a text that is too long ends in `…`. */
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** How long it ran. */
  readonly milliseconds: number;
  /** There was more than the limits allow. */
  readonly truncated: boolean;
}

/** What a write is for. */
export interface WriteOptions {
  /**
   * It makes room on the disk, or lets a later step do so: on a full disk it is admitted where others are refused, and its
   * body may run again, so it must not depend on having run once.
   */
  readonly frees?: boolean;
}

/**
 * The database port. Asynchronous; the SQLite driver resolves without leaving the turn.
 *
 * - `prepare` renders drizzle's `sql` to text and slots. Callers keep the result per shape; it is not cached here by
 *   object, and costs tens of microseconds.
 * - `all`/`get` here read the last commit on a reader connection. Point reads and reads the plan shows to be cheap run
 *   in place; a read whose plan scans a large table or sorts it without an index runs in a reader process that can be
 *   killed, so that it never stops the event loop.
 * - `write` queues a transaction. Bodies that arrive in one turn of the event loop share one durable commit, a savepoint
 *   each: one body's failure undoes only its own work. It resolves after COMMIT is durable.
 * - On a full disk writes reject with `storage_full`, at once, until there is room again; reads go on, and so do writes that
 *   are said to free room ({@link WriteOptions.frees}).
 * - Faults known to the driver come as `AppError`: `conflict` reason `unique` with params `{ table, columns }` (columns
 *   comma-joined; for an index on an expression `columns` is empty and `index` names it), `conflict` reason `foreign_key`,
 *   `storage_full`, `busy` reason `timeout`, `queue_full` or `locked`, `invalid` reason `too_complex` (parser depth, too
 *   many joins), `unavailable` reason `database_io`, `reader_ended` or `closed`; all else `internal`, among it
 *   `foreign_await` (a body awaited something else than its `tx`) and `transaction_ended`.
 * - Integers that a double cannot hold come as bigint, all other numbers as number.
 */
export interface Database {
  prepare(statement: SQL): Prepared;
  all<R extends DbRow = DbRow>(statement: Prepared, bindings?: Bindings, options?: ReadOptions): Promise<R[]>;
  get<R extends DbRow = DbRow>(
    statement: Prepared,
    bindings?: Bindings,
    options?: ReadOptions,
  ): Promise<R | undefined>;
  write<T>(body: (tx: Tx) => Promise<T>, options?: WriteOptions): Promise<T>;
  /**
   * Grows with every commit, before its write resolves. What was read while it stayed the same is still so: a key for
   * caches of stored rows.
   */
  readonly version: number;
  /**
   * Resolves when every commit so far survives a power cut. They do when `write` resolves, unless the driver was told to put
   * that off; then what cannot be undone outside the database, such as the removal of a file, must wait for this.
   */
  durable(): Promise<void>;
  /**
   * Runs one reading statement of the database's own language, beside everything else and in a process that is ended when it
   * takes too long (`busy` reason `timeout`) or too much memory (`busy` reason `memory`). It cannot write, whatever its text;
   * one that would, or that is several, or names what is closed to it, is `invalid` reason `sql_refused`; one that fails is
   * `invalid` reason `sql_failed`; both have the param `message`.
   */
  inspect(inspection: Inspection): Promise<InspectionResult>;
  /** Writes a consistent copy of the whole database to a new file, without blocking writers. */
  snapshot(path: string): Promise<void>;
  close(): Promise<void>;
}
