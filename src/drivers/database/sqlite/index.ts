import { existsSync, statSync } from 'node:fs';
import { AppError } from '../../../core/errors.ts';
import type { Bindings, Database, DbRow, Prepared, ReadOptions } from '../../../core/ports/database.ts';
import { syncToDisk } from '../../../lib/sync.ts';
import { createErrands } from './errands.ts';
import { isDamage, mayBeFull, toFault } from './errors.ts';
import { createInspections } from './inspections.ts';
import { createReaderPool } from './reader-pool.ts';
import { openReads } from './reads.ts';
import { renderStatement } from './render.ts';
import { createRoom } from './room.ts';
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
  /**
   * Bytes beside the database that are given up when the disk is full, so that deletes go on. Default 0: none, and a full disk
   * refuses whatever does not fit.
   */
  readonly reserve?: number;
}

/** Compiled statements kept by each connection. */
const statementLimit = 500;
const defaultTimeout = 10_000;
/** Batches between two looks at the size of the log. */
const logCheckEvery = 64;
/** The reason of `storage_full`, beside those of other drivers. */
const NO_ROOM = 'database';
/** Milliseconds between two attempts to open a database that failed. */
const recoveryPause = 1_000;
/** The same when no write asks for it, at the longest. */
const longestPause = 60_000;

/**
 * Opens the SQLite driver; the promises are those of the {@link Database} port.
 *
 * - Integers that a double cannot hold exactly come as bigint, all other numbers as number.
 * - Unique conflicts of an index on an expression have params `{ table, columns: '', index }`.
 * - After an I/O error or a sign of damage, the file is opened anew and checked before anything else is written; until that
 *   succeeds writes reject with `unavailable`, reason `database_io`. It is tried again by itself.
 * - On a full disk see {@link Room}.
 * - A body that awaits something else than its `tx` rejects with `internal`, reason `foreign_await`; a `tx` used after its
 *   body has ended rejects with `internal`, reason `transaction_ended`.
 * - Deferred foreign keys are checked when the batch commits and would fail all of it: do not declare them.
 */
