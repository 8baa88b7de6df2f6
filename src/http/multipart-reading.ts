import busboy from 'busboy';
import { type ByteQueue, queueBytes } from './byte-queue.ts';
import type { MultipartHandlers } from './multipart.ts';
import { MultipartError } from './multipart-error.ts';

/** Bytes the parser may hold before it asks the body to wait. */
const PARSER_BUFFER = 262_144;
const DEFAULT_PARTS = 1000;
const DEFAULT_FIELDS = 32 * 1024 * 1024;

/** One body being parsed. */
export interface Reading {
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

/** Starts the parser for a checked `multipart/form-data` type. Throws `malformed` when the type cannot be used. */
export function startReading(contentType: string, handlers: MultipartHandlers): Reading {
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
    if (failure) return;
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
    fieldRoom -= Buffer.byteLength(value);
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
            declaredType: info.mimeType.toLowerCase(),
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
    // A parser given up before its first byte complains too.
    if (!complete) fail(new MultipartError(ended && parts > 0 ? 'truncated' : 'malformed', error));
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
