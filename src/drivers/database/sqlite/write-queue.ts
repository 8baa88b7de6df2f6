import { AppError } from '../../../core/errors.ts';
import type { Tx } from '../../../core/ports/database.ts';

/** A transaction that waits for its turn. */
export interface WriteJob {
  readonly body: (tx: Tx) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** See the port's `WriteOptions`. */
  readonly frees: boolean;
}

/** Bounds of a write queue. */
export interface WriteQueueOptions {
  /** Most jobs that share one commit. */
  readonly batchLimit: number;
  /** Most jobs that wait; one more is refused with `busy`, reason `queue_full`. */
  readonly queueLimit: number;
  /** Asked before a job that frees room is rejected; true when it will be run again instead. */
  readonly keeps: (job: WriteJob, error: unknown) => boolean;
}

/** Collects the writes of one turn of the event loop and hands them on together. */
export interface WriteQueue {
  add<T>(body: (tx: Tx) => Promise<T>, frees: boolean): Promise<T>;
  /** Has a batch run soon, be it an empty one. */
  nudge(): void;
  /** Refuses new writes; resolves when those accepted are settled. */
  drain(): Promise<void>;
}

/**
 * Makes a queue. `runBatch` gets jobs in the order of their arrival, settles each, never throws, and is not called again
 * before it has resolved.
 *
 * The queue is emptied by `setImmediate`: requests that the poll phase brought have all been read by then, while a
 * microtask would run between the first and the second.
 */
export function createWriteQueue(
  options: WriteQueueOptions,
  runBatch: (jobs: readonly WriteJob[]) => Promise<void>,
): WriteQueue {
  let queue: WriteJob[] = [];
  let active = false;
  let draining: PromiseWithResolvers<void> | undefined;

  async function flush(): Promise<void> {
    const batch = takeBatch();
    try {
      await runBatch(batch);
    } catch (error) {
      // It promised not to; but a queue that stands still would be worse than a write whose outcome is not known.
      for (const job of batch) job.reject(error);
    }
    if (queue.length > 0) setImmediate(flush);
    else {
      active = false;
      draining?.resolve();
    }
  }

  function takeBatch(): readonly WriteJob[] {
    const batch = queue.slice(0, options.batchLimit);
    queue = queue.slice(options.batchLimit);
    return batch;
  }

  function nudge(): void {
    if (active) return;
    active = true;
    setImmediate(flush);
  }

  return {
    add<T>(body: (tx: Tx) => Promise<T>, frees: boolean): Promise<T> {
      if (draining) return Promise.reject(new AppError('unavailable', { reason: 'closed' }));
      if (queue.length >= options.queueLimit) {
        return Promise.reject(new AppError('busy', { reason: 'queue_full' }));
      }
      return new Promise<T>((resolve, reject) => {
        let result: { readonly value: T } | undefined;
        const keep = (value: T) => {
          result = { value };
        };
        const job: WriteJob = {
          body: (tx) => body(tx).then(keep),
          resolve: () => result && resolve(result.value),
          reject: frees ? (error) => options.keeps(job, error) || reject(error) : reject,
          frees,
        };
        queue.push(job);
        nudge();
      });
    },
    nudge,
    drain() {
      draining ??= Promise.withResolvers();
      if (!active) draining.resolve();
      return draining.promise;
    },
  };
}