export function openSqlite(options: SqliteOptions): Database {
  const { path } = options;
  const start = { command: options.readerCommand, environment: options.readerEnvironment ?? {} };
  const report = options.report ?? (() => {});
  const room = createRoom({ path: `${path}-reserve`, size: options.reserve ?? 0, report });
  const onFault = (error: unknown): AppError | undefined => {
    const fault = toFault(error);
    if (!fault) return undefined;
    if (isDamage(fault)) {
      damaged = true;
      mendLater(0);
    }
    return mayBeFull(fault) && room.suspect() ? noRoom(error) : undefined;
  };
  /** Writes that free room and found none. */
  let starved: WriteJob[] = [];
  let mending: ReturnType<typeof setTimeout> | undefined;
  let mendingPause = recoveryPause;
  let damaged = false;
  let lastRecovery = Number.NEGATIVE_INFINITY;
  let batches = 0;
  let version = 0;
  let writing = false;
  let hungry = false;
  let isOpen = false;
  let closing: Promise<void> | undefined;

  const writer = whileRoomLasts(() =>
    openWriter({
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
    }),
  );
  const pool = createReaderPool({
    path,
    start,
    size: options.readers ?? 2,
    queueLimit: options.readQueueLimit ?? 64,
    idle: 60_000,
  });
  const errands = createErrands(start, path);
  const inspections = createInspections(start, path);
  const reads = openReads({ path, pool, statementLimit, onFault });
  const queue = createWriteQueue(
    {
      batchLimit: options.batchLimit ?? 256,
      queueLimit: options.writeQueueLimit ?? 10_000,
      keeps(job, error) {
        const keep = hungry && room.full && error instanceof AppError && error.reason === NO_ROOM;
        if (keep) starved.push(job);
        return keep;
      },
    },
    runBatch,
  );
  isOpen = true;
  room.start();

  async function runBatch(jobs: readonly WriteJob[]): Promise<void> {
    if (damaged && !(await recover())) return refuse(jobs, room.full ? noRoom() : ioFault());
    writing = true;
    hungry = true;
    await writer.runBatch(room.full ? onlyFreeing(jobs) : jobs);
    if (starved.length > 0) await runStarved();
    hungry = false;
    writing = false;
    if (room.full) room.lookSoon();
    if (++batches % logCheckEvery === 0) boundLog();
  }

  function onlyFreeing(jobs: readonly WriteJob[]): readonly WriteJob[] {
    refuse(
      jobs.filter((job) => !job.frees),
      noRoom(),
    );
    return jobs.filter((job) => job.frees);
  }

  /** Gives up the reserve for them, piece by piece. */
  async function runStarved(): Promise<void> {
    while (starved.length > 0) {
      const jobs = starved;
      starved = [];
      const go = room.giveUp('write') && (damaged ? await recover('now') : tidyLog());
      if (!go) {
        hungry = false;
        return refuse(jobs, noRoom());
      }
      await writer.runBatch(jobs);
    }
  }

  /** The room that the log has can be used again when the database has what is in it. */
  function tidyLog(): boolean {
    reads.endTurn();
    try {
      writer.checkpoint('reuse');
    } catch (error) {
      onFault(error);
    }
    return true;
  }

  function whileRoomLasts<T>(open: () => T): T {
    for (;;) {
      try {
        return open();
      } catch (error) {
        const fault = toFault(error);
        const full = fault !== undefined && mayBeFull(fault) && room.suspect();
        if (full && room.giveUp('opening')) continue;
        if (!isOpen) void room.close();
        throw full ? noRoom(error) : error;
      }
    }
  }

  /** Recovers beside requests, so that writes are taken again as soon as possible. */
  function mendLater(pause: number): void {
    if (mending !== undefined || closing) return;
    mending = setTimeout(() => {
      mending = undefined;
      if (damaged && !closing) queue.nudge();
    }, pause);
    mending.unref();
  }

  /** Opens the file anew and checks it. What could not be made durable is written again, never synced again. */
  async function recover(when?: 'now'): Promise<boolean> {
    if (closing) return false;
    if (!when && performance.now() - lastRecovery < recoveryPause) return false;
    lastRecovery = performance.now();
    try {
      await new Promise<void>((resolve, reject) => {
        pool.whenQuiet(() => {
          try {
            reads.endTurn();
            whileRoomLasts(() => writer.reopen());
            reads.reopen();
            resolve();
          } catch (error) {
            reject(error);
          }
        });
      });
      if (!(await errands.isSound())) throw new AppError('unavailable', { reason: 'database_damaged' });
      damaged = false;
      mendingPause = recoveryPause;
      report('database.recovered', undefined);
      return true;
    } catch (error) {
      report('database.recovery_failed', error);
      mendLater(mendingPause);
      mendingPause = Math.min(longestPause, mendingPause * 2);
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
        writer.checkpoint(room.full ? 'reuse' : 'cut');
      } catch (error) {
        onFault(error);
        report('database.checkpoint_failed', error);
      }
    });
  }

  async function close(): Promise<void> {
    clearTimeout(mending);
    await queue.drain();
    await room.close();
    await Promise.all([pool.close(), errands.close(), inspections.close()]);
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
    write: (body, how) => queue.add(body, how?.frees === true),
    get version() {
      return version;
    },
    async durable() {
      if (options.synchronous !== 'normal') return;
      // SQLite has no call for it but a checkpoint. Its locks are on other files than this one.
      if (existsSync(`${path}-wal`)) await syncToDisk(`${path}-wal`, 'r+');
    },
    async inspect(inspection) {
      if (closing) throw new AppError('unavailable', { reason: 'closed' });
      return inspections.run(inspection);
    },
    snapshot: (to) => errands.copy(to),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function refuse(jobs: readonly WriteJob[], error: AppError): void {
  for (const job of jobs) job.reject(error);
}

function ioFault(): AppError {
  return new AppError('unavailable', { reason: 'database_io' });
}

function noRoom(cause?: unknown): AppError {
  return new AppError('storage_full', { reason: NO_ROOM, cause });
}
