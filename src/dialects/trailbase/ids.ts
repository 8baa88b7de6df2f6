import type { IdKind } from '../../core/index.ts';
import { isUuid, readUuid, uuidToBase64 } from './bytes.ts';
import { TrailBaseError } from './errors.ts';

const MAX_INTEGER = 2n ** 63n - 1n;
const MIN_INTEGER = -(2n ** 63n);
/** Longer ones are in no collection, and the database need not be asked. */
const LONGEST = 512;

/** An id of a record as its column shows it: a number for integer keys, base64 for UUIDs. */
export function idValue(kind: IdKind, id: string): string | number | bigint {
  if (kind === 'integer') return integerValue(id);
  return idText(kind, id);
}

/** An id of a record as `ids` and batches show it: always text. */
export function idText(kind: IdKind, id: string): string {
  return kind === 'uuid' && isUuid(id) ? uuidToBase64(id) : id;
}

/**
 * The core's id for one of a path: decimal text, base64 with or without padding or UUID text, or text as it is. 400
 * `Invalid id` for what cannot be one.
 */
export function idFromPath(kind: IdKind, text: string): string {
  const id = readIdText(kind, text);
  if (id === undefined) throw new TrailBaseError(400, 'Invalid id');
  return id;
}

/** The same for text from elsewhere; undefined for what cannot be an id. */
export function readIdText(kind: IdKind, text: string): string | undefined {
  if (kind === 'integer') return readInteger(text)?.toString();
  if (kind === 'uuid') return readUuid(text);
  return text === '' || text.length > LONGEST ? undefined : text;
}

/** The core's id for a JSON value; undefined for what cannot be one. */
export function readIdValue(kind: IdKind, value: unknown): string | undefined {
  switch (kind) {
    case 'integer':
      return typeof value === 'bigint' || typeof value === 'number'
        ? readInteger(value)?.toString()
        : undefined;
    case 'uuid':
      return readUuid(value);
    case 'text':
      return typeof value === 'string' ? readIdText(kind, value) : undefined;
  }
}

/** A signed integer of 64 bits; undefined for fractions, other text and what is out of range. */
export function readInteger(value: unknown): number | bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : wide(value);
  if (typeof value === 'bigint') return inRange(value) ? integerValue(value.toString()) : undefined;
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return undefined;
  return readInteger(BigInt(value));
}

/** Numbers beyond the safe range that are integers all the same, such as 1e18. */
function wide(value: number): number | bigint | undefined {
  return Number.isInteger(value) ? readInteger(BigInt(value)) : undefined;
}

function inRange(value: bigint): boolean {
  return value >= MIN_INTEGER && value <= MAX_INTEGER;
}

function integerValue(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
