import { BodyError, type BodySource, parseJson } from './body.ts';
import { streamBody } from './body-stream.ts';
import { BoundedText } from './bounded-text.ts';
import type { Pace } from './pace.ts';

/** Names and indexes from the root to a value. */
export type JsonPath = readonly (string | number)[];

/** What to do with a body's long strings. */
export interface JsonStringHandlers {
  readonly limits: {
    /** Bytes of the whole body. */
    readonly bodySize: number;
    /** Bytes of what is left of it without the strings that are taken out; held in memory. */
    readonly textSize: number;
    /** Levels of arrays and objects. Default 64. */
    readonly depth?: number;
    readonly pace?: Pace;
  };
  /** Whether the string at this path is taken out. */
  takes(path: JsonPath): boolean;
  /**
   * Its bytes between the quotes, with `\/` and escapes of ASCII undone; another escaped character comes as a zero. The result
   * takes the string's place. The body is held back meanwhile; what is not read is skipped.
   */
  onString(path: JsonPath, bytes: AsyncIterable<Uint8Array>): Promise<unknown>;
}

/**
 * Reads a JSON body as it arrives and takes strings out of it, whose length memory does not see. Otherwise as `readJson`, with
 * integers beyond the safe range as bigint. Rejects with {@link BodyError}, or with the first error of a handler.
 */
export async function readJsonStrings(source: BodySource, handlers: JsonStringHandlers): Promise<unknown> {
  const declared = source.headers.get('content-length');
  if (declared !== null && Number(declared) > handlers.limits.bodySize) throw new BodyError('too_large');
  const body = streamBody(source, handlers.limits.pace)[Symbol.asyncIterator]();
  try {
    return await new JsonStrings(body, handlers).read();
  } finally {
    await body.return?.();
  }
}

interface Level {
  /** The index or name of the value that is being read. */
  at: number | string;
  /** The next string is a name. */
  naming: boolean;
}

/** A string that was taken out, and what stands in the text for it. */
interface Taken {
  readonly path: JsonPath;
  readonly stand: string;
  readonly value: unknown;
}

const DEFAULT_DEPTH = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Copies a body's text, with stand-ins for the strings that are taken out, and parses the copy. */
class JsonStrings {
  readonly #body: AsyncIterator<Uint8Array>;
  readonly #handlers: JsonStringHandlers;
  readonly #text: BoundedText;
  readonly #levels: Level[] = [];
  readonly #taken: Taken[] = [];
  /** Nobody who does not know it can write a stand-in. */
  readonly #nonce = crypto.randomUUID();
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #received = 0;
  /** What came of an escape in a string that is taken out. */
  #escape = '';

  constructor(body: AsyncIterator<Uint8Array>, handlers: JsonStringHandlers) {
    this.#body = body;
    this.#handlers = handlers;
    this.#text = new BoundedText(handlers.limits.textSize, () => new BodyError('too_large'));
  }

