import { readBase64 } from './bytes.ts';
import { INVALID_PARAMETERS, TrailBaseError } from './errors.ts';

const ALPHABET = /^[A-Za-z0-9_\-+/]*$/;
/** Characters of a long text that are decoded at once. */
const SLICE = 65_536;

/** The characters of a text in slices, so that no second copy of it is made. */
export function* slicesOf(text: string): Generator<Uint8Array> {
  for (let at = 0; at < text.length; at += SLICE) yield Buffer.from(text.slice(at, at + SLICE));
}

/** The bytes that base64 of either alphabet means, as its characters come; 400 `Invalid Parameters` for anything else. */
export async function* decodeBase64(
  characters: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  // What may be the end, which alone may have padding or be shorter than four characters.
  let rest = '';
  for await (const piece of characters) {
    const text = rest + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    const whole = Math.max(0, Math.ceil(text.length / 4) - 1) * 4;
    rest = text.slice(whole);
    if (whole === 0) continue;
    const decided = text.slice(0, whole);
    if (!ALPHABET.test(decided)) throw malformed();
    yield Buffer.from(decided, 'base64');
  }
  const end = readBase64(rest);
  if (end === undefined) throw malformed();
  if (end.length > 0) yield end;
}

function malformed(): TrailBaseError {
  return new TrailBaseError(400, INVALID_PARAMETERS);
}
