import type { Operand } from '../../core/index.ts';
import type { Api, ApiColumn } from './api.ts';
import { base64Text, readBase64, readUuid } from './bytes.ts';
import type { ColumnKind } from './column-kind.ts';
import { readIdText, readInteger } from './ids.ts';

/** The right side of a comparison. */
export type WireOperand = Operand;

type Read = (value: string, column: ApiColumn, api: Api) => WireOperand | undefined;

/**
 * A value of a filter by the type of its column (specs/trailbase.md 5): text as it is, base64 as the core has bytes, integers
 * with all their digits. Undefined for one of another type.
 */
export function typedOperand(api: Api, column: ApiColumn, value: string): WireOperand | undefined {
  return READERS[column.kind](value, column, api);
}

const READERS = {
  key: (value, _column, { collection }) => idOperand(collection.idKind, value),
  integer: (value) => integer(value),
  real: (value) => numeral(value),
  bool: (value) => flag(value),
  text: literal,
  date: literal,
  bytes: (value) => mapped(readBase64(value), (bytes) => literal(base64Text(bytes))),
  uuid: (value) => mapped(readUuid(value), literal),
  // Text that only looks like a number, such as 007, is text.
  any: (value) => mapped(readInteger(value), (number) => exact(number, value)) ?? exact(Number(value), value),
  geometry: literal,
  json: literal,
  texts: literal,
  point: literal,
  // Ids of other records are text in their column, whatever they are in their own table.
  reference: (value, { target }) => mapped(readIdText(target?.idKind ?? 'text', value), literal),
  references: (value, { target }) => mapped(readIdText(target?.idKind ?? 'text', value), literal),
  file: literal,
  files: literal,
  secret: () => undefined,
} as const satisfies Record<ColumnKind, Read>;

function idOperand(kind: Api['collection']['idKind'], value: string): WireOperand | undefined {
  if (kind === 'integer') return integer(value);
  return mapped(readIdText(kind, value), literal);
}

function integer(value: string): WireOperand | undefined {
  return mapped(readInteger(value), (number) => ({ kind: 'number', text: number.toString() }));
}

function numeral(value: string): WireOperand | undefined {
  if (!/^[+-]?(?:\d{1,300}\.?\d{0,300}|\.\d{1,300})(?:[eE][+-]?\d{1,3})?$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? { kind: 'number', text: String(number) } : undefined;
}

function flag(value: string): WireOperand | undefined {
  if (/^(?:true|1)$/i.test(value)) return { kind: 'path', path: 'true' };
  return /^(?:false|0)$/i.test(value) ? { kind: 'path', path: 'false' } : undefined;
}

/** The number that a text is the usual spelling of, or else the text. */
function exact(number: number | bigint, value: string): WireOperand {
  return String(number) === value && Number.isFinite(Number(number))
    ? { kind: 'number', text: value }
    : literal(value);
}

function literal(value: string): WireOperand {
  return { kind: 'text', value };
}

function mapped<T>(value: T | undefined, map: (value: T) => WireOperand): WireOperand | undefined {
  return value === undefined ? undefined : map(value);
}
