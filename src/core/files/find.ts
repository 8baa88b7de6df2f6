import { type Actor, inContext } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { notFound } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import type { Database } from '../ports/database.ts';
import { fileOptions } from './file-options.ts';
import type { FileStatements } from './statements.ts';
import type { StoredFile } from './stored-file.ts';

/** What {@link createFinder} needs. */
export interface FinderOptions {
  readonly db: Database;
  readonly statements: FileStatements;
  /** Whether the actor may view the record. */
  readonly viewRule: (actor: Actor, collection: Collection, recordId: string) => Promise<boolean>;
}

/** Longer than any name or id that is stored; spares the database nonsense. */
const MAX_LENGTH = 512;

type FoundRow = {
  id: string;
  backend: string;
  key: string;
  size: number;
  sha256: string;
  type: string;
  declared_type: string;
  width: number;
  height: number;
  original_name: string;
  name: string;
  field: string;
  created: number;
};

/** Makes `Files.find`: one statement over the index `_objects_owner`, and the view rule where the field is protected. */
export function createFinder({ db, statements, viewRule }: FinderOptions) {
  return async (
    actor: Actor,
    collection: Collection,
    recordId: string,
    name: string,
  ): Promise<{ file: StoredFile; field: Field }> => {
    if (name.length > MAX_LENGTH || recordId.length > MAX_LENGTH) throw notFound('file');
    const row = await db.get<FoundRow>(statements.find, {
      collection: collection.id,
      record: recordId,
      name,
    });
    // The field may have been dropped a moment ago, its objects not yet doomed.
    const field = row && collection.fields.find((candidate) => candidate.id === row.field);
    if (row === undefined || field === undefined) throw notFound('file');
    if (fileOptions(field).protected) {
      const allowed = await viewRule(inContext(actor, 'protectedFile'), collection, recordId);
      if (!allowed) throw notFound('file');
    }
    return { file: toStoredFile(row, collection.id, recordId), field };
  };
}

function toStoredFile(row: FoundRow, collectionId: string, recordId: string): StoredFile {
  return {
    objectId: row.id,
    backend: row.backend,
    key: row.key,
    size: row.size,
    sha256: row.sha256,
    type: row.type,
    declaredType: row.declared_type,
    width: row.width,
    height: row.height,
    originalName: row.original_name,
    name: row.name,
    collectionId,
    recordId,
    fieldId: row.field,
    created: row.created,
  };
}
