import { parseLossless, stringifyJson } from '../../../lib/lossless-json.ts';
import type { DbValue } from '../../ports/database.ts';
import type { FilterTraits, ValueChecks } from '../field.ts';
import { textFromDb } from '../values.ts';
import { castBytes, castUuid, decodeBytes, encodeBytes, isBytes, isUuid } from './binary.ts';
import type { ColumnDefault, ColumnTypeName } from './column-field.ts';
import { addInteger, addReal, castInteger, castReal, isInteger64 } from './integers.ts';

/** What tells the column types apart. Values that reach these functions are not null. */
export interface ColumnKind {
  /** SQLite's declared type; '' gives the column no affinity. */
  readonly declared: 'INTEGER' | 'REAL' | 'TEXT' | '';
  readonly filter: FilterTraits['kind'];
  /** Which bounds a definition of this type may have. */
  readonly bounds: 'numbers' | 'lengths' | 'none';
  /** A definition may list constants: allowed values, a default. */
  readonly constants: boolean;
  /** Defaults that the server makes. */
  readonly makes: readonly ColumnDefault['kind'][];
  /** Whether '' is a value; otherwise it is what clients without null send for it. */
  readonly blank: boolean;
  cast(input: unknown): unknown;
  /** The code of what is wrong with a value that `cast` gave; undefined when nothing is. */
  problem(value: unknown, context: Pick<ValueChecks, 'isGeometry'>): string | undefined;
  toDb(value: unknown): DbValue;
  /** Null for what a value of this type cannot be. */
  fromDb(value: NonNullable<DbValue>): unknown;
  add?(current: unknown, change: unknown, sign: 1 | -1): unknown;
}

const invalid = (isValid: boolean) => (isValid ? undefined : 'invalid_value');

/** SQLite would write half a surrogate pair as U+FFFD. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isReal(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function integerProblem(value: unknown): string | undefined {
  if (isInteger64(value)) return undefined;
  return typeof value === 'bigint' ? 'out_of_range' : 'invalid_value';
}

function textOrNull(value: unknown): DbValue {
  return typeof value === 'string' ? value : null;
}

const texts = {
  declared: 'TEXT',
  filter: 'text',
  bounds: 'none',
  constants: true,
  toDb: textOrNull,
  fromDb: textFromDb,
} as const;

/** Every {@link ColumnKind}, by the name of its type. */
export const columnKinds: Readonly<Record<ColumnTypeName, ColumnKind>> = {
  integer: {
    ...{ declared: 'INTEGER', filter: 'number', bounds: 'numbers', constants: true, makes: ['now'] },
    blank: false,
    cast: castInteger,
    problem: integerProblem,
    toDb: (value) => (isInteger64(value) ? value : null),
    fromDb(value) {
      const read = castInteger(value);
      return isInteger64(read) ? read : null;
    },
    add: addInteger,
  },
  real: {
    ...{ declared: 'REAL', filter: 'number', bounds: 'numbers', constants: true, makes: ['now'] },
    blank: false,
    cast: castReal,
    problem: (value) => invalid(isReal(value)),
    toDb: (value) => (isReal(value) ? value : null),
    fromDb(value) {
      const read = castReal(value);
      return isReal(read) ? read : null;
    },
    add: addReal,
  },
  string: {
    ...texts,
    ...{ bounds: 'lengths', makes: ['now', 'uuid'], blank: true },
    cast: castString,
    problem: (value) => invalid(isText(value)),
  },
  bytes: {
    ...texts,
    ...{ makes: ['uuid'], blank: true },
    cast: castBytes,
    problem: (value) => invalid(isBytes(value)),
    fromDb: bytesFromDb,
  },
  uuid: {
    ...texts,
    ...{ makes: ['uuid'], blank: false },
    cast: castUuid,
    problem: (value) => invalid(isUuid(value)),
    fromDb(value) {
      const read = castUuid(value);
      return isUuid(read) ? read : null;
    },
  },
  any: {
    // Not 'json': the text `12` is no number here.
    ...{ declared: '', filter: 'text', bounds: 'none', constants: true, makes: ['now', 'uuid'] },
    blank: true,
    cast: castAny,
    problem: anyProblem,
    toDb: (value) => (value instanceof Uint8Array || anyProblem(value) === undefined ? scalar(value) : null),
    fromDb: (value) => (value instanceof Uint8Array ? encodeBytes(value) : value),
  },
  geometry: {
    ...{ declared: 'TEXT', filter: 'json', bounds: 'none', constants: false, makes: [] },
    blank: false,
    cast: castGeometry,
    problem: (value, { isGeometry }) => invalid(isGeometry(value)),
    toDb: (value) => (typeof value === 'object' ? (stringifyJson(value) ?? null) : null),
    fromDb(value) {
      const read = castGeometry(textFromDb(value));
      return typeof read === 'object' ? read : null;
    },
  },
};

function castString(input: unknown): unknown {
  return typeof input === 'number' || typeof input === 'bigint' || typeof input === 'boolean'
    ? String(input)
    : input;
}

/** BLOBs may come from other programs; text is base64 already. */
function bytesFromDb(value: NonNullable<DbValue>): string | null {
  if (value instanceof Uint8Array) return encodeBytes(value);
  const bytes = decodeBytes(textFromDb(value));
  return bytes === undefined ? null : encodeBytes(bytes);
}

/** Whole numbers are integers. Beyond 64 bits there are reals only: those come back as they are written, other digits do not. */
function castAny(input: unknown): unknown {
  if (typeof input === 'boolean' || typeof input === 'bigint' || typeof input === 'number') {
    const value = castInteger(input);
    if (typeof value !== 'bigint' || isInteger64(value)) return value;
    const real = Number(value);
    return real === input || String(real) === String(value) ? real : value;
  }
  if (!Array.isArray(input)) return input;
  const bytes = castBytes(input);
  return typeof bytes === 'string' ? decodeBytes(bytes) : input;
}

function anyProblem(value: unknown): string | undefined {
  if (typeof value === 'bigint') return integerProblem(value);
  return invalid(isText(value) || isReal(value) || value instanceof Uint8Array);
}

function scalar(value: unknown): DbValue {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return isScalar || value instanceof Uint8Array ? value : null;
}

function castGeometry(input: unknown): unknown {
  if (typeof input !== 'string') return input;
  try {
    return parseLossless(input);
  } catch {
    return input;
  }
}
