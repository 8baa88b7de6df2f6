import { UploadedFile } from '../files/stored-file.ts';
import type { DbValue } from '../ports/database.ts';
import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { fine, issue, textFromDb } from './values.ts';

/** Any JSON value. */
export interface JsonField extends Field {
  readonly type: 'json';
  /** Bytes; 0 means 1 MiB. */
  readonly maxSize: number;
}

const DEFAULT_MAX_SIZE = 1024 * 1024;
const EMPTY = new Set(['null', '""', '[]', '{}']);

/** See {@link JsonField}. `null` is NULL in the column. */
export const jsonType: FieldType<JsonField> = {
  type: 'json',
  parse(input, base) {
    const options = readOptions(input);
    const maxSize = options.integer('maxSize');
    return { field: { ...base, type: 'json', maxSize }, issues: options.issues };
  },
  isMultiple: () => false,
  column: () => 'JSON DEFAULT NULL',
  traits: () => ({ kind: 'json', multiple: false }),
  zero: () => null,
  fromDb: jsonFromDb,
  toDb(value) {
    return value === null || value === undefined ? null : (encode(value) ?? null);
  },
  cast: castJson,
  validate(value, field) {
    const text = encode(value ?? null);
    if (text === undefined) return issue('invalid_json');
    const max = maxSizeOf(field);
    if (Buffer.byteLength(text) > max) return issue('json_size_limit', { max });
    return field.required && EMPTY.has(text) ? issue('required') : fine;
  },
  bodyAllowance: maxSizeOf,
};

function maxSizeOf(field: JsonField): number {
  return field.maxSize > 0 ? field.maxSize : DEFAULT_MAX_SIZE;
}

/** A column declared JSON stores plain numbers as such, and text that is no JSON comes from another type of field. */
function jsonFromDb(value: DbValue): unknown {
  if (value === null || typeof value === 'number') return value;
  const text = textFromDb(value);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Text that looks like JSON and is JSON is read as such, so that forms can send any value; other text stays text. */
function castJson(input: unknown): unknown {
  if (input === undefined) return null;
  if (typeof input !== 'string') return input;
  if (!/^(?:null$|true$|false$|[-"[{0-9])/.test(input)) return input;
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}

/** Undefined for what is no JSON value: an upload, or something the server made itself. */
function encode(value: unknown): string | undefined {
  const items = Array.isArray(value) ? value : [value];
  if (items.some((item) => item instanceof UploadedFile)) return undefined;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
