/** What a `Range` header asks of a representation. */
export type RangeAnswer =
  /** No range, or one that may be ignored: answer 200 with everything. */
  | { readonly kind: 'whole' }
  /** Answer 206 with the bytes `start`..`end`, both included. */
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  /** Answer 416. */
  | { readonly kind: 'unsatisfiable' };

const WHOLE: RangeAnswer = { kind: 'whole' };
const UNSATISFIABLE: RangeAnswer = { kind: 'unsatisfiable' };

/**
 * Reads a `Range` value for a representation of `size` bytes (RFC 9110, 14.1.2 and 14.2): one range of bytes, suffix
 * included. Other units, several ranges and broken values are ignored, which the RFC allows.
 */
export function parseRange(value: string | null, size: number): RangeAnswer {
  if (value === null) return WHOLE;
  const match = /^bytes=[\t ]*(\d*)-(\d*)[\t ]*$/i.exec(value);
  if (!match) return WHOLE;
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return WHOLE;
    const length = Math.min(Number(last), size);
    return length === 0 ? UNSATISFIABLE : { kind: 'part', start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return WHOLE;
  if (start >= size) return UNSATISFIABLE;
  return { kind: 'part', start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/** The `Content-Range` of a 206 answer. */
export function contentRange(start: number, end: number, size: number): string {
  return `bytes ${start}-${end}/${size}`;
}

/** The `Content-Range` of a 416 answer. */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}
