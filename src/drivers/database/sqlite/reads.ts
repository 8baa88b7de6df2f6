import { AppError } from '../../../core/errors.ts';
import type { Bindings, DbRow, DbValue, Prepared } from '../../../core/ports/database.ts';
import { openConnection } from './connection.ts';
import { translate, translateFault } from './errors.ts';
import { type Weight, weigh } from './plan.ts';
import { createReadTurn } from './read-turn.ts';
import type { ReaderPool } from './reader-pool.ts';
import { bindSlots, Compiled } from './statement.ts';
import { createStatementCache } from './statement-cache.ts';
import { startStopwatch } from './stopwatch.ts';
import { createTableSizes } from './table-sizes.ts';
import { Treatment } from './treatment.ts';
import { decodeRows, encodeValue } from './wire-values.ts';

/** What reads need. */
export interface ReadsOptions {
  readonly path: string;
  readonly pool: ReaderPool;
  readonly statementLimit: number;
  /** Called with an error that may mean damage to the file, before the caller gets it. */
  readonly onFault: (error: unknown) => unknown;
}

/** Reads of the last commit, each here or in a reader process, as its {@link Treatment} says. */
export interface Reads {
  all(statement: Prepared, bindings: Bindings | undefined, timeout: number): Promise<DbRow[]>;
  get(statement: Prepared, bindings: Bindings | undefined, timeout: number): Promise<DbRow | undefined>;
  /** From here on reads see what was committed by now. */
  endTurn(): void;
  /** Forgets what depends on the schema. */
  reset(): void;
  reopen(): void;
  close(): void;
}

/** Opens the reader connection of a database that exists. */
export function openReads(options: ReadsOptions): Reads {
  let db = openConnection(options.path, 'reader');
  let turn = createReadTurn(db, options.onFault);
  let rowsOf = createTableSizes(db);
  const statements = createStatementCache(options.statementLimit, compile);

  function compile(text: string): ReadStatement {
    return new ReadStatement(new Compiled(db, text), () => weigh(db, text, rowsOf));
  }

  function read<T>(read: Read<T>): Promise<T> {
    try {
      const values = bindSlots(read.statement, read.bindings);
      const entry = statements.get(read.statement.text);
      const here = !entry.isAway() || (options.pool.crowded && entry.treatment.mayOverflow);
      if (!here) return readAway(read, entry.treatment, values);
      turn.begin();
      return Promise.resolve(entry.time(() => read.here(entry.compiled, values)));
    } catch (error) {
      options.onFault(error);
      return Promise.reject(translate(error));
    }
  }

  async function readAway<T>(read: Read<T>, treatment: Treatment, values: DbValue[]): Promise<T> {
    const { shape, statement, timeout } = read;
    try {
      const request = { kind: shape, text: statement.text, values: values.map(encodeValue) };
      const reply = await options.pool.run(request, { timeout, slow: treatment.slow });
      if (!reply.ok) throw translateFault(reply.fault, reply.fault);
      treatment.ranAway(reply.took);
      return read.away(decodeRows(reply.result));
    } catch (error) {
      if (error instanceof AppError && error.reason === 'timeout') treatment.ranAway(timeout);
      throw error;
    }
  }

  function reset(): void {
    statements.clear();
    rowsOf = createTableSizes(db);
  }

  return {
    all: (statement, bindings, timeout) =>
      read({ shape: 'all', statement, bindings, timeout, here: allHere, away: (rows) => rows }),
    get: (statement, bindings, timeout) =>
      read({ shape: 'get', statement, bindings, timeout, here: getHere, away: (rows) => rows[0] }),
    endTurn: () => turn.end(),
    reset,
    reopen() {
      // First, so that reads go on when it fails.
      const fresh = openConnection(options.path, 'reader');
      statements.clear();
      turn.close();
      db.close();
      db = fresh;
      turn = createReadTurn(db, options.onFault);
      reset();
    },
    close() {
      statements.clear();
      turn.close();
      db.close();
    },
  };
}

/** One read, and what becomes of its rows in either place. */
interface Read<T> {
  readonly shape: 'all' | 'get';
  readonly statement: Prepared;
  readonly bindings: Bindings | undefined;
  readonly timeout: number;
  readonly here: (compiled: Compiled, values: DbValue[]) => T;
  readonly away: (rows: DbRow[]) => T;
}

const allHere = (compiled: Compiled, values: DbValue[]) => compiled.all(values);
const getHere = (compiled: Compiled, values: DbValue[]) => compiled.get(values);

/** A statement of the reader connection with its treatment. */
class ReadStatement {
  readonly compiled: Compiled;
  readonly treatment: Treatment;
  readonly #weigh: () => Weight;
  tick = 0;

  constructor(compiled: Compiled, weigh: () => Weight) {
    this.compiled = compiled;
    this.#weigh = weigh;
    this.treatment = new Treatment(weigh());
  }

  isAway(): boolean {
    if (this.treatment.due) this.treatment.review(this.#weigh());
    return this.treatment.away;
  }

  /** Runs a read here and, unless its work is constant, measures it. */
  time<T>(read: () => T): T {
    if (this.treatment.constant) return read();
    const took = startStopwatch();
    const result = read();
    this.treatment.ranHere(took());
    return result;
  }

  finalize(): void {
    this.compiled.finalize();
  }
}
