import { parseLossless } from './json.ts';
import { type Pace, watchPace } from './pace.ts';

/**
 * - `too_large`: beyond the limit, declared or counted.
 * - `malformed`: not JSON.
 * - `too_deep`: arrays and objects nested beyond the limit.
 * - `too_slow`: the client sends less than a body must bring (see `pace.ts`).
 * - `aborted`: the client went away, or the connection failed.
 */
export type BodyErrorKind = 'too_large' | 'malformed' | 'too_deep' | 'too_slow' | 'aborted';

/** What the readers here throw. */
export class BodyError extends Error {
  readonly kind: BodyErrorKind;

  constructor(kind: BodyErrorKind, cause?: unknown) {
    super(`request body: ${kind}`, { cause });
    this.name = 'BodyError';
    this.kind = kind;
  }
}

/** The part of a web `Request` that is needed. */
export interface BodySource {
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  arrayBuffer(): Promise<ArrayBuffer>;
  /** Decoded as UTF-8, as the Fetch standard has it: a byte order mark is dropped, what is no UTF-8 becomes U+FFFD. */
  text(): Promise<string>;
}

/** Bounds of a body. */
export interface BodyLimits {
  /** Bytes. Default 2 MB (SECURITY-REQUIREMENTS 2.3). */
  readonly size?: number;
  /** Levels of arrays and objects. Default 64. */
  readonly depth?: number;
  /** How slowly it may come. */
  readonly pace?: Pace;
  /** Integers beyond the safe range as bigint, with all their digits (`parseLossless`). Default: as numbers. */
  readonly lossless?: boolean;
}

/**
 * A body declared to have at most this many bytes is read at once, within the server's time limit for a connection;
 * longer and undeclared ones are read as they come and have a least rate instead.
 */
export const SHORT_BODY = 65_536;

/** Most names of one form or one object of input. Two megabytes have room for 200,000, which cost a second. */
export const MAX_NAMES = 5000;

const DEFAULT_SIZE = 2_000_000;
const DEFAULT_DEPTH = 64;
const utf8 = new TextDecoder();

/**
 * Reads a JSON body. `undefined` when it is empty. `__proto__` keys are dropped at every level: `JSON.parse` makes them
 * own properties, harmless here but not once somebody copies them with `Object.assign` or `target[key] = value`. Throws
 * {@link BodyError}.
 */
export async function readJson(source: BodySource, limits: BodyLimits = {}): Promise<unknown> {
  const text = await readText(source, limits);
  return text.trim() === '' ? undefined : parseJson(text, limits.depth, limits.lossless);
}

/** As {@link readJson}, for text at hand (a `@jsonPayload` part, say). Empty text is `malformed`. */
export function parseJson(text: string, depth = DEFAULT_DEPTH, lossless = false): unknown {
  if (isDeeper(text, depth)) throw new BodyError('too_deep');
  try {
    // A reviver costs several times the parsing, so it runs only where the name may be there, plain or escaped.
    const guarded = text.includes('__proto__') || text.includes('\\u00');
    if (lossless) return parseLossless(text, guarded ? dropPrototype : undefined);
    return guarded ? JSON.parse(text, dropPrototype) : JSON.parse(text);
  } catch (error) {
    throw new BodyError('malformed', error);
  }
}

/**
 * Reads an `application/x-www-form-urlencoded` body: pairs in their order, repeated names included. More than
 * {@link MAX_NAMES} of them are `malformed`.
 */
export async function readForm(source: BodySource, limits: BodyLimits = {}): Promise<[string, string][]> {
  const text = await readText(source, limits);
  if (hasMore(text, ['&'], MAX_NAMES - 1)) throw new BodyError('malformed');
  return [...new URLSearchParams(text)];
}

/**
 * Reads a bounded body as UTF-8 text; a byte order mark is dropped, and what is no UTF-8 becomes U+FFFD, as the original's
 * JSON reader has it. Throws {@link BodyError}.
 */
export function readText(source: BodySource, limits: BodyLimits = {}): Promise<string> {
  const max = limits.size ?? DEFAULT_SIZE;
  // Every write reads a body, and nearly all are short: the native reader takes half the time.
  if (isShort(source, max)) return source.text().catch(aborted);
  return readBytes(source, max, limits.pace).then((bytes) => utf8.decode(bytes));
}

function aborted(error: unknown): never {
  throw new BodyError('aborted', error);
}

/** With a declared length the server itself sees to it that no more arrives. */
function isShort({ headers }: BodySource, max: number): boolean {
  const declared = headers.get('content-length');
  return declared !== null && /^\d+$/.test(declared) && Number(declared) <= Math.min(SHORT_BODY, max);
}

/** Reads at most `max` bytes; more is `too_large`, before anything is read when the length is declared. */
export async function readBytes(source: BodySource, max: number, pace?: Pace): Promise<Uint8Array> {
  const declared = source.headers.get('content-length');
  if (declared !== null && Number(declared) > max) throw new BodyError('too_large');
  try {
    if (isShort(source, max)) return checked(new Uint8Array(await source.arrayBuffer()), max);
    return source.body === null ? new Uint8Array(0) : await collect(source.body, max, pace);
  } catch (error) {
    throw error instanceof BodyError ? error : new BodyError('aborted', error);
  }
}

function checked(bytes: Uint8Array, max: number): Uint8Array {
  if (bytes.byteLength > max) throw new BodyError('too_large');
  return bytes;
}

async function collect(
  body: ReadableStream<Uint8Array>,
  max: number,
  pace: Pace | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = body.getReader();
  let size = 0;
  let failure: BodyError | undefined;
  const give = (kind: BodyErrorKind) => {
    failure = new BodyError(kind);
    // Not awaited: cancelling a body whose client is gone may never settle. It ends the read that waits.
    reader.cancel().catch(() => {});
  };
  const watch = watchPace(() => give('too_slow'), pace);
  try {
    while (failure === undefined) {
      watch.waiting();
      const { done, value } = await reader.read();
      if (done) break;
      watch.received(value.byteLength);
      size += value.byteLength;
      if (size > max) give('too_large');
      else chunks.push(value);
    }
  } finally {
    watch.stop();
  }
  if (failure !== undefined) throw failure;
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size);
}

function dropPrototype(this: unknown, key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

/** True when brackets outside strings nest beyond `max`. Looks at nothing when there are too few brackets. */
export function isDeeper(text: string, max: number): boolean {
  if (!hasMore(text, ['{', '['], max)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = stringEnd(text, at);
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > max) return true;
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
    }
  }
  return false;
}

/** True when these characters stand more than `max` times in a text, wherever. */
function hasMore(text: string, characters: readonly string[], max: number): boolean {
  let count = 0;
  for (const character of characters) {
    for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) {
      if (++count > max) return true;
    }
  }
  return false;
}

/** The place of the quote that ends the string begun at `start`. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return text.length;
}
