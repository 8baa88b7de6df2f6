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
  /** Marks the place that a body's failure goes back to. */
  savepoint(): void;
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
  /** Other bodies share the transaction, so that this one's failure must not undo theirs. */
  readonly #shared: boolean;
  #open = true;
  #saved = false;
  #exposed = false;

  constructor(host: TransactionHost, now: number, shared: boolean) {
    this.#host = host;
    this.now = now;
    this.#shared = shared;
  }

  /** There is a savepoint to release or to go back to. Made before the first write, since many bodies only read or write once. */
  get saved(): boolean {
    return this.#saved;
  }

  /** It wrote without a savepoint, so that its work can be undone only together with everybody's. */
  get exposed(): boolean {
    return this.#exposed;
  }

  // The row type is the caller's word for what its statement selects.
  all<R extends DbRow = DbRow>(statement: Prepared, bindings?: Bindings): Promise<R[]>;
  all(statement: Prepared, bindings?: Bindings): Promise<DbRow[]> {
    return this.#attempt(() => this.#compiled(statement).all(bindSlots(statement, bindings)));
  }

  get<R extends DbRow = DbRow>(statement: Prepared, bindings?: Bindings): Promise<R | undefined>;
  get(statement: Prepared, bindings?: Bindings): Promise<DbRow | undefined> {
    return this.#attempt(() => this.#compiled(statement).get(bindSlots(statement, bindings)));
  }

  run(statement: Prepared, bindings?: Bindings): Promise<WriteResult> {
    return this.#attempt(() => ({ changes: this.#compiled(statement).run(bindSlots(statement, bindings)) }));
  }

  runOnly(statement: Prepared, bindings?: Bindings): Promise<WriteResult> {
    return this.#attempt(() => {
      // A statement that fails undoes its own work and that of its triggers.
      const changes = this.#host.statement(statement.text).run(bindSlots(statement, bindings));
      this.#exposed = this.#shared && !this.#saved;
      return { changes };
    });
  }

  execute(statement: SQL): Promise<void> {
    return this.#attempt(() => {
      this.#save();
      this.#host.execute(renderInline(statement));
    });
  }

  afterCommit(task: () => void): void {
    if (!this.#open) throw ended();
    this.tasks ??= [];
    this.tasks.push(task);
  }

  end(): void {
    this.#open = false;
  }

  #compiled({ text }: Prepared): Compiled {
    const compiled = this.#host.statement(text);
    if (!compiled.readonly) this.#save();
    return compiled;
  }

  #save(): void {
    if (this.#saved || !this.#shared) return;
    this.#host.savepoint();
    this.#saved = true;
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
