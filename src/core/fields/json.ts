import { parseLossless, stringifyJson } from '../../lib/lossless-json.ts';
import { UploadedFile } from '../files/stored-file.ts';
import type { DbValue } from '../ports/database.ts';
import type { JsonSchema } from '../ports/json-schemas.ts';
import { isInteger64 } from './column/integers.ts';
import type { Field, FieldType } from './field.ts';
import { type OptionReader, readOptions } from './options.ts';
import { fine, issue, textFromDb } from './values.ts';

/** Any JSON value. */
export interface JsonField extends Field {
  readonly type: 'json';
  /** Bytes; 0 means 1 MiB. */
  readonly maxSize: number;
  /** Default true. */
  readonly nullable: boolean;
  /** What every value but null must meet (draft 2020-12); null: anything. */
  readonly schema: JsonSchema | null;
  /** What a new record gets that is not given a value; absent: null. */
  readonly default?: unknown;
}

const DEFAULT_MAX_SIZE = 1024 * 1024;
const EMPTY = new Set(['null', '""', '[]', '{}']);

/** See {@link JsonField}. `null` is NULL in the column. */
export const jsonType: FieldType<JsonField> = {
  type: 'json',
  parse(input, base) {
    const options = readOptions(input);
    const maxSize = options.integer('maxSize');
    const nullable = options.flag('nullable', true);
    const schema = readSchema(input.schema, options);
    const field: JsonField = { ...base, type: 'json', maxSize, nullable, schema };
    const start = readDefault(input.default, maxSizeOf(field), options);
    return { field: start === undefined ? field : { ...field, default: start }, issues: options.issues };
  },
  isMultiple: () => false,
  column: () => 'JSON DEFAULT NULL',
  traits: () => ({ kind: 'json', multiple: false }),
  // A copy: nobody may change the field's own.
  zero: ({ default: start }) => (start === undefined ? null : structuredClone(start)),
  fromDb: jsonFromDb,
  toDb(value) {
    return value === null || value === undefined ? null : (encode(value) ?? null);
  },
  cast: castJson,
  exact: (value) => (typeof value === 'string' ? JSON.stringify(value) : value),
  check({ schema, default: start }, { jsonSchemas }) {
    if (schema === null) return fine;
    const error = jsonSchemas.problem(schema);
    if (error !== undefined) return [{ path: 'schema', code: 'invalid_json_schema', params: { error } }];
    const isMet = start === undefined || jsonSchemas.matches(schema, start);
    return isMet ? fine : [{ path: 'default', code: 'json_schema' }];
  },
  validate(value, field, context) {
    const text = encode(value ?? null);
    if (text === undefined) return issue('invalid_json');
    const max = maxSizeOf(field);
    if (Buffer.byteLength(text) > max) return issue('json_size_limit', { max });
    if (field.required && EMPTY.has(text)) return issue('required');
    if (text === 'null') return field.nullable ? fine : issue('not_null');
    const { schema } = field;
    return schema === null || context.matchesSchema(schema, value) ? fine : issue('json_schema');
  },
  bodyAllowance: maxSizeOf,
};

function maxSizeOf(field: JsonField): number {
  return field.maxSize > 0 ? field.maxSize : DEFAULT_MAX_SIZE;
}

const MAX_SCHEMA_SIZE = 200_000;

/** A copy that is plain JSON. */
function readSchema(sent: unknown, options: OptionReader): JsonSchema | null {
  if (sent === undefined || sent === null) return null;
  const text = typeof sent === 'object' && !Array.isArray(sent) ? encode(sent) : undefined;
  if (text === undefined) options.report('schema', 'invalid_value');
  else if (text.length > MAX_SCHEMA_SIZE) options.report('schema', 'size_limit', { max: MAX_SCHEMA_SIZE });
  else return JSON.parse(text);
  return null;
}

/** A copy that is plain JSON; null says nothing. */
function readDefault(sent: unknown, max: number, options: OptionReader): unknown {
  if (sent === undefined || sent === null) return undefined;
  const text = encode(sent);
  if (text === undefined) options.report('default', 'invalid_value');
  else if (Buffer.byteLength(text) > max) options.report('default', 'json_size_limit', { max });
  else return parseLossless(text);
  return undefined;
}

/** A column declared JSON stores plain numbers as such, and text that is no JSON comes from another type of field. */
function jsonFromDb(value: DbValue): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'bigint') return value;
  const text = textFromDb(value);
  try {
    return parseLossless(text);
  } catch {
    return text;
  }
}

/** A number that stands alone is a column's number, which has 64 bits; the database would round it after the answer. */
function castJson(input: unknown): unknown {
  const value = readValue(input);
  return typeof value === 'bigint' && !isInteger64(value) ? Number(value) : value;
}

/** Text that looks like JSON and is JSON is read as such, so that forms can send any value; other text stays text. */
function readValue(input: unknown): unknown {
  if (input === undefined) return null;
  if (typeof input !== 'string') return input;
  if (!/^(?:null$|true$|false$|[-"[{0-9])/.test(input)) return input;
  try {
    return parseLossless(input);
  } catch {
    return input;
  }
}

/** Undefined for what is no JSON value: an upload, or something the server made itself. */
function encode(value: unknown): string | undefined {
  const items = Array.isArray(value) ? value : [value];
  if (items.some((item) => item instanceof UploadedFile)) return undefined;
  try {
    return stringifyJson(value);
  } catch {
    return undefined;
  }
}
