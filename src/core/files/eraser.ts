import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Tx } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import { type FileStatements, NEVER } from './statements.ts';
import type { ObjectState } from './stored-file.ts';

/** Attempts before a deletion is abandoned (SECURITY-REQUIREMENTS 9.4). */
const MAX_ATTEMPTS = 10;

/**
 * Seconds between attempts: quick ones for a storage that hiccups, then such that the last comes some 86 minutes after the
 * first, and an hour without the storage leaves nothing behind.
 */
const PAUSES = [1, 2, 4, 8, 16, 32, 300, 1200, 3600] as const;
const LONGEST_PAUSE = 3600;

/** What {@link createErasure} needs. */
export interface ErasureOptions {
  readonly db: Database;
  readonly statements: FileStatements;
  readonly storages: ReadonlyMap<string, Storage>;
  readonly clock: Clock;
  readonly log: Log;
  /** Forgets an object in memory, waits until nothing is being made of it, and removes what was. */
  readonly eraseDerivatives: (objectId: string, storage: Storage) => Promise<void>;
  /** Deletions that are read at once. */
  readonly batchSize: number;
  /** Deletions that run at once. */
  readonly concurrency: number;
}

/** Milliseconds between the n-th failed attempt (from 1) and the next. */
export function pauseAfter(attempts: number): number {
  return (PAUSES[attempts - 1] ?? LONGEST_PAUSE) * 1000;
}

type Due = {
  id: number;
  object: string;
  backend: string;
  key: string;
  attempts: number;
  state: ObjectState | null;
  /** Empty when it never was live. */
  name: string;
  upload: string;
};

type Outcome =
  | { readonly kind: 'erased'; readonly due: Due }
  | { readonly kind: 'failed'; readonly due: Due; readonly error: unknown }
  /** The queue names an object that is in use: the queue is wrong, the object stays. */
  | { readonly kind: 'refused'; readonly due: Due };

/**
 * One batch of the work of step 7 of DESIGN.md 5: derivatives, then the object, then the rows; the outcomes of a batch
 * share one commit. `mayErase` is asked again after the batch is chosen. Resolves to the number of deletions looked at,
 * 0 = nothing is due; rejects only when the database fails.
 */
export function createErasure(options: ErasureOptions): (mayErase: () => boolean) => Promise<number> {
  const { db, statements, storages, clock, log } = options;

  async function eraseOne(due: Due): Promise<Outcome> {
    if (due.state === 'live' || due.state === 'pending') return { kind: 'refused', due };
    try {
      if (FAILPOINTS) failpoint('erase.before');
      const storage = storages.get(due.backend);
      if (storage === undefined) throw new AppError('not_configured', { reason: 'storage_unknown' });
      await options.eraseDerivatives(due.object, storage);
      if (FAILPOINTS) failpoint('erase.derivatives');
      // What never became live may have been cut off anywhere.
      await (due.name === '' ? storage.discard(due.key, due.upload) : storage.remove(due.key));
      return { kind: 'erased', due };
    } catch (error) {
      return { kind: 'failed', due, error };
    }
  }

  async function record(tx: Tx, outcome: Outcome): Promise<void> {
    const { id, object } = outcome.due;
    if (outcome.kind === 'failed') return recordFailure(tx, outcome.due, outcome.error);
    await tx.run(statements.forgetDeletion, { id });
    if (outcome.kind === 'refused') {
      tx.afterCommit(() => log.error('files.erase_refused', { object, state: outcome.due.state }));
      return;
    }
    await tx.run(statements.forgetDerivatives, { object });
    await tx.run(statements.forgetObject, { object });
  }

  async function recordFailure(tx: Tx, due: Due, error: unknown): Promise<void> {
    const attempts = due.attempts + 1;
    const abandoned = attempts >= MAX_ATTEMPTS;
    const next = abandoned ? NEVER : clock.now() + pauseAfter(attempts);
    const text = describeFault(error);
    await tx.run(statements.failDeletion, { id: due.id, attempts, next, error: text });
    if (abandoned) await tx.run(statements.abandon, { object: due.object });
    tx.afterCommit(() => {
      const facts = { object: due.object, backend: due.backend, attempts, error: text };
      if (abandoned) log.error('files.erase_abandoned', facts);
      else log.warn('files.erase_failed', facts);
    });
  }

  return async (mayErase) => {
    const bindings = { now: clock.now(), limit: options.batchSize };
    const batch = await db.all<Due>(statements.due, bindings);
    if (batch.length === 0) return 0;
    // A power cut must not bring back a record whose file is gone.
    await db.durable();
    if (!mayErase()) return 0;
    const outcomes = await eachLimited(batch, options.concurrency, mayErase, eraseOne);
    if (outcomes.length === 0) return 0;
    await db.write(
      async (tx) => {
        for (const outcome of outcomes) await record(tx, outcome);
      },
      { frees: true },
    );
    if (FAILPOINTS) failpoint('erase.forgotten');
    return outcomes.length;
  };
}

/** Works on items, `limit` at once, until all are done or `go` says no. Results in no particular order. */
async function eachLimited<T, R>(
  items: readonly T[],
  limit: number,
  go: () => boolean,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.values();
  const worker = async () => {
    while (go()) {
      const next = rest.next();
      if (next.done === true) return;
      results.push(await work(next.value));
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}

/** A fault for an admin's list: codes only, no paths. */
function describeFault(error: unknown): string {
  if (!(error instanceof AppError)) return 'internal';
  const name = error.params.error;
  return typeof name === 'string' ? `${error.message} ${name}` : error.message;
}
