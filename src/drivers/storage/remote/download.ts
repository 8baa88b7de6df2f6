import { AppError, notFound } from '../../../core/errors.ts';
import type { ByteRange } from '../../../core/ports/storage.ts';
import type { Attempts } from './attempts.ts';
import { mayPass, remoteFault, unavailable } from './faults.ts';
import { type ObjectService, type ServiceBody, ServiceError } from './object-service.ts';
import type { RemoteTiming, RemoteTuning } from './options.ts';

/** What {@link download} works with. */
export interface DownloadContext {
  readonly service: ObjectService;
  readonly attempts: Attempts;
  readonly tuning: Pick<RemoteTuning, 'attempts' | 'timeout'>;
  readonly timing: Pick<RemoteTiming, 'sleep'>;
}

/** What is read of an object. */
export interface Wanted {
  /** Default: all of it. */
  readonly range?: ByteRange;
  /** Bytes of the whole object, where known. */
  readonly size?: number;
}

/** An object's bytes, or a range of them. */
export interface Download {
  readonly size: number;
  readonly body: ReadableStream<Uint8Array>;
}

/** The part of a stream's reader that is used here. */
interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  cancel(reason?: unknown): Promise<void>;
}

/** One request's body with what ends it. */
interface Source {
  readonly reader: ByteReader;
  readonly size: number;
  readonly etag: string;
  end(reason: unknown): void;
}

/**
 * Opens an object. The body gives exactly `size` bytes or errors: when it breaks off, ends early or stalls, what is missing is
 * asked for by range, of the same content only. It is read as it is consumed, and cancelling it ends the request. An object
 * of another size than is known is `not_found`.
 */
export async function download(
  key: string,
  { range, size: whole }: Wanted,
  context: DownloadContext,
): Promise<Download> {
  const { service, attempts, tuning, timing } = context;

  async function open(part: ByteRange | undefined, etag: string | undefined): Promise<Source> {
    return attempts.run(async (signal) => {
      const controller = new AbortController();
      const onEnd = () => controller.abort(signal.reason);
      signal.addEventListener('abort', onEnd, { once: true });
      const answer = await service.get(key, part, etag, controller.signal);
      signal.removeEventListener('abort', onEnd);
      return source(answer, controller);
    });
  }

  let current = await open(range, undefined).catch((error: unknown) => {
    throw refusedRange(error) ?? remoteFault(error);
  });
  const { size, etag } = current;
  const start = range?.start ?? 0;
  if (range !== undefined && size !== range.end - range.start + 1) {
    current.end('wrong size');
    throw new AppError('internal', { reason: 'bad_range' });
  }
  if (range === undefined && whole !== undefined && size !== whole) {
    current.end('wrong size');
    throw notFound('object');
  }
  let received = 0;
  let breaks = 0;

  /** What is missing, from a new request. */
  async function resume(cause: unknown): Promise<void> {
    current.end(cause);
    breaks++;
    if (breaks >= tuning.attempts) throw unavailable('broken', { cause });
    await timing.sleep(attempts.pause(breaks));
    current = await open({ start: start + received, end: start + size - 1 }, etag);
    if (current.size === size - received) return;
    current.end('wrong size');
    throw unavailable('changed', { cause });
  }

  /** The next bytes, from whichever request has them; undefined at the end. */
  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (received === size) {
        current.end('done');
        return undefined;
      }
      let chunk: Uint8Array | undefined;
      try {
        chunk = await readWithin(current.reader, tuning.timeout);
      } catch (error) {
        if (error instanceof ServiceError && !mayPass(error.fault)) throw error;
        await resume(error);
        continue;
      }
      if (chunk === undefined) {
        await resume(new ServiceError('unreachable', { cause: new Error('the body ended early') }));
        continue;
      }
      if (chunk.byteLength === 0) continue;
      received += chunk.byteLength;
      if (received > size) throw unavailable('damaged');
      breaks = 0;
      return chunk;
    }
  }

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = await next();
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        } catch (error) {
          current.end(error);
          controller.error(remoteFault(error));
        }
      },
      cancel(reason) {
        current.end(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { size, body };
}

function source({ body, size, etag }: ServiceBody, controller: AbortController): Source {
  const reader: ByteReader = body.getReader();
  return {
    ...{ reader, size, etag },
    end(reason) {
      reader.cancel(reason).catch(() => {});
      controller.abort(reason);
    },
  };
}

/** The next chunk; `unreachable` when none comes for too long. */
async function readWithin(reader: ByteReader, milliseconds: number): Promise<Uint8Array | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ServiceError('unreachable', { cause: new Error('the body stalled') })),
      milliseconds,
    );
  });
  try {
    const step = await Promise.race([reader.read(), stalled]);
    return step.done ? undefined : step.value;
  } finally {
    clearTimeout(timer);
  }
}

/** A range beyond the object. */
function refusedRange(error: unknown): AppError | undefined {
  if (!(error instanceof ServiceError) || error.status !== 416) return undefined;
  return new AppError('internal', { reason: 'bad_range', cause: error });
}
