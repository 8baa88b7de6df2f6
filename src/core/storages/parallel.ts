/** How {@link inParallel} works. */
export interface Parallel<T, R> {
  /** Works that run at once. */
  readonly limit: number;
  /** Gets a signal that ends it, when the results are no longer wanted. */
  readonly work: (item: T, signal: AbortSignal) => Promise<R>;
  /** Milliseconds between two heartbeats, about. Default 500. */
  readonly every?: number;
  /** Ends everything; the iteration rejects with its reason. */
  readonly signal: AbortSignal;
}

/** What a heartbeat is given as. */
export const HEARTBEAT = Symbol('heartbeat');

/**
 * The results of works on items, `limit` at once, in the order in which they end; with heartbeats between them, so that who
 * iterates can show progress, and leave, while a work takes long. Left or failed, it ends the works and waits for them.
 */
export async function* inParallel<T, R>(
  items: AsyncIterable<T>,
  { limit, work, every = 500, signal }: Parallel<T, R>,
): AsyncGenerator<R | typeof HEARTBEAT> {
  const controller = new AbortController();
  const end = () => controller.abort(signal.reason);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const running = new Set<Promise<{ readonly result: R; readonly self: Promise<unknown> }>>();

  function start(item: T): void {
    const self: Promise<{ result: R; self: Promise<unknown> }> = work(item, controller.signal).then(
      (result) => ({
        result,
        self,
      }),
    );
    // It may fail while nobody looks; the next look sees it.
    self.catch(() => {});
    running.add(self);
  }

  let lastBeat = performance.now();

  async function* ended(): AsyncGenerator<R | typeof HEARTBEAT> {
    const pause = lastBeat + every - performance.now();
    const first = pause > 0 ? await beforeBeat(Promise.race(running), pause) : HEARTBEAT;
    if (first === HEARTBEAT) {
      lastBeat = performance.now();
      yield HEARTBEAT;
      return;
    }
    for (const each of running) if (each === first.self) running.delete(each);
    yield first.result;
  }

  try {
    for await (const item of items) {
      controller.signal.throwIfAborted();
      start(item);
      while (running.size >= limit) yield* ended();
    }
    while (running.size > 0) yield* ended();
  } finally {
    signal.removeEventListener('abort', end);
    controller.abort(new Error('not wanted any more'));
    await Promise.allSettled(running);
  }
}

async function beforeBeat<T>(work: Promise<T>, milliseconds: number): Promise<T | typeof HEARTBEAT> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const beat = new Promise<typeof HEARTBEAT>((resolve) => {
    timer = setTimeout(() => resolve(HEARTBEAT), milliseconds);
  });
  try {
    return await Promise.race([work, beat]);
  } finally {
    clearTimeout(timer);
  }
}
