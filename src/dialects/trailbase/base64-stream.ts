import { INVALID_PARAMETERS, TrailBaseError } from './errors.ts';

/** Characters of a long text that are decoded at once. */
const SLICE = 65_536;
const EQUALS = 0x3d;
const NONE = 0xff;
const VALUES = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', ['+/', '-_']);

/** The characters of a text in slices, so that no second copy of it is made. */
export function* slicesOf(text: string): Generator<Uint8Array> {
  for (let at = 0; at < text.length; at += SLICE) yield Buffer.from(text.slice(at, at + SLICE));
}

/**
 * The bytes that base64 of either alphabet means, padded or not, as its characters come; 400 `Invalid Parameters` for anything
 * else. No text is made of them: its garbage would be several times the file.
 */
export async function* decodeBase64(
  characters: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const decoder = new Decoder();
  for await (const piece of characters) {
    const bytes = decoder.push(piece);
    if (bytes.length > 0) yield bytes;
  }
  const last = decoder.end();
  if (last.length > 0) yield last;
}

class Decoder {
  /** Bits of the characters since the last whole three bytes. */
  #bits = 0;
  #count = 0;
  #padding = 0;

  push(piece: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(Math.ceil((this.#count + piece.length) / 4) * 3);
    let length = 0;
    let at = 0;
    while (at < piece.length) {
      // Four at a time, which nearly all come in.
      if (this.#count === 0 && this.#padding === 0) {
        for (; at + 4 <= piece.length; at += 4) {
          const a = VALUES[piece[at] ?? 0] ?? NONE;
          const b = VALUES[piece[at + 1] ?? 0] ?? NONE;
          const c = VALUES[piece[at + 2] ?? 0] ?? NONE;
          const d = VALUES[piece[at + 3] ?? 0] ?? NONE;
          if ((a | b | c | d) > 0x3f) break;
          bytes[length++] = (a << 2) | (b >> 4);
          bytes[length++] = (b << 4) | (c >> 2);
          bytes[length++] = (c << 6) | d;
        }
        if (at === piece.length) break;
      }
      this.#take(piece[at++] ?? 0);
      if (this.#count < 4) continue;
      bytes[length++] = this.#bits >> 16;
      bytes[length++] = this.#bits >> 8;
      bytes[length++] = this.#bits;
      this.#bits = 0;
      this.#count = 0;
    }
    return bytes.subarray(0, length);
  }

  #take(character: number): void {
    const value = VALUES[character] ?? NONE;
    if (character === EQUALS) this.#padding++;
    else if (value === NONE || this.#padding > 0) throw malformed();
    else {
      this.#bits = (this.#bits << 6) | value;
      this.#count++;
    }
  }

  /** The one or two bytes that are left. Bits beyond them must be zero: otherwise several texts would mean the same bytes. */
  end(): Uint8Array {
    const count = this.#count;
    const fits = this.#padding === 0 ? count !== 1 : count >= 2 && count + this.#padding === 4;
    const unused = count === 2 ? this.#bits & 0xf : count === 3 ? this.#bits & 0x3 : 0;
    if (!fits || unused !== 0) throw malformed();
    if (count === 2) return Uint8Array.of(this.#bits >> 4);
    return count === 3 ? Uint8Array.of(this.#bits >> 10, this.#bits >> 2) : new Uint8Array(0);
  }
}

/** What each byte means as a character, whatever the alphabet. */
function valuesOf(common: string, ends: readonly string[]): Uint8Array {
  const values = new Uint8Array(256).fill(NONE);
  for (const end of ends)
    for (const [value, character] of [...common, ...end].entries()) values[character.charCodeAt(0)] = value;
  return values;
}

function malformed(): TrailBaseError {
  return new TrailBaseError(400, INVALID_PARAMETERS);
}
