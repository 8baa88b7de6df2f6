import type { Issue } from '../errors.ts';
import type { DbValue } from '../ports/database.ts';
import type { Geometry } from '../ports/geometry.ts';
import type { Ids } from '../ports/ids.ts';
import type { JsonSchema, JsonSchemas } from '../ports/json-schemas.ts';

/** What every field has. A field type's own options stand beside these, flat (specs/pocketbase.md 4). */
export interface Field {
  readonly id: string;
  readonly name: string;
  /** The name of a {@link FieldType} in `fields/index.ts`. */
  readonly type: string;
  readonly system: boolean;
  /** Returned to, writable and filterable by superusers only. */
  readonly hidden: boolean;
  readonly presentable: boolean;
  readonly help: string;
  readonly required: boolean;
}

/** How a field's column behaves in filters and sorts. */
export interface FilterTraits {
  readonly kind: 'text' | 'number' | 'bool' | 'date' | 'json' | 'geo';
  /** The column holds a JSON array (multi select, file, relation). */
  readonly multiple: boolean;
  /** Id of the collection that a relation points to. */
  readonly target?: string;
}

/** The prefix or suffix of an input key: `+f`, `f+`, `f-`, `f:autogenerate`. */
export type Modifier = 'prepend' | 'append' | 'subtract' | 'autogenerate';

/** What values are checked with that are more than a text or a number. */
export interface ValueChecks {
  /** Whether a value meets a JSON Schema; false when the schema cannot be used. */
  matchesSchema(schema: JsonSchema, value: unknown): boolean;
  /** Whether a value is a GeoJSON geometry. */
  isGeometry(value: unknown): boolean;
}

/** What a value's validation may look at. */
export interface ValidateContext extends ValueChecks {
  readonly action: 'create' | 'update';
  /** The stored value, undefined on create. */
  readonly original: unknown;
  /** Id of the record and name of its collection. */
  readonly recordId: string;
}

/** Technologies that options and values are checked with. */
export interface FieldTools {
  readonly jsonSchemas: JsonSchemas;
  readonly geometry: Geometry;
}

/** The {@link ValueChecks} of some technologies; what needs one that is not there passes none. */
export function checksOf({ jsonSchemas, geometry }: Partial<FieldTools>): ValueChecks {
  return {
    matchesSchema: (schema, value) => jsonSchemas?.matches(schema, value) === true,
    isGeometry: (value) => geometry?.isValid(value) === true,
  };
}

/** A reference that must exist: checked by the records module inside the writing transaction. */
export interface References {
  readonly collectionId: string;
  readonly ids: readonly string[];
}

/** What values are made with. */
export interface ValueContext {
  readonly action: 'create' | 'update';
  /** `YYYY-MM-DD HH:MM:SS.mmmZ`, one for the whole operation. */
  readonly now: string;
  readonly ids: Ids;
}

/** Result of reading a field's options from a definition. */
export interface ParsedField<F extends Field> {
  readonly field: F;
  /** Paths relative to the field, e.g. `maxSelect`, `thumbs.0`. */
  readonly issues: readonly Issue[];
}

/**
 * A field type: the one place that knows how its values look in input, in a row and in output. Nothing elsewhere asks for
 * a type by name; a new need is a new property here.
 */
export interface FieldType<F extends Field = Field> {
  readonly type: F['type'];
  /** Options with defaults from a definition (unknown keys dropped); `base` holds the common ones, already read. */
  parse(input: Readonly<Record<string, unknown>>, base: Field): ParsedField<F>;
  isMultiple(field: F): boolean;
  /** The column's type and default for DDL, e.g. `TEXT DEFAULT '' NOT NULL`. A literal of the source. */
  column(field: F): string;
  traits(field: F): FilterTraits;
  /** The value of a field that was never set. */
  zero(field: F): unknown;
  /** Column → value; tolerant of NULL and of values from before a change of type. */
  fromDb(value: DbValue, field: F): unknown;
  /** Whether a text in the column is the value itself, so that rows need no decoding. Default: no. */
  keepsText?(field: F): boolean;
  /** Value → column. */
  toDb(value: unknown, field: F): DbValue;
  /** Input → value; lenient as the wire is (`"5"` for a number), never throws. What cannot be read is kept so that `validate` refuses it. */
  cast(input: unknown, field: F): unknown;
  /** The value after `key` with a modifier was sent. Undefined: this type has no such modifier, and the key is ignored. */
  modify?(current: unknown, modifier: Modifier, input: unknown, field: F, context: ValueContext): unknown;
  /** The server's own value, replacing the input (autodate), or filling an empty one (text pattern). Called for every field before validation. */
  autofill?(value: unknown, field: F, context: ValueContext): unknown;
  /** What is wrong with the field's options that only the running server can tell; paths are relative to the field. */
  check?(field: F, tools: FieldTools): readonly Issue[];
  /** Issues with paths relative to the field (usually ''). `required` is included here. */
  validate(value: unknown, field: F, context: ValidateContext): readonly Issue[];
  /** Ids in other collections that the value refers to. */
  references?(value: unknown, field: F): References | undefined;
  /** Whether the value is the record's own id: what a new record is not given of the two, it takes from the other. */
  equalsId?(field: F): boolean;
  /** How stored columns become right after an option changed (single ↔ multiple); undefined when nothing changes. SQL over the quoted column, a literal of the source with `{col}` for it. */
  convert?(before: F, after: F): string | undefined;
  /** Value → input that `cast` reads as exactly this value, where it would read something else out of the value itself. */
  exact?(value: unknown, field: F): unknown;
  /** True: a value may be a number or a text, and where all is text, each must say which it is. */
  readonly untyped?: boolean;
  /** False: never shown to anybody (password). Default true. */
  readonly readable?: boolean;
  /** False: what clients send for it is ignored (autodate). Default true. */
  readonly writable?: boolean;
  /** Objects of the catalogue belong to this field (file). */
  readonly holdsFiles?: boolean;
  /** Extra bytes that a request body may have for this field (specs/pocketbase.md 1.4). `maxFileSize`: the server's limit. */
  bodyAllowance?(field: F, maxFileSize: number): number;
}
