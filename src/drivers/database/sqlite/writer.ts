import type { Database } from 'bun:sqlite';
import { AppError } from '../../../core/errors.ts';
import type { Tx } from '../../../core/ports/database.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { openConnection } from './connection.ts';
import { toFault, translate } from './errors.ts';
import { Compiled } from './statement.ts';
import { createStatementCache } from './statement-cache.ts';
import { SqliteTransaction, type TransactionHost } from './transaction.ts';
import type { WriteJob } from './write-queue.ts';

/** Where a test may stop the writer: before and after a commit, and before the transaction. */
export type DatabaseFailpoint = 'database.begin' | 'database.commit' | 'database.committed';

/** What a writer needs. */
export interface WriterOptions {
  readonly path: string;
  readonly synchronous: 'full' | 'normal';
  readonly statementLimit: number;
  readonly now: () => number;
  /** Called at named places; what it throws is taken for a fault of SQLite at that place. */
  readonly failpoint: ((name: DatabaseFailpoint) => void) | undefined;
  /** Told of what must not be lost, and goes to nobody else. */
  readonly report: (event: string, error: unknown) => void;
  /** Called with an error before anyone gets it; answers what they get, when it is not what the error itself says. */
  readonly onFault: (error: unknown) => AppError | undefined;
  /** Called after each batch, before its promises settle. */
  readonly onCommitted: () => void;
  /** Called after a batch that ran schema statements, before its promises settle. */
  readonly onSchemaChange: () => void;
}

/** The one connection that writes. */
export interface Writer {
  /** Runs jobs in one transaction (more, where some change the schema) and settles each; never throws. */
  runBatch(jobs: readonly WriteJob[]): Promise<void>;
  /**
   * Moves what the log holds into the database; false when a reader stood in the way. Then cuts the log, or, to `reuse` it,
   * leaves it as long as it is: on a full disk it could not grow again.
   */
  checkpoint(after: 'cut' | 'reuse'): boolean;
  /**
   * Closes it and opens it again. What the log holds is written into the database, since a failed fsync of the log
   * cannot be repeated. Throws when any of this fails.
   */
  reopen(): void;
  close(): void;
}

/** Milliseconds that a batch waits for another process that is writing. */
const lockPatience = 5_000;

