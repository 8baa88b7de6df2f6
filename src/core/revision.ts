import { createHash } from 'node:crypto';

/**
 * A short text that is another one when the value is: of plain JSON values, bigints and bytes, in the order of their keys. What
 * it was made of cannot be read from it, but guessed, so it is for those who may see all of that.
 */
export function revisionOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, spell)).digest('base64url').slice(0, 22);
}

function spell(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { integer: value.toString() } : value;
}
