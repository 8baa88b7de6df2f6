import type { Collection } from '../collections/collection.ts';

const SINGLE_COLUMN =
  /^\s*CREATE\s+UNIQUE\s+INDEX\b[^(]*\(\s*[`"[]?(\w+)[`"\]]?(?:\s+COLLATE\s+\w+)?(?:\s+(?:ASC|DESC))?\s*\)/i;

/** Whether a collection has a unique index on this column alone (a partial one counts). */
export function hasUniqueIndex(collection: Collection, column: string): boolean {
  return collection.indexes.some(
    (index) => SINGLE_COLUMN.exec(index)?.[1]?.toLowerCase() === column.toLowerCase(),
  );
}
