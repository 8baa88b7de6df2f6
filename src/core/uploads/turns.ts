import { AppError } from '../errors.ts';

/** One at a time for each upload. */
export interface Turns {
  /**
   * Runs the work when nobody else is at one of these uploads. Who is sending is told by its signal to come to an end; who is
   * not done after ten seconds (a file being attached) keeps the place: `busy` reason `upload_locked`.
   */
  take<T>(ids: readonly string[], work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Whether somebody is at the upload. */
  isTaken(id: string): boolean;
}

interface Holder {
  readonly interrupt: AbortController;
  readonly done: Promise<void>;
}

/** Makes {@link Turns}. `patience` is how long somebody is waited for, in milliseconds. */
export function createTurns(patience = 10_000): Turns {
  const holders = new Map<string, Holder>();

  const holderOf = (ids: readonly string[]) =>
    ids.map((id) => holders.get(id)).find((found) => found !== undefined);

  return {
    async take(ids, work) {
      const deadline = performance.now() + patience;
      for (let holder = holderOf(ids); holder !== undefined; holder = holderOf(ids)) {
        holder.interrupt.abort(new AppError('busy', { reason: 'interrupted' }));
        if (!(await within(holder.done, deadline - performance.now()))) {
          throw new AppError('busy', { reason: 'upload_locked' });
        }
      }
      // Nothing is awaited between the last look and this: of several who waited for the same turn, one has the next.
      const interrupt = new AbortController();
      const { promise: done, resolve } = Promise.withResolvers<void>();
      for (const id of ids) holders.set(id, { interrupt, done });
      try {
        return await work(interrupt.signal);
      } finally {
        for (const id of ids) holders.delete(id);
        resolve();
      }
    },
    isTaken: (id) => holders.has(id),
  };
}

async function within(done: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
