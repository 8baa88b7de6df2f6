import type { Collection } from '../collections/collection.ts';
import type { Queryable } from '../ports/database.ts';
import type { FileStatements } from './statements.ts';
import type { FileFacts } from './stored-file.ts';

type FactsRow = {
  record: string;
  id: string;
  field: string;
  name: string;
  original_name: string;
  size: number;
  type: string;
  declared_type: string;
  sha256: string;
};

/** Makes `Files.describe`: one statement over the index `_objects_owner`. */
export function createDescriber(db: Queryable, statements: FileStatements) {
  return async (
    collection: Collection,
    recordIds: readonly string[],
    q = db,
  ): Promise<ReadonlyMap<string, readonly FileFacts[]>> => {
    const found = new Map<string, FileFacts[]>();
    if (recordIds.length === 0) return found;
    const bindings = { collection: collection.id, records: JSON.stringify(recordIds) };
    for (const row of await q.all<FactsRow>(statements.describe, bindings)) {
      const facts = toFacts(row);
      const list = found.get(row.record);
      if (list === undefined) found.set(row.record, [facts]);
      else list.push(facts);
    }
    return found;
  };
}

function toFacts(row: FactsRow): FileFacts {
  return {
    objectId: row.id,
    fieldId: row.field,
    name: row.name,
    originalName: row.original_name,
    size: row.size,
    type: row.type,
    declaredType: row.declared_type,
    sha256: row.sha256,
  };
}
