/** Chunks of a source that may fall silent for good. */
export interface Interruptible {
  /** As the source's; rejects with the signal's reason as soon as it is aborted. */
  next(): Promise<IteratorResult<Uint8Array, unknown>>;
  /** Gives the rest up. */
  end(): void;
}

/**
 * Reads a source until the signal says no. One promise for each chunk: a race with one promise for all would keep every chunk
 * alive until that promise is gone.
 */
export function interruptible(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Interruptible {
  const chunks = source[Symbol.asyncIterator]();
  let giveUp: (() => void) | undefined;
  const onAbort = () => giveUp?.();
  signal.addEventListener('abort', onAbort, { once: true });
  const end = () => {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a generator that hangs would hold its own end.
    void Promise.resolve(chunks.return?.()).catch(() => {});
  };
  return {
    end,
    next() {
      return new Promise((resolve, reject) => {
        const fail = (error: unknown) => {
          end();
          reject(error);
        };
        giveUp = () => fail(signal.reason);
        if (signal.aborted) return giveUp();
        chunks.next().then((step) => {
          if (step.done === true) signal.removeEventListener('abort', onAbort);
          resolve(step);
        }, fail);
      });
    },
  };
}