  async read(): Promise<unknown> {
    while (this.#at < this.#chunk.length || (await this.#fill())) {
      this.#structure();
      if (this.#at < this.#chunk.length) await this.#string();
    }
    const text = this.#text.toString();
    if (text.trim() === '') return undefined;
    const root = { value: parseJson(text, this.#handlers.limits.depth, true) };
    for (const taken of this.#taken) putBack(root, taken);
    return root.value;
  }

  /** Whether there is another byte. Called when the chunk is used up. */
  async #fill(): Promise<boolean> {
    do {
      const next = await this.#body.next();
      if (next.done) return false;
      this.#chunk = next.value;
      this.#at = 0;
      this.#received += next.value.byteLength;
      if (this.#received > this.#handlers.limits.bodySize) throw new BodyError('too_large');
    } while (this.#chunk.length === 0);
    return true;
  }

  /** Copies up to the next quote of the chunk, or its end, and follows brackets and separators. */
  #structure(): void {
    const chunk = this.#chunk;
    const start = this.#at;
    for (; this.#at < chunk.length && chunk[this.#at] !== QUOTE; this.#at++) {
      const byte = chunk[this.#at];
      const level = this.#levels.at(-1);
      if (byte === 0x7b || byte === 0x5b) this.#enter(byte === 0x5b);
      else if (byte === 0x7d || byte === 0x5d) this.#levels.pop();
      else if (byte === 0x3a && level) level.naming = false;
      else if (byte === 0x2c && typeof level?.at === 'number') level.at++;
      else if (byte === 0x2c && level) level.naming = true;
    }
    this.#text.append(chunk.subarray(start, this.#at));
  }

  #enter(isArray: boolean): void {
    if (this.#levels.length >= (this.#handlers.limits.depth ?? DEFAULT_DEPTH))
      throw new BodyError('too_deep');
    this.#levels.push({ at: isArray ? 0 : '', naming: !isArray });
  }

  /** Reads the string whose opening quote is next. */
  async #string(): Promise<void> {
    const level = this.#levels.at(-1);
    if (level?.naming) {
      const start = this.#text.length;
      await this.#copy();
      level.at = nameOf(this.#text.since(start));
      return;
    }
    const path = this.#levels.map(({ at }) => at);
    if (this.#handlers.takes(path)) await this.#take(path);
    else await this.#copy();
  }

  async #copy(): Promise<void> {
    let start = this.#at++;
    let escaped = false;
    for (;;) {
      const chunk = this.#chunk;
      for (; this.#at < chunk.length; this.#at++) {
        const byte = chunk[this.#at];
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          this.#text.append(chunk.subarray(start, ++this.#at));
          return;
        }
      }
      this.#text.append(chunk.subarray(start));
      // Cut off in the middle: the parser will say so.
      if (!(await this.#fill())) return;
      start = 0;
    }
  }

  async #take(path: JsonPath): Promise<void> {
    const stand = `${this.#nonce}:${this.#taken.length}`;
    this.#text.append(Buffer.from(JSON.stringify(stand)));
    this.#at++;
    this.#escape = '';
    const contents = this.#contents();
    const value = await this.#handlers.onString(path, contents);
    for await (const _ of contents) {
      // What the handler left.
    }
    this.#taken.push({ path, stand, value });
  }

  /** The rest of the string. Who stops early may go on later. */
  #contents(): AsyncIterable<Uint8Array> {
    let ended = false;
    const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
      while (!ended) {
        if (this.#at >= this.#chunk.length && !(await this.#fill())) break;
        const piece = this.#piece();
        ended = piece.ended;
        if (piece.bytes.length > 0) return { done: false, value: piece.bytes };
      }
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  /** The string up to its end or that of the chunk. */
  #piece(): { readonly bytes: Uint8Array; readonly ended: boolean } {
    const chunk = this.#chunk;
    const start = this.#at;
    const quote = chunk.indexOf(QUOTE, start);
    const stop = quote === -1 ? chunk.length : quote;
    const backslash = chunk.indexOf(BACKSLASH, start);
    if (this.#escape !== '' || (backslash !== -1 && backslash < stop)) return this.#unescaped();
    this.#at = quote === -1 ? stop : stop + 1;
    return { bytes: chunk.subarray(start, stop), ended: quote !== -1 };
  }

  #unescaped(): { readonly bytes: Uint8Array; readonly ended: boolean } {
    const chunk = this.#chunk;
    const bytes = new Uint8Array(chunk.length - this.#at);
    let length = 0;
    let ended = false;
    while (this.#at < chunk.length && !ended) {
      const byte = chunk[this.#at++] ?? 0;
      if (this.#escape !== '') {
        this.#escape += String.fromCharCode(byte);
        const meant = meaningOf(this.#escape);
        if (meant === undefined) continue;
        bytes[length++] = meant;
        this.#escape = '';
      } else if (byte === BACKSLASH) this.#escape = '\\';
      else if (byte === QUOTE) ended = true;
      else bytes[length++] = byte;
    }
    return { bytes: bytes.subarray(0, length), ended };
  }
}

/** The byte that an escape means, zero for none; undefined while it is not complete. */
function meaningOf(written: string): number | undefined {
  if (written[1] === 'u' && written.length < 6) return undefined;
  try {
    const text: unknown = JSON.parse(`"${written}"`);
    const code = typeof text === 'string' ? text.charCodeAt(0) : 0;
    return code < 0x80 ? code : 0;
  } catch {
    return 0;
  }
}

/** A name as it was written, quotes included. */
function nameOf(written: string): string {
  try {
    const name: unknown = JSON.parse(written);
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

/** Names that occur twice have the last value: a stand-in that is gone is not missed. */
function putBack(root: object, { path, stand, value }: Taken): void {
  let holder: unknown = root;
  let name: string | number = 'value';
  for (const step of path) {
    holder = memberOf(holder, name);
    name = step;
  }
  if (typeof holder === 'object' && holder !== null && memberOf(holder, name) === stand)
    Reflect.set(holder, name, value);
}

function memberOf(holder: unknown, name: string | number): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return Reflect.get(holder, name);
}
