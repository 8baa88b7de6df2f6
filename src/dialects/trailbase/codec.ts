import type { Actor, RecordInput } from '../../core/index.ts';
import { parseDate } from '../../lib/time.ts';
import { type Api, type ApiColumn, mayWrite } from './api.ts';
import { base64Text, readBytes, readUuid, uuidToBase64 } from './bytes.ts';
import type { ColumnKind } from './column-kind.ts';
import { INVALID_PARAMETERS, TrailBaseError } from './errors.ts';
import { idValue, readIdText, readIdValue, readInteger } from './ids.ts';

/** Where a value comes from: JSON says its types, forms have text only, and what they mean is read from it. */
export type Source = 'json' | 'form';

/** Members of a body by wire name. */
export type WireValues = Readonly<Record<string, unknown>>;

type Encode = (value: unknown) => unknown;
type Decode = (value: unknown, column: ApiColumn, source: Source) => unknown;

/** How a column's values become those of the wire; undefined where they are the same. NULL is null in any case. */
export function encoderOf({ collection }: Api, column: ApiColumn): Encode | undefined {
  const { kind, target } = column;
  const idKind = kind === 'key' ? collection.idKind : target?.idKind;
  switch (kind) {
    case 'uuid':
      return (value) => (typeof value === 'string' ? uuidToBase64(value) : value);
    case 'key':
      return idKind === undefined || idKind === 'text'
        ? undefined
        : (value) => idValue(idKind, String(value));
    case 'reference':
      return (value) => (typeof value !== 'string' || value === '' ? null : idValue(idKind ?? 'text', value));
    case 'references':
      return (value) =>
        Array.isArray(value) ? value.map((each) => idValue(idKind ?? 'text', String(each))) : [];
    case 'date':
      return (value) => (value === '' ? null : value);
    default:
      return undefined;
  }
}

/**
 * The core's input for the members of a body (specs/trailbase.md 2): strict about the types of JSON, reading the text of
 * forms. Unknown names, files, and columns that are excluded or not the actor's to write are left out; 400 `Invalid Parameters` for a value of another type.
 */
export function decodeValues(
  actor: Actor,
  api: Api,
  values: WireValues,
  source: Source,
): Record<string, unknown> {
  const input: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(values)) {
    const column = api.byName.get(name);
    if (column === undefined || column.kind === 'file' || column.kind === 'files') continue;
    if (!mayWrite(actor, column)) continue;
    const value = decodeValue(api, column, values[name], source);
    // No record has null for an id: it is as good as not sent.
    if (column.kind !== 'key' || value !== null) input[column.field.name] = value;
  }
  if (api.collection.type === 'auth') addPasswords(values, input);
  return input;
}

/** The value of one column; 400 `Invalid Parameters` for one of another type. */
function decodeValue(api: Api, column: ApiColumn, value: unknown, source: Source): unknown {
  if (isBlank(column.kind, value, source)) return null;
  const decoded =
    column.kind === 'key'
      ? readId(api.collection.idKind, value, source)
      : DECODERS[column.kind](value, column, source);
  if (decoded === undefined) throw new TrailBaseError(400, INVALID_PARAMETERS);
  return decoded;
}

/** Null; and what an unfilled input of a form sends, for columns whose values are no text. */
function isBlank(kind: ColumnKind, value: unknown, source: Source): boolean {
  if (value === null || value === undefined) return true;
  return source === 'form' && value === '' && kind !== 'text' && kind !== 'secret' && kind !== 'any';
}

/** What a decoder gives undefined for is refused. */
const DECODERS = {
  key: text,
  integer: (value, { field }, source) => {
    if (typeof value === 'boolean') return Number(value);
    const integer = typeof value === 'string' && source === 'json' ? undefined : readInteger(value);
    // Number fields are doubles, which would change it.
    return typeof integer === 'bigint' && field.type === 'number' ? undefined : integer;
  },
  real: (value, _column, source) => (source === 'form' ? readNumeral(value) : readNumber(value)),
  bool: (value, _column, source) => readFlag(value, source),
  text,
  // What is no time at all would become none.
  date: (value) =>
    typeof value === 'string' && (value === '' || parseDate(value) !== '') ? value : undefined,
  bytes: (value) => optional(readBytes(value), base64Text),
  uuid: (value) => readUuid(value),
  any: (value) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
    return typeof value === 'boolean' ? Number(value) : readBytes(value);
  },
  geometry: (value, _column, source) => (source === 'form' ? parsed(value) : value),
  json: (value) => value,
  texts: (value, _column, source) => {
    const list = source === 'form' && typeof value === 'string' ? [value] : value;
    return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : undefined;
  },
  point: (value) => readPoint(parsed(value)),
  reference: (value, { target }, source) => {
    if (value === '') return null;
    return readId(target?.idKind ?? 'text', value, source);
  },
  references: (value, { target }, source) => {
    const list = source === 'form' && !Array.isArray(value) ? [value] : value;
    if (!Array.isArray(list)) return undefined;
    const ids = list.map((each) => readId(target?.idKind ?? 'text', each, source));
    return ids.includes(undefined) ? undefined : ids;
  },
  secret: text,
  file: () => undefined,
  files: () => undefined,
} as const satisfies Record<ColumnKind, Decode>;

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readId(kind: Api['collection']['idKind'], value: unknown, source: Source): string | undefined {
  return source === 'form' && typeof value === 'string' ? readIdText(kind, value) : readIdValue(kind, value);
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function readNumeral(value: unknown): number | undefined {
  if (typeof value !== 'string') return readNumber(value);
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(value)
    ? readNumber(Number(value))
    : undefined;
}

function readFlag(value: unknown, source: Source): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 0 || value === 1) return value === 1;
  if (source === 'json' || typeof value !== 'string') return undefined;
  if (value === 'true' || value === '1' || value === 'on') return true;
  return value === 'false' || value === '0' ? false : undefined;
}

/** Degrees by name, or a point of GeoJSON. Anything else would be taken for the point 0, 0. */
function readPoint(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('lon' in value && 'lat' in value) return value;
  if (!('type' in value) || value.type !== 'Point' || !('coordinates' in value)) return undefined;
  const { coordinates } = value;
  return Array.isArray(coordinates) && coordinates.length >= 2
    ? { lon: coordinates[0], lat: coordinates[1] }
    : undefined;
}

/** Text of a form as the JSON that it must be. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function optional<T, R>(value: T | undefined, map: (value: T) => R): R | undefined {
  return value === undefined ? undefined : map(value);
}

/** An account's password may come with its confirmation, which this wire does not know; alone it confirms itself. */
function addPasswords(values: WireValues, input: Record<string, unknown>): RecordInput {
  if (typeof values.oldPassword === 'string') input.oldPassword = values.oldPassword;
  const { passwordConfirm = input.password } = values;
  if (typeof passwordConfirm === 'string') input.passwordConfirm = passwordConfirm;
  return input;
}