/** Opens the writer, making the file when it is not there. */
export function openWriter(options: WriterOptions): Writer {
  let db = openConnection(options.path, 'writer', options.synchronous);
  let connection = createStatements(db);
  let schemaChanged = false;
  /** Why the transaction is gone, when a fault made SQLite undo all of it. */
  let lost: AppError | undefined;
  let abortBody: ((error: AppError) => void) | undefined;

  const host: TransactionHost = {
    statement: (text) => connection.statements.get(text),
    savepoint: () => void connection.savepoint.run([]),
    execute(text) {
      schemaChanged = true;
      connection.statements.clear();
      db.run(text);
    },
    fail(error) {
      const translated = fault(error);
      if (!db.inTransaction) lost ??= translated;
      return translated;
    },
  };

  function createStatements(on: Database) {
    return {
      statements: createStatementCache(options.statementLimit, (text) => new Compiled(on, text)),
      begin: new Compiled(on, 'BEGIN IMMEDIATE'),
      commit: new Compiled(on, 'COMMIT'),
      rollback: new Compiled(on, 'ROLLBACK'),
      savepoint: new Compiled(on, 'SAVEPOINT job'),
      release: new Compiled(on, 'RELEASE job'),
      undo: new Compiled(on, 'ROLLBACK TO job'),
    };
  }

  function fault(error: unknown): AppError {
    return options.onFault(error) ?? translate(error, tableOfIndex);
  }

  function tableOfIndex(index: string): string | undefined {
    const text = "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?";
    const table = connection.statements.get(text).get([index])?.tbl_name;
    return typeof table === 'string' ? table : undefined;
  }

  /**
   * What waits behind schema statements runs after their commit and its tasks: it was made for the schema before, and must
   * find out that there is another.
   */
  async function runBatch(jobs: readonly WriteJob[]): Promise<void> {
    let rest = jobs;
    while (rest.length > 0) rest = rest.slice(await runTogether(rest));
  }

  /** Runs jobs in one transaction, as far as to one that changes the schema; answers how many are settled. */
  async function runTogether(jobs: readonly WriteJob[]): Promise<number> {
    lost = undefined;
    schemaChanged = false;
    try {
      await begin();
    } catch (error) {
      const translated = fault(error);
      for (const job of jobs) job.reject(translated);
      return jobs.length;
    }
    const watch = watchTurn();
    const done: Done[] = [];
    let turns = 0;
    for (const job of jobs) {
      turns++;
      const outcome = await runJob(job, jobs.length > 1);
      if (outcome) done.push(outcome);
      if (lost || schemaChanged) break;
    }
    watch.stop();
    const error = lost ?? commit();
    if (lost) rollBack();
    options.onCommitted();
    if (schemaChanged) connection.statements.clear();
    if (schemaChanged) options.onSchemaChange();
    if (!error) {
      for (const { job, tx } of done) finish(job, tx);
      return turns;
    }
    for (const job of jobs) job.reject(error);
    return jobs.length;
  }

  /** Another process may be writing: waits for it without holding up the event loop. */
  async function begin(): Promise<void> {
    const patience = performance.now() + lockPatience;
    for (;;) {
      try {
        if (FAILPOINTS) options.failpoint?.('database.begin');
        connection.begin.run([]);
        return;
      } catch (error) {
        const locked = toFault(error)?.code.startsWith('SQLITE_BUSY');
        if (!locked || performance.now() > patience) throw error;
        await Bun.sleep(10);
      }
    }
  }

  /**
   * Bodies that await nothing but their tx are all done before the loop turns. One that is not would keep everyone
   * waiting, so it is given up: its work is undone and its promise rejects with `internal`, reason `foreign_await`.
   */
  function watchTurn(): { stop(): void } {
    const check = () => {
      abortBody?.(new AppError('internal', { reason: 'foreign_await' }));
      timer = setImmediate(check);
    };
    let timer = setImmediate(check);
    return { stop: () => clearImmediate(timer) };
  }

  /** Runs a body; undoes its work and rejects its promise when it fails. */
  async function runJob(job: WriteJob, shared: boolean): Promise<Done | undefined> {
    const tx = new SqliteTransaction(host, options.now(), shared);
    try {
      await runBody(job.body, tx);
      tx.end();
      // A body may have caught the error that ended the transaction.
      if (lost) return undefined;
      if (tx.saved) connection.release.run([]);
      return { job, tx };
    } catch (error) {
      tx.end();
      job.reject(toFault(error) ? host.fail(error) : error);
      if (!lost) undo(tx, shared);
      return undefined;
    }
  }

  function runBody(body: (tx: Tx) => Promise<unknown>, tx: Tx): Promise<unknown> {
    return new Promise((resolve, reject) => {
      abortBody = reject;
      body(tx).then(resolve, reject);
    });
  }

  function undo(tx: SqliteTransaction, shared: boolean): void {
    try {
      if (!shared) connection.rollback.run([]);
      else if (tx.saved) {
        connection.undo.run([]);
        connection.release.run([]);
      } else if (tx.exposed) lost = new AppError('internal', { reason: 'failed_after_only_write' });
    } catch (error) {
      lost = fault(error);
    }
  }

  /** Makes the batch durable, or undoes all of it and says why. */
  function commit(): AppError | undefined {
    abortBody = undefined;
    if (!db.inTransaction) return undefined;
    try {
      if (FAILPOINTS) options.failpoint?.('database.commit');
      connection.commit.run([]);
      if (FAILPOINTS) options.failpoint?.('database.committed');
      return undefined;
    } catch (error) {
      const translated = fault(error);
      rollBack();
      return translated;
    }
  }

  function rollBack(): void {
    try {
      if (db.inTransaction) connection.rollback.run([]);
    } catch (error) {
      options.onFault(error);
    }
  }

  function finish(job: WriteJob, tx: SqliteTransaction): void {
    for (const task of tx.tasks ?? []) {
      try {
        task();
      } catch (error) {
        options.report('database.after_commit_failed', error);
      }
    }
    job.resolve(undefined);
  }

  function checkpoint(after: 'cut' | 'reuse'): boolean {
    const statement = db.prepare(`PRAGMA wal_checkpoint(${after === 'cut' ? 'TRUNCATE' : 'RESTART'})`);
    try {
      return statement.values()[0]?.[0] === 0;
    } finally {
      statement.finalize();
    }
  }

  function close(): void {
    const { statements, ...fixed } = connection;
    statements.clear();
    for (const statement of Object.values(fixed)) statement.finalize();
    db.close();
  }

  return {
    runBatch,
    checkpoint,
    reopen() {
      // First, so that a failure leaves one to try again with; and so that no descriptor is used again.
      const fresh = openConnection(options.path, 'writer', options.synchronous);
      close();
      db = fresh;
      connection = createStatements(db);
      // Cut, so that a commit that failed after it was written cannot come back from the log.
      if (!checkpoint('cut')) throw new AppError('unavailable', { reason: 'readers_hold_the_log' });
    },
    close,
  };
}

interface Done {
  readonly job: WriteJob;
  readonly tx: SqliteTransaction;
}
