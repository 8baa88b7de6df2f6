import type { Collection } from '../collections/collection.ts';
import { IndexError, parseIndex } from '../collections/index-text.ts';

/** Whether a collection has a unique index on this column alone (a partial one counts). */
export function hasUniqueIndex(collection: Collection, column: string): boolean {
  return collection.indexes.some((text) => {
    const index = readIndex(text);
    return index?.unique === true && index.columns.length === 1 && index.columns[0]?.name === column;
  });
}

/** Undefined for a text that no version of ours would have stored. */
function readIndex(text: string) {
  try {
    return parseIndex(text);
  } catch (error) {
    if (error instanceof IndexError) return undefined;
    throw error;
  }
}
