import type { DbRow, DbValue } from '../../../core/ports/database.ts';

/** A value as JSON: what JSON cannot say is an object with one letter for its kind. */
export type WireValue = string | number | null | { b: string } | { i: string } | { n: string };

/** Rows as JSON. `plain` rows need no decoding, which is the usual case. */
export type WireRows =
  | { readonly plain: true; readonly rows: DbRow[] }
  | { readonly plain: false; readonly rows: Record<string, WireValue>[] };

/** A value on its way to another process. */
export function encodeValue(value: DbValue): WireValue {
  if (typeof value === 'bigint') return { i: value.toString() };
  if (value instanceof Uint8Array) return { b: Buffer.from(value).toString('base64') };
  if (typeof value === 'number' && !survives(value))
    return { n: Object.is(value, -0) ? '-0' : String(value) };
  return value;
}

/** The value another process sent. */
export function decodeValue(value: WireValue): DbValue {
  if (value === null || typeof value !== 'object') return value;
  if ('i' in value) return BigInt(value.i);
  if ('n' in value) return Number(value.n);
  return Uint8Array.from(Buffer.from(value.b, 'base64'));
}

/** Rows on their way to another process; they are left as they are when JSON can say them. */
export function encodeRows(rows: DbRow[]): WireRows {
  if (rows.every(isPlain)) return { plain: true, rows };
  return { plain: false, rows: rows.map((row) => mapRow(row, encodeValue)) };
}

/** The rows another process sent. */
export function decodeRows(wire: WireRows): DbRow[] {
  return wire.plain ? wire.rows : wire.rows.map((row) => mapRow(row, decodeValue));
}

function isPlain(row: DbRow): boolean {
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'number' ? !survives(value) : value !== null && typeof value !== 'string')
      return false;
  }
  return true;
}

/** JSON has no infinity and no negative zero. */
function survives(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function mapRow<A, B>(row: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, map(value)]));
}
