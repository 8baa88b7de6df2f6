import { MultipartError } from './multipart-error.ts';
import { type Reading, startReading } from './multipart-reading.ts';
import { type Pace, watchPace } from './pace.ts';

export { MultipartError } from './multipart-error.ts';

/** Bounds of one body, in bytes unless said otherwise. */
export interface MultipartLimits {
  /** The whole body, boundaries included; holds for declared and undeclared lengths. */
  readonly bodySize: number;
  /** Number of parts of any kind. Default 1000. */
  readonly parts?: number;
  /** One text part. Default 32 MiB. */
  readonly fieldSize?: number;
  /** All text parts together, which are held in memory. Default 32 MiB. */
  readonly fieldsSize?: number;
  /** How slowly it may come. */
  readonly pace?: Pace;
}

/** A file as it arrives. */
export interface IncomingFile {
  /** The client's name without folders; UTF-8, otherwise as sent. May be empty or hostile. */
  readonly filename: string;
  /** The client's claim, lower case, without parameters. */
  readonly declaredType: string;
  /** The bytes, once. May be left unread or half read: the rest is then skipped. */
  readonly stream: AsyncIterable<Uint8Array>;
}

/** What to do with the parts. */
export interface MultipartHandlers {
  readonly limits: MultipartLimits;
  /** A text part. An error thrown here ends the reading and is passed on. */
  onField(name: string, value: string): void;
  /** A file part. Called for one file at a time, in their order; the body is held back meanwhile. */
  onFile(name: string, file: IncomingFile): Promise<void>;
}

/** The part of a web `Request` that is needed. */
export interface MultipartSource {
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly signal?: AbortSignal;
}

/** RFC 2046 allows 70; much longer ones would make the search for them slow. */
const MAX_BOUNDARY = 70;
/**
 * Reads a `multipart/form-data` body (RFC 7578) as it arrives, in constant memory, and hands its parts out in their
 * order. Resolves when the body is complete and every handler is done; an empty body has no parts. A part is a file
 * when it has a filename; the empty, nameless part that browsers send for an unused file input is left out. Part
 * headers are bounded to 16 KB each. Parts without a name are skipped.
 *
 * Rejects with {@link MultipartError}, or with the first error a handler threw; in both cases nothing more is read, the
 * stream of a file in progress fails with the same error, and the handler in progress has settled before.
 */
export async function readMultipart(source: MultipartSource, handlers: MultipartHandlers): Promise<void> {
  const { limits } = handlers;
  const contentType = checkedType(source.headers.get('content-type'));
  if (Number(source.headers.get('content-length') ?? 0) > limits.bodySize)
    throw new MultipartError('too_large');
  if (source.body === null) return;
  const reading = startReading(contentType, handlers);
  const abort = () => reading.fail(new MultipartError('aborted'));
  if (source.signal?.aborted) abort();
  source.signal?.addEventListener('abort', abort);
  try {
    await pump(source.body, reading, limits);
    await reading.finished();
  } finally {
    source.signal?.removeEventListener('abort', abort);
  }
}

function checkedType(header: string | null): string {
  const match = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]*)"|([^\s;"]*))/i.exec(header ?? '');
  const boundary = match?.[1] ?? match?.[2] ?? '';
  if (header === null || boundary === '' || boundary.length > MAX_BOUNDARY)
    throw new MultipartError('malformed');
  return header;
}

async function pump(
  body: ReadableStream<Uint8Array>,
  reading: Reading,
  { bodySize, pace }: MultipartLimits,
): Promise<void> {
  const reader = body.getReader();
  const watch = watchPace(() => reading.fail(new MultipartError('too_slow')), pace);
  let received = 0;
  try {
    while (!reading.failed) {
      watch.waiting();
      const next = await reading.orFailure(reader.read());
      if (next === undefined) break;
      if (next.done) {
        if (received === 0) reading.skip();
        else reading.end();
        return;
      }
      watch.received(next.value.byteLength);
      received += next.value.byteLength;
      if (received > bodySize) {
        reading.fail(new MultipartError('too_large'));
        break;
      }
      const wait = reading.write(next.value);
      if (wait) await wait;
    }
  } finally {
    watch.stop();
  }
  // Not awaited: cancelling a body whose client is gone may never settle.
  reader.cancel().catch(() => {});
}
