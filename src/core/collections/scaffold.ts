import { parseField } from '../fields/index.ts';
import type { Ids } from '../ports/ids.ts';
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
  const { statements } = readIndexes({ ...bare, raw: [], sent: false, before: undefined, taken: [] });
  return {
    ...bare,
    system: false,
    idKind: 'text',
    indexes: statements,
    rules: { list: null, view: null, create: null, update: null, delete: null },
    auth: type === 'auth' ? defaultAuthOptions(ids) : undefined,
    ...{ created: '', updated: '', version: 0 },
  };
}
