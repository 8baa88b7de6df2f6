import { notFound } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import type { FileStatements } from './statements.ts';
import type { StoredFile } from './stored-file.ts';

/**
 * The file where the catalogue has it now, when that is not where it was found; undefined when it did not move. Throws
 * `not_found` reason `file` when it is no longer live. Asked when the bytes are missing: who found a file before it was
 * released, or moved to another storage, may read it after its old bytes are gone.
 */
export type PlaceFinder = (file: StoredFile) => Promise<StoredFile | undefined>;

/** Makes a {@link PlaceFinder}. */
export function createPlaceFinder(db: Database, statements: FileStatements): PlaceFinder {
  return async (file) => {
    const row = await db.get<{ backend: string; key: string }>(statements.place, { id: file.objectId });
    if (row === undefined) throw notFound('file');
    if (row.key === file.key) return undefined;
    return { ...file, backend: row.backend, key: row.key };
  };
}
