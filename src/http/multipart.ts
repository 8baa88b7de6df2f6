import busboy from 'busboy';
import { type ByteQueue, queueBytes } from './byte-queue.ts';

/**
 * - `malformed`: not multipart, no usable boundary, or broken part headers.
 * - `truncated`: the body ended before the last boundary.
 * - `too_large`: the body, one text part, or all text parts together are beyond their limit.
 * - `too_many_parts`: more parts than allowed.
 * - `aborted`: the client went away, or the connection failed.
 */
export type MultipartErrorKind = 'malformed' | 'truncated' | 'too_large' | 'too_many_parts' | 'aborted';

/** What {@link readMultipart} throws for faults of the body. */
export class MultipartError extends Error {
  readonly kind: MultipartErrorKind;

  constructor(kind: MultipartErrorKind, cause?: unknown) {
    super(`multipart body: ${kind}`, { cause });
    this.name = 'MultipartError';
    this.kind = kind;
  }
}

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
}

/** A file as it arrives. */
export interface IncomingFile {
  /** The client's name without folders; UTF-8, otherwise as sent. May be empty or hostile. */
  readonly filename: string;
  /** The client's claim, lower case, without parameters. */
  readonly contentType: string;
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
/** Bytes the parser may hold before it asks the body to wait. */
const PARSER_BUFFER = 262_144;
const DEFAULT_PARTS = 1000;
const DEFAULT_FIELDS = 32 * 1024 * 1024;

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
    await pump(source.body, reading, limits.bodySize);
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

async function pump(body: ReadableStream<Uint8Array>, reading: Reading, bodySize: number): Promise<void> {
  const reader = body.getReader();
  let received = 0;
  while (!reading.failed) {
    const next = await reading.orFailure(reader.read());
    if (next === undefined) break;
    if (next.done) {
      if (received === 0) reading.skip();
      else reading.end();
      return;
    }
    received += next.value.byteLength;
    if (received > bodySize) {
      reading.fail(new MultipartError('too_large'));
      break;
    }
    const wait = reading.write(next.value);
    if (wait) await wait;
  }
  // Not awaited: cancelling a body whose client is gone may never settle.
  reader.cancel().catch(() => {});
}

/** One body being parsed. */
interface Reading {
  readonly failed: boolean;
  fail(error: unknown): void;
  /** The promise's value, or `undefined` as soon as the reading fails; a rejection becomes `aborted`. */
  orFailure<T>(promise: Promise<T>): Promise<T | undefined>;
  /** Parses a chunk; a promise when the parser wants time. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Says that the body is complete. */
  end(): void;
  /** Says that there was no body at all. */
  skip(): void;
  /** Settles with the outcome once no handler is running. */
  finished(): Promise<void>;
}

function startReading(contentType: string, handlers: MultipartHandlers): Reading {
  const { limits, onField, onFile } = handlers;
  const maxParts = limits.parts ?? DEFAULT_PARTS;
  const maxField = Math.min(limits.fieldSize ?? DEFAULT_FIELDS, limits.fieldsSize ?? DEFAULT_FIELDS);
  let fieldRoom = limits.fieldsSize ?? DEFAULT_FIELDS;
  let parts = 0;
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  let complete = false;
  let wake: (() => void) | undefined;
  let current: ByteQueue | undefined;
  let work: Promise<void> = Promise.resolve();
  const parser = createParser(contentType, maxParts, maxField);

  function fail(error: unknown): void {
    if (failure || complete) return;
    failure = { error };
    current?.fail(error);
    parser.destroy();
    wake?.();
  }

  function guarded(step: () => void): void {
    if (failure) return;
    try {
      step();
    } catch (error) {
      fail(error);
    }
  }

  function countPart(): void {
    if (++parts > maxParts) throw new MultipartError('too_many_parts');
  }

  function addField(name: string | undefined, value: string): void {
    fieldRoom -= value.length;
    if (fieldRoom < 0) throw new MultipartError('too_large');
    if (name !== undefined) onField(name, value);
  }

  parser.on('field', (name: string | undefined, value: unknown, info) =>
    guarded(() => {
      countPart();
      if (info.valueTruncated) throw new MultipartError('too_large');
      // A charset that is not known leaves no value.
      if (typeof value !== 'string') throw new MultipartError('malformed');
      addField(name, value);
    }),
  );

  parser.on('file', (name: string | undefined, stream, info) => {
    stream.on('error', () => {});
    guarded(countPart);
    if (failure) {
      stream.resume();
      return;
    }
    work = work.then(async () => {
      if (failure) return;
      const bytes = queueBytes(stream);
      current = bytes;
      try {
        if (name === undefined) return;
        if (info.filename !== undefined) {
          await onFile(name, {
            filename: info.filename,
            contentType: info.mimeType.toLowerCase(),
            stream: bytes,
          });
        } else {
          // No filename, but application/octet-stream: an unused file input when empty, else a value.
          const value = await readText(bytes, maxField);
          if (value !== '') addField(name, value);
        }
      } catch (error) {
        fail(error);
      } finally {
        current = undefined;
        bytes.discard();
      }
    });
  });

  parser.on('partsLimit', () => fail(new MultipartError('too_many_parts')));
  parser.on('error', (error) => {
    const kind = ended && parts > 0 ? 'truncated' : 'malformed';
    fail(new MultipartError(kind, error));
  });
  parser.on('drain', () => wake?.());
  parser.on('finish', () => {
    complete = true;
    wake?.();
  });

  function sleep(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  return {
    get failed() {
      return failure !== undefined;
    },
    fail,
    orFailure(promise) {
      return new Promise((resolve) => {
        wake = () => resolve(undefined);
        promise.then(resolve, (error) => {
          fail(new MultipartError('aborted', error));
          resolve(undefined);
        });
      });
    },
    write: (chunk) => (parser.write(chunk) || failure ? undefined : sleep()),
    end() {
      ended = true;
      parser.end();
    },
    skip() {
      complete = true;
      parser.destroy();
    },
    async finished() {
      while (!complete && !failure) await sleep();
      await work;
      if (failure) throw failure.error;
    },
  };
}

function createParser(contentType: string, maxParts: number, maxField: number): busboy.Busboy {
  try {
    return busboy({
      headers: { 'content-type': contentType },
      defParamCharset: 'utf8',
      highWaterMark: PARSER_BUFFER,
      fileHwm: PARSER_BUFFER,
      // The parser reports a limit when it is reached; ours is passed only beyond it.
      limits: { parts: maxParts + 1, fieldSize: maxField + 1 },
    });
  } catch (error) {
    throw new MultipartError('malformed', error);
  }
}

async function readText(bytes: AsyncIterable<Uint8Array>, max: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > max) throw new MultipartError('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString();
}
