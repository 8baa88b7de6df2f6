import type { Sql } from './ast.ts';
import { SqlProblem, shown } from './problem.ts';

const MAX_INTEGER = 2n ** 63n - 1n;
const MIN_INTEGER = -(2n ** 63n);

/** A number as plain decimal text, `-?digits[.digits]`; `isInteger` when SQLite stores it as one. */
export interface PlainNumber {
  readonly text: string;
  readonly isInteger: boolean;
}

/** A literal number in plain form. Throws SqlProblem for those beyond 64 bits or too long to be written out. */
export function plainNumber(literal: Extract<Sql, { kind: 'number' }>): PlainNumber {
  const { text, at } = literal;
  if (/^-?(?:0[xX][0-9A-Fa-f]+|\d+)$/.test(text)) {
    const negative = text.startsWith('-');
    const size = BigInt(negative ? text.slice(1) : text);
    const value = negative ? -size : size;
    if (value < MIN_INTEGER || value > MAX_INTEGER)
      throw new SqlProblem(at, `the number ${shown(text)} is beyond 64 bits.`);
    return { text: String(value), isInteger: true };
  }
  const plain = String(Number(text));
  if (!/^-?\d+(?:\.\d+)?$/.test(plain))
    throw new SqlProblem(at, `the number ${shown(text)} is too large or too small.`);
  return { text: plain, isInteger: false };
}

/** A number as a JavaScript number, or its decimal text where a double cannot hold it. */
export function numberValue({ text, isInteger }: PlainNumber): number | string {
  const value = Number(text);
  return isInteger && !Number.isSafeInteger(value) ? text : value;
}

/** Bytes as base64url text with padding, the form of the core. */
export function blobText(hex: string): string {
  const plain = Buffer.from(hex, 'hex').toString('base64url');
  return plain.padEnd(Math.ceil(plain.length / 4) * 4, '=');
}

/** 16 bytes as the canonical text of a UUID; undefined for another length. */
export function uuidText(hex: string): string | undefined {
  if (hex.length !== 32) return undefined;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
