import type { Collection, Core, Field } from '../../../core/index.ts';
import { readOptions } from '../api-options.ts';

/** A table as access rules see it: a collection, or one that is about to be made. */
export interface RuleTable extends Pick<Collection, 'id' | 'name' | 'idKind' | 'fields'> {
  /** Wire name of the `id`. */
  readonly key: string;
  /** Names of fields that SQLite compares without letter case: `COLLATE NOCASE`. */
  readonly noCase: ReadonlySet<string>;
  /** TrailBase's `_user`, whose e-mail addresses are verified: one that is not is NULL to its rules. */
  readonly isAccounts: boolean;
}

/** The tables that access rules may name. */
export interface RuleSchema {
  /** By the name as written, whatever its letter case; undefined for what is no table, or the system's. */
  table(name: string): RuleTable | undefined;
  /** By the id of the collection. */
  byId(id: string): RuleTable | undefined;
}

/** The name of the collection that TrailBase's `_user` is. */
const ACCOUNTS = 'users';

/** The collections as tables, after `drafts`. */
export function ruleSchema(
  schema: Core['collections']['schema'],
  drafts: readonly RuleTable[] = [],
): RuleSchema {
  const visible = (collection: Collection | undefined) =>
    collection === undefined || collection.name.startsWith('_') || collection.type === 'view'
      ? undefined
      : ruleTable(collection);
  return {
    table(name) {
      const lower = name.toLowerCase();
      const wanted = lower === '_user' ? ACCOUNTS : lower;
      return drafts.find((draft) => draft.name.toLowerCase() === wanted) ?? visible(schema.byName(wanted));
    },
    byId: (id) => drafts.find((draft) => draft.id === id) ?? visible(schema.byId(id)),
  };
}

/** A collection as a table. */
export function ruleTable(collection: Collection): RuleTable {
  const { id, name, idKind, dialects, indexes } = collection;
  const { key = 'id', excluded = [] } = readOptions(dialects.trailbase);
  // Rules may look at what no record API shows.
  const fields = collection.fields.map((field) =>
    excluded.includes(field.id) ? { ...field, hidden: false } : field,
  );
  const isAccounts = name === ACCOUNTS && collection.type === 'auth';
  const noCase = new Set(isAccounts ? ['email', 'username'] : indexes.flatMap((text) => noCaseColumn(text)));
  return { id, name, idKind, fields, key, noCase, isAccounts };
}

/** The column of an index that `UNIQUE … COLLATE NOCASE` made at the column itself: see `ownIndexes`. */
function noCaseColumn(index: string): readonly string[] {
  const column = /^CREATE UNIQUE INDEX `unique_\w+` ON `\w+` \(`(\w+)` COLLATE NOCASE\)/.exec(index)?.[1];
  return column === undefined ? [] : [column];
}

/** The field of a column; undefined for what is no column, or nobody's business. */
export function fieldOfColumn(table: RuleTable, column: string): Field | undefined {
  const lower = column.toLowerCase();
  const isKey = lower === table.key.toLowerCase();
  const field = table.fields.find(({ name }) =>
    isKey ? name === 'id' : name !== 'id' && name.toLowerCase() === lower,
  );
  if (field === undefined) return undefined;
  const isWriteOnly = 'writeOnly' in field && field.writeOnly === true;
  return (field.hidden && !isWriteOnly) || field.type === 'password' ? undefined : field;
}
