import type { SQL } from 'drizzle-orm';
import { AppError } from '../../../core/errors.ts';
import type { Bindings, DbRow, Prepared, Tx, WriteResult } from '../../../core/ports/database.ts';
import { renderInline } from './render.ts';
import { bindSlots, type Compiled } from './statement.ts';

/** What a transaction needs of the writer. */
export interface TransactionHost {
  statement(text: string): Compiled;
  /** Runs schema statements; compiled statements are forgotten. */
  execute(text: string): void;
  /** Translates an error of a statement, and notes it when it ended the whole transaction. */
  fail(error: unknown): AppError;
}

/**
 * The `tx` of one body. Every call is done when it returns; its promise is there for the port's sake. After
 * {@link SqliteTransaction.end} all calls reject with `internal`, reason `transaction_ended`.
 */
export class SqliteTransaction implements Tx {
  readonly now: number;
  /** What the body asked to run after the commit. */
  tasks: (() => void)[] | undefined;
  readonly #host: TransactionHost;
  #open = true;

  constructor(host: TransactionHost, now: number) {
    this.#host = host;
    this.now = now;
  }

  // The row type is the caller's word for what its statement selects.
  all<R extends DbRow = DbRow>(statement: Prepared, bindings?: Bindings): Promise<R[]>;
  all(statement: Prepared, bindings?: Bindings): Promise<DbRow[]> {
    return this.#attempt(() => this.#host.statement(statement.text).all(bindSlots(statement, bindings)));
  }

  get<R extends DbRow = DbRow>(statement: Prepared, bindings?: Bindings): Promise<R | undefined>;
  get(statement: Prepared, bindings?: Bindings): Promise<DbRow | undefined> {
    return this.#attempt(() => this.#host.statement(statement.text).get(bindSlots(statement, bindings)));
  }

  run(statement: Prepared, bindings?: Bindings): Promise<WriteResult> {
    return this.#attempt(() => ({
      changes: this.#host.statement(statement.text).run(bindSlots(statement, bindings)),
    }));
  }

  execute(statement: SQL): Promise<void> {
    return this.#attempt(() => this.#host.execute(renderInline(statement)));
  }

  afterCommit(task: () => void): void {
    if (!this.#open) throw ended();
    this.tasks ??= [];
    this.tasks.push(task);
  }

  end(): void {
    this.#open = false;
  }

  #attempt<T>(work: () => T): Promise<T> {
    if (!this.#open) return Promise.reject(ended());
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(this.#host.fail(error));
    }
  }
}

function ended(): AppError {
  return new AppError('internal', { reason: 'transaction_ended' });
}
