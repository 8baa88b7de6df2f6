import type { Field } from '../field.ts';

/** The names of the types of a {@link ColumnField}. */
export const columnTypes = ['integer', 'real', 'string', 'bytes', 'uuid', 'any', 'geometry'] as const;

/** One of {@link columnTypes}. */
export type ColumnTypeName = (typeof columnTypes)[number];

/**
 * A column with SQL's own meaning: it may be NULL, and no value stands for "none". Values in the core are
 *
 * - `integer`: a number, or a bigint where a double cannot hold it; -2^63..2^63-1.
 * - `real`: a finite number.
 * - `string`: text.
 * - `bytes`: base64url text with padding.
 * - `uuid`: canonical lower-case text of 36 characters.
 * - `geometry`: a GeoJSON geometry object.
 * - `any`: a number, bigint or text; BLOBs read as base64url text.
 */
export interface ColumnField extends Field {
  readonly type: ColumnTypeName;
  /** Default true. */
  readonly nullable: boolean;
  /** What a new record gets that is not given a value; null: NULL, or an issue `not_null` where that is not allowed. */
  readonly default: ColumnDefault | null;
  /** Never returned, and not filtered by clients, but written by anyone who may write the record; implies `hidden`. */
  readonly writeOnly: boolean;
  /** Bounds of `integer` and `real`. */
  readonly min: number | null;
  readonly max: number | null;
  /** Bounds of `string`, in code points. */
  readonly minLength: number | null;
  readonly maxLength: number | null;
  /** What a `string` must contain a match of, in the syntax of RE2; '' for anything. */
  readonly pattern: string;
  /** The values that are allowed; empty: all. */
  readonly values: readonly (string | number)[];
}

/** The value that a new record starts with, made by the server. */
export type ColumnDefault =
  /** A constant in the form of the core's values; an integer beyond a double as its decimal text. */
  | { readonly kind: 'value'; readonly value: string | number }
  /** The moment: seconds since the epoch, or `YYYY-MM-DD HH:MM:SS` in UTC. */
  | { readonly kind: 'now'; readonly form: 'unix' | 'text' }
  /** A new UUID; `bytes` columns get its 16 bytes, others its text. */
  | { readonly kind: 'uuid'; readonly version: 4 | 7 };
