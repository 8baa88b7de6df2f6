import { type SQL, sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import type { Field, FilterTraits } from '../fields/field.ts';
import { fieldType } from '../fields/index.ts';
import { isWriteOnly } from '../fields/write-only.ts';

/** What filters need to know of a field's column. */
export interface ColumnFacts extends FilterTraits {
  /** Declared NOT NULL. */
  readonly notNull: boolean;
  /** Can hold a list, whether or not it does now: `:each` and `:length` mean something. */
  readonly countable: boolean;
  /** Shown to those who may see the field; never so for passwords. */
  readonly readable: boolean;
  /** `''` stands for no value: single relations, files and dates. */
  readonly blankIsNull: boolean;
}

/** The facts of a field's column. */
export function columnFacts(field: Field): ColumnFacts {
  const type = fieldType(field);
  const traits = type.traits(field);
  return {
    ...traits,
    // At the end, where no default of a user's can stand.
    notNull: /\bNOT NULL$/.test(type.column(field)),
    countable: traits.multiple || 'maxSelect' in field,
    readable: (type.readable ?? true) && !isWriteOnly(field),
    blankIsNull:
      !traits.multiple && (traits.kind === 'date' || traits.target !== undefined || type.holdsFiles === true),
  };
}

/** A field by its exact name. */
export function fieldOf(collection: Collection, name: string): Field | undefined {
  return collection.fields.find((field) => field.name === name);
}

/** A column of a JSON array as an argument for `json_each`; tolerant of plain text from before a change of type. */
export function listOf(column: SQL): SQL {
  return sql`CASE WHEN json_valid(${column}) THEN ${column} WHEN ${column} <> '' THEN json_array(${column}) ELSE '[]' END`;
}

/** The number of items of a column, of a list or of one text. */
export function countOf(column: SQL): SQL {
  return sql`CASE WHEN json_valid(${column}) AND json_type(${column}) = 'array' THEN json_array_length(${column}) ELSE COALESCE(${column}, '') <> '' END`;
}

/** A value inside a JSON column; NULL when there is none, or no JSON. */
export function jsonAt(column: SQL, path: readonly string[]): SQL {
  const steps = path.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `."${step}"`));
  return sql`CASE WHEN json_valid(${column}) THEN json_extract(${column}, ${`$${steps.join('')}`}) END`;
}

/** A JSON column as the value it holds: texts, numbers and booleans compare as such. */
export function jsonValue(column: SQL): SQL {
  return sql`CASE WHEN json_valid(${column}) THEN json_extract(${column}, '$') ELSE ${column} END`;
}
