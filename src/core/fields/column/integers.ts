const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** An integer of any size as values have it: a number where that is exact and safe, else a bigint. */
export function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Whether a value is an integer that SQLite can hold: -2^63..2^63-1. */
export function isInteger64(value: unknown): value is number | bigint {
  if (typeof value === 'bigint') return value >= LEAST && value <= MOST;
  return Number.isSafeInteger(value);
}

const DIGITS = /^[+-]?\d{1,40}$/;
const NUMERAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Text, numbers and booleans as an integer without losing a digit; other input, fractions among it, as it came. */
export function castInteger(input: unknown): unknown {
  if (typeof input === 'bigint') return plainInteger(input);
  if (typeof input === 'boolean') return input ? 1 : 0;
  if (typeof input === 'number') {
    if (Number.isSafeInteger(input)) return input + 0; // never -0
    return Number.isInteger(input) ? BigInt(input) : input;
  }
  if (typeof input !== 'string') return input;
  const text = input.trim();
  if (DIGITS.test(text)) return plainInteger(BigInt(text.replace(/^\+/, '')));
  const number = readNumeral(text);
  return number !== undefined && Number.isSafeInteger(number) ? number + 0 : input;
}

/** Text, numbers and booleans as a number of double precision; other input as it came. */
export function castReal(input: unknown): unknown {
  if (typeof input === 'number') return input + 0;
  if (typeof input === 'bigint') return Number(input);
  if (typeof input === 'boolean') return input ? 1 : 0;
  if (typeof input !== 'string') return input;
  return readNumeral(input.trim()) ?? input;
}

/** The sum of a stored integer, where none counts as 0, and a change; NaN when either is no integer. */
export function addInteger(current: unknown, change: unknown, sign: 1 | -1): number | bigint {
  const left = castInteger(current ?? 0);
  const right = castInteger(change ?? 0);
  if (!isWhole(left) || !isWhole(right)) return Number.NaN;
  return plainInteger(BigInt(left) + BigInt(sign) * BigInt(right));
}

/** As {@link addInteger}, for numbers of double precision. */
export function addReal(current: unknown, change: unknown, sign: 1 | -1): number {
  const left = castReal(current ?? 0);
  const right = castReal(change ?? 0);
  return typeof left === 'number' && typeof right === 'number' ? left + sign * right : Number.NaN;
}

function isWhole(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function readNumeral(text: string): number | undefined {
  return text.length <= 400 && NUMERAL.test(text) ? Number(text) : undefined;
}
