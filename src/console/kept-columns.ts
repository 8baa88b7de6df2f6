import type { Collection, Field, PreferenceValues } from '../core/index.ts';

/** The columns that an admin chose for a collection; none = as usual. Fields that are gone are left out. */
export function readKeptColumns(preferences: PreferenceValues, { id, fields }: Collection): readonly Field[] {
  const kept = preferences.get(nameOf(id));
  return Array.isArray(kept) ? fields.filter((field) => kept.includes(field.id)) : [];
}

/** The change of preferences that keeps a choice, by ids, which stay when fields are renamed; no fields = as usual again. */
export function keptColumns({ id }: Collection, fields: readonly Field[]): Record<string, unknown> {
  return { [nameOf(id)]: fields.length === 0 ? null : fields.map((field) => field.id) };
}

function nameOf(collection: string): string {
  return `columns.${collection}`;
}
