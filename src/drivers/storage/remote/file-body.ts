import { ServiceError } from './object-service.ts';

/** Milliseconds in which a service must take something of a body, or answer. */
const STALL = 30_000;

/** `fetch` as it is used here. */
export interface FileRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array> | string;
  readonly signal?: AbortSignal;
}

/**
 * Sends a request without following redirects; answers stay as they are encoded. Rejects as `fetch` does, and with a
 * {@link ServiceError} when the service takes no more of a file.
 *
 * Without TLS the system sends a file. With it Bun would read the file whole into memory, so it is given as a stream, which
 * shows how it is taken, too: a service that went silent is noticed long before the time for all of its bytes is over.
 */
export async function fetchFromService(url: string, request: FileRequest, stall = STALL): Promise<Response> {
  const init = { ...request, redirect: 'manual', decompress: false } as const;
  const { body, headers, signal } = request;
  if (!(body instanceof Blob) || !url.startsWith('https:')) return fetch(url, init);
  headers.set('content-length', String(body.size));
  const stalled = new AbortController();
  const watch = watchStall(stall, () =>
    stalled.abort(new ServiceError('unreachable', { cause: new Error('nothing more is taken') })),
  );
  try {
    return await fetch(url, {
      ...init,
      body: watched(body, watch.moved),
      signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
    });
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    watch.end();
  }
}

/** Calls `onStall` when `moved` is not called for so long. */
function watchStall(milliseconds: number, onStall: () => void) {
  let timer = setTimeout(onStall, milliseconds);
  return {
    moved(): void {
      clearTimeout(timer);
      timer = setTimeout(onStall, milliseconds);
    },
    end(): void {
      clearTimeout(timer);
    },
  };
}

/** The bytes of a file, as they are asked for. */
function watched(file: Blob, moved: () => void): ReadableStream<Uint8Array> {
  const reader = file.stream().getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        moved();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
