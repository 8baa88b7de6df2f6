import { existsSync, statSync } from 'node:fs';
import { AppError } from '../../../core/errors.ts';
import type { Bindings, Database, DbRow, Prepared, ReadOptions } from '../../../core/ports/database.ts';
import { createErrands, syncToDisk } from './errands.ts';
import { isDamage, toFault } from './errors.ts';
import { createReaderPool } from './reader-pool.ts';
import { openReads } from './reads.ts';
import { renderStatement } from './render.ts';
import { createWriteQueue, type WriteJob } from './write-queue.ts';
import { type DatabaseFailpoint, openWriter } from './writer.ts';

/** How a SQLite database is opened. */
export interface SqliteOptions {
  /** The database file, made when it is not there. Its folder must exist. */
  readonly path: string;
  /** The command that runs `runReaderWorker`, e.g. the server's own binary with arguments. */
  readonly readerCommand: readonly string[];
  /** All that readers see of the environment; nothing by default. */
  readonly readerEnvironment?: Readonly<Record<string, string>>;
  /** `full` (default): a commit survives a power cut. `normal`: it survives the end of the process only. */
  readonly synchronous?: 'full' | 'normal';
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** For tests: called at `database.begin`, `database.commit` and `database.committed`. */
  readonly failpoint?: (name: DatabaseFailpoint) => void;
  /** Told of faults that no caller gets to see: failed recoveries, tasks after a commit that threw. */
  readonly report?: (event: string, error: unknown) => void;
  /** Most reader processes. Default 2. */
  readonly readers?: number;
  /** Most heavy reads that wait. Default 64. */
  readonly readQueueLimit?: number;
  /** Most writes that wait. Default 10,000. */
  readonly writeQueueLimit?: number;
  /** Most writes that share a commit, which bounds how long one batch keeps the event loop. Default 256. */
  readonly batchLimit?: number;
  /** Bytes of write-ahead log beyond which heavy reads pause so that it can be cut. Default 64 MiB. */
  readonly logLimit?: number;
}

/** Compiled statements kept by each connection. */
const statementLimit = 500;
const defaultTimeout = 10_000;
/** Batches between two looks at the size of the log. */
const logCheckEvery = 64;
/** Milliseconds between two attempts to open a database that failed. */
const recoveryPause = 1_000;

/**
 * Opens the SQLite driver; the promises are those of the {@link Database} port.
 *
 * - Integers that a double cannot hold exactly come as bigint, all other numbers as number.
 * - Unique conflicts of an index on an expression have params `{ table, columns: '', index }`.
 * - After an I/O error or a sign of damage, writes wait until the file was opened anew and checked; when that fails they
 *   reject with `unavailable`, reason `database_io`, and the next write tries again.
 * - A body that awaits something else than its `tx` rejects with `internal`, reason `foreign_await`; a `tx` used after its
 *   body has ended rejects with `internal`, reason `transaction_ended`.
 * - Deferred foreign keys are checked when the batch commits and would fail all of it: do not declare them.
 */
export function openSqlite(options: SqliteOptions): Database {
  const { path } = options;
  const start = { command: options.readerCommand, environment: options.readerEnvironment ?? {} };
  const report = options.report ?? (() => {});
  const onFault = (error: unknown) => {
    const fault = toFault(error);
    if (fault && isDamage(fault)) damaged = true;
  };
  let damaged = false;
  let lastRecovery = Number.NEGATIVE_INFINITY;
  let batches = 0;
  let version = 0;
  let writing = false;
  let closing: Promise<void> | undefined;

  const writer = openWriter({
    path,
    synchronous: options.synchronous ?? 'full',
    statementLimit,
    now: options.now,
    failpoint: options.failpoint,
    report,
    onFault,
    onCommitted() {
      version++;
      reads.endTurn();
    },
    onSchemaChange: () => reads.reset(),
  });
  const pool = createReaderPool({
    path,
    start,
    size: options.readers ?? 2,
    queueLimit: options.readQueueLimit ?? 64,
    idle: 60_000,
  });
  const errands = createErrands(start, path);
  const reads = openReads({ path, pool, statementLimit, onFault });
  const queue = createWriteQueue(
    { batchLimit: options.batchLimit ?? 256, queueLimit: options.writeQueueLimit ?? 10_000 },
    runBatch,
  );

  async function runBatch(jobs: readonly WriteJob[]): Promise<void> {
    if (damaged && !(await recover())) {
      const error = new AppError('unavailable', { reason: 'database_io' });
      for (const job of jobs) job.reject(error);
      return;
    }
    writing = true;
    await writer.runBatch(jobs);
    writing = false;
    if (++batches % logCheckEvery === 0) boundLog();
  }

  /** Opens the file anew and checks it. What could not be made durable is written again, never synced again. */
  async function recover(): Promise<boolean> {
    if (performance.now() - lastRecovery < recoveryPause) return false;
    lastRecovery = performance.now();
    try {
      await new Promise<void>((resolve, reject) => {
        pool.whenQuiet(() => {
          try {
            reads.endTurn();
            writer.reopen();
            reads.reopen();
            resolve();
          } catch (error) {
            reject(error);
          }
        });
      });
      if (!(await errands.isSound())) throw new AppError('unavailable', { reason: 'database_damaged' });
      damaged = false;
      report('database.recovered', undefined);
      return true;
    } catch (error) {
      report('database.recovery_failed', error);
      return false;
    }
  }

  /**
   * SQLite starts the log over only at a moment without readers. Under a constant load of heavy reads there is none, so
   * they are held back when it has grown too long.
   */
  function boundLog(): void {
    const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= (options.logLimit ?? 64 * 1024 * 1024)) return;
    pool.whenQuiet(() => {
      if (writing || closing) return;
      try {
        reads.endTurn();
        writer.checkpoint();
      } catch (error) {
        onFault(error);
        report('database.checkpoint_failed', error);
      }
    });
  }

  async function close(): Promise<void> {
    await queue.drain();
    await Promise.all([pool.close(), errands.close()]);
    reads.close();
    // Last, so that SQLite moves the log into the database and removes it.
    writer.close();
  }

  // The row type is the caller's word for what its statement selects.
  function all<R extends DbRow>(statement: Prepared, bindings?: Bindings, how?: ReadOptions): Promise<R[]>;
  function all(statement: Prepared, bindings?: Bindings, how?: ReadOptions): Promise<DbRow[]> {
    if (closing) return Promise.reject(new AppError('unavailable', { reason: 'closed' }));
    return reads.all(statement, bindings, how?.timeout ?? defaultTimeout);
  }

  function get<R extends DbRow>(
    statement: Prepared,
    bindings?: Bindings,
    how?: ReadOptions,
  ): Promise<R | undefined>;
  function get(statement: Prepared, bindings?: Bindings, how?: ReadOptions): Promise<DbRow | undefined> {
    if (closing) return Promise.reject(new AppError('unavailable', { reason: 'closed' }));
    return reads.get(statement, bindings, how?.timeout ?? defaultTimeout);
  }

  return {
    prepare: renderStatement,
    all,
    get,
    write: (body) => queue.add(body),
    get version() {
      return version;
    },
    async durable() {
      if (options.synchronous !== 'normal') return;
      // SQLite has no call for it but a checkpoint. Its locks are on other files than this one.
      if (existsSync(`${path}-wal`)) await syncToDisk(`${path}-wal`, 'r+');
    },
    snapshot: (to) => errands.copy(to),
    close() {
      closing ??= close();
      return closing;
    },
  };
}
