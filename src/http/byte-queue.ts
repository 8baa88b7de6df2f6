import type { Readable } from 'node:stream';

/** Bytes of a Node stream, read once. */
export interface ByteQueue extends AsyncIterable<Uint8Array> {
  /** Ends the iteration with this error, now. */
  fail(error: unknown): void;
  /** Skips whatever has not been read, so that the source can go on; reading on is an error. */
  discard(): void;
}

/** Bytes waiting here before the stream is paused; beside them the stream has its own buffer. */
const QUEUE_BYTES = 262_144;

/**
 * Turns a flowing Node stream into an async iterable without copying chunks together, as `stream.read()` would, and
 * without destroying the stream when the reader stops early, as Node's own iterator would: a destroyed part would
 * leave its form waiting for ever. Errors of the stream are the caller's to watch, and to pass on by `fail`.
 */
export function queueBytes(stream: Readable): ByteQueue {
  const queue: Uint8Array[] = [];
  let queued = 0;
  let ended = false;
  let discarding = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  function signal(): void {
    wake?.();
    wake = undefined;
  }

  function fail(error: unknown): void {
    failure ??= { error };
    signal();
  }

  stream.on('data', (chunk: Uint8Array) => {
    if (discarding) return;
    queue.push(chunk);
    queued += chunk.byteLength;
    if (queued >= QUEUE_BYTES) stream.pause();
    signal();
  });
  stream.on('end', () => {
    ended = true;
    signal();
  });

  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      if (failure) throw failure.error;
      const chunk = queue.shift();
      if (chunk) {
        queued -= chunk.byteLength;
        if (queued < QUEUE_BYTES && stream.isPaused()) stream.resume();
        return { done: false, value: chunk };
      }
      if (ended) return { done: true, value: undefined };
      // Reading on after the rest was given up must not look like the end of the bytes.
      if (discarding) throw new Error('read after discard');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    fail,
    discard() {
      discarding = true;
      queue.length = 0;
      stream.resume();
      signal();
    },
    [Symbol.asyncIterator]: () => ({ next }),
  };
}
