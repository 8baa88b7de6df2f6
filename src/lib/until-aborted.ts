/**
 * The source's chunks, until the signal says no; a source that never answers again does not hold its reader. Rejects with
 * the signal's reason.
 *
 * `Promise.race` with one promise for all chunks would keep every chunk alive until that promise is gone.
 */
export function untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  if (signal === undefined) return source;
  return {
    [Symbol.asyncIterator]() {
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
        async return() {
          end();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
