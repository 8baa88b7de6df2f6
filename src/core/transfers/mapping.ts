import type { Collection } from '../collections/collection.ts';
import { AppError, type Issue } from '../errors.ts';
import { type Field, fieldType } from '../fields/index.ts';

/** A column and the field that takes its values. */
export interface Mapped {
  readonly column: string;
  readonly field: Field;
}

/** Fields whose values may come from a file: not stored files, nor what the server sets or keeps for itself. */
export function importableFields({ fields }: Collection): readonly Field[] {
  return fields.filter((field) => {
    const { writable, readable, holdsFiles } = fieldType(field);
    const isOwn = field.system && field.hidden && readable !== false;
    return writable !== false && holdsFiles !== true && !isOwn;
  });
}

/** The field that a column seems to mean. */
export function suggestField(collection: Collection, column: string): Field | undefined {
  const wanted = column.trim().toLowerCase();
  return importableFields(collection).find(({ name }) => name.toLowerCase() === wanted);
}

/** Reads a mapping; `invalid` with issues at `mapping.<column>`. */
export function readMapping(
  collection: Collection,
  mapping: Readonly<Record<string, string>>,
): readonly Mapped[] {
  const importable = importableFields(collection);
  const issues: Issue[] = [];
  const mapped: Mapped[] = [];
  for (const [column, name] of Object.entries(mapping)) {
    const field = importable.find((each) => each.name === name);
    if (field !== undefined && !mapped.some((each) => each.field === field)) {
      mapped.push({ column, field });
      continue;
    }
    const isKnown = collection.fields.some((each) => each.name === name);
    const code = field ? 'field_mapped_twice' : isKnown ? 'field_not_importable' : 'field_unknown';
    issues.push({ path: `mapping.${column}`, code, params: { field: name } });
  }
  if (issues.length > 0) throw new AppError('invalid', { reason: 'mapping', issues });
  return mapped;
}
