import { parseField } from '../fields/index.ts';
import { type Ids, LOWER_ALPHANUMERIC } from '../ports/ids.ts';
import { defaultAuthOptions } from './auth-defaults.ts';
import type { Collection } from './collection.ts';
import { readIndexes } from './index-list.ts';
import { withSystemFields } from './system-fields.ts';

/** The definition that a new collection starts from, id and name empty. */
export function scaffoldOf(type: 'base' | 'auth', ids: Ids): Collection {
  const fields = withSystemFields([], type, 'text').flatMap((definition) => {
    const { field } = parseField(definition, '');
    return field === undefined ? [] : [field];
  });
  const bare = { id: '', name: '', type, fields };
  // Indexes are named after the collection's id, which is not known yet; names are taken once in a database.
  const named = { ...bare, id: ids.random(10, LOWER_ALPHANUMERIC) };
  const { statements } = readIndexes({ ...named, raw: [], sent: false, before: undefined, taken: [] });
  return {
    ...bare,
    system: false,
    idKind: 'text',
    indexes: statements,
    rules: { list: null, view: null, create: null, update: null, delete: null },
    auth: type === 'auth' ? defaultAuthOptions(ids) : undefined,
    dialects: {},
    ...{ created: '', updated: '', version: 0 },
  };
}
