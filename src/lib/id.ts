/** What {@link createIds} needs from outside. */
export interface IdSources {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Fills the whole array with cryptographic random bytes. Default: `crypto.getRandomValues`. */
  randomBytes?(target: Uint8Array<ArrayBuffer>): void;
}

/** The shape of the identifier port (`core/ports/ids.ts`). */
export interface IdMaker {
  recordId(): string;
  uuid(): string;
  objectId(): string;
  random(length: number, alphabet: string): string;
}

/**
 * Record ids count milliseconds from 2024-01-01: so eight base-36 digits last until 2113, where the Unix epoch would
 * need a ninth and leave fewer for randomness.
 */
const RECORD_EPOCH = Date.UTC(2024, 0, 1);
const TAIL_DIGITS = 7;
const TAIL_SPACE = 36 ** TAIL_DIGITS;
/** Ids of one millisecond differ by 1..2^24: about 9,000 fit on average before the next millisecond is borrowed. */
const TAIL_STEP = 2 ** 24;
const LOWER_ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789';
const OBJECT_ID_LENGTH = 26;
const POOL_SIZE = 4096;

/**
 * Makes identifiers. All of one maker's record ids and UUIDs rise, even when the clock stands still or goes back
 * (the last millisecond is kept, and borrowed ahead when it is used up).
 *
 * - `recordId`: 15 chars `[a-z0-9]`. Eight digits of milliseconds, then a seven-digit tail that doubles as counter: the
 *   first of a millisecond is random (36 bits), each further one adds a random step (24 bits). No digit is spent on a
 *   counter that is nearly always zero.
 * - `uuid`: version 7 (RFC 9562): 48 bits of milliseconds, a 12-bit counter that starts at random in its lower half,
 *   62 random bits.
 * - `objectId`: 26 chars `[a-z0-9]`, 134 random bits.
 * - `random`: `length` characters of `alphabet` (1..256 UTF-16 units), each equally likely; RangeError otherwise.
 */
export function createIds(sources: IdSources): IdMaker {
  const pool = createPool(sources.randomBytes ?? ((target) => crypto.getRandomValues(target)));
  return {
    recordId: createRecordIds(sources, pool),
    uuid: createUuids(sources, pool),
    objectId: () => randomText(pool, OBJECT_ID_LENGTH, LOWER_ALPHANUMERIC),
    random: (length, alphabet) => randomText(pool, length, alphabet),
  };
}

function createRecordIds(sources: IdSources, pool: Pool): () => string {
  let milliseconds = -1;
  let prefix = '';
  let tail = 0;

  function enter(next: number): void {
    milliseconds = next;
    prefix = next.toString(36).padStart(8, '0');
    tail = Math.floor(((pool.u16() * 2 ** 32 + pool.u32()) / 2 ** 48) * TAIL_SPACE);
  }

  return () => {
    const now = Math.max(0, Math.floor(sources.now() - RECORD_EPOCH));
    if (now > milliseconds) {
      enter(now);
    } else {
      tail += 1 + (pool.u32() % TAIL_STEP);
      if (tail >= TAIL_SPACE) enter(milliseconds + 1);
    }
    return prefix + tail.toString(36).padStart(TAIL_DIGITS, '0');
  };
}

function createUuids(sources: IdSources, pool: Pool): () => string {
  let milliseconds = -1;
  let prefix = '';
  let counter = 0;

  function enter(next: number): void {
    milliseconds = next;
    const hex = next.toString(16).padStart(12, '0');
    prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
    counter = pool.u16() & 0x7ff;
  }

  return () => {
    const now = Math.floor(sources.now());
    if (now > milliseconds) enter(now);
    else if (counter === 0xfff) enter(milliseconds + 1);
    else counter++;
    const variant = hex16(0x8000 | (pool.u16() & 0x3fff));
    return `${prefix}${hex16(counter).slice(1)}-${variant}-${hex16(pool.u16())}${hex16(pool.u16())}${hex16(pool.u16())}`;
  };
}

function hex16(value: number): string {
  return value.toString(16).padStart(4, '0');
}

function randomText(pool: Pool, length: number, alphabet: string): string {
  const size = alphabet.length;
  if (size < 1 || size > 256) throw new RangeError('an alphabet has 1 to 256 characters');
  // Bytes at or above the largest multiple of the size would favour the first characters.
  const limit = 256 - (256 % size);
  let text = '';
  while (text.length < length) {
    const byte = pool.u8();
    if (byte < limit) text += alphabet[byte % size];
  }
  return text;
}

/** Random numbers from one buffer, so that the system call is shared by hundreds of ids. */
interface Pool {
  u8(): number;
  u16(): number;
  u32(): number;
}

function createPool(fill: (target: Uint8Array<ArrayBuffer>) => void): Pool {
  const bytes = new Uint8Array(POOL_SIZE);
  const view = new DataView(bytes.buffer);
  let offset = POOL_SIZE;

  function take(count: number): number {
    if (offset + count > POOL_SIZE) {
      fill(bytes);
      offset = 0;
    }
    const at = offset;
    offset += count;
    return at;
  }

  return {
    u8: () => view.getUint8(take(1)),
    u16: () => view.getUint16(take(2)),
    u32: () => view.getUint32(take(4)),
  };
}
