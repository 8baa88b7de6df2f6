/**
 * `JSON.stringify`, with a bigint as its digits, of which none is lost. Undefined for what has no JSON form. `space`: by how
 * much each level is indented.
 */
export function stringifyJson(value: unknown, space?: number): string | undefined {
  try {
    return JSON.stringify(value, undefined, space);
  } catch (error) {
    // Only a bigint is worth a second look, and it is rare: a replacer costs several times the writing.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, digitsOf, space);
  }
}

/** A reviver of `JSON.parse`. */
type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/**
 * `JSON.parse`, with integers beyond the safe range as bigint, in which none of their digits is lost. Throws SyntaxError for
 * what is no JSON. `also` revives what is no such integer.
 */
export function parseLossless(text: string, also?: Reviver): unknown {
  // A reviver costs several times the parsing; sixteen digits in a row are needed to leave the safe range.
  if (!/\d{16}/.test(text)) return JSON.parse(text, also);
  return JSON.parse(text, function revive(this: unknown, key, value, context?: { readonly source?: string }) {
    const integer = typeof value === 'number' && !Number.isSafeInteger(value) ? context?.source : undefined;
    if (integer !== undefined && INTEGER.test(integer)) return BigInt(integer);
    return also ? also.call(this, key, value) : value;
  });
}

/** Longer ones are beyond every integer type, and cost more than their length to read. */
const INTEGER = /^-?\d{1,40}$/;

function digitsOf(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? JSON.rawJSON(value.toString()) : value;
}
