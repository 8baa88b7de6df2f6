import type { ApiAlias, TrailbaseOptions } from '../api-options.ts';
import { SqlProblem, shown } from '../sql/problem.ts';
import type { RuleSchema, RuleTable } from '../sql/rule-table.ts';
import { apiSettings } from './api-settings.ts';
import { type NativeAccess, nativeAccess } from './native-rules.ts';
import type { RecordApi } from './record-api.ts';

/** A table and the views over it. */
export interface ConfiguredTable {
  readonly table: RuleTable;
  readonly views: readonly ApiAlias[];
}

/** What a configuration makes of a table. */
export interface TableAccess {
  readonly options: TrailbaseOptions;
  /** Undefined: the configuration has no record API for the table. */
  readonly access: NativeAccess | undefined;
  /** Sentences about what was left out. */
  readonly notes: readonly string[];
}

/**
 * The record APIs over one table and its views (specs/trailbase.md 3). The first one sets the rules of the collection, which hold
 * in every dialect; the others are further names. One with other rules is left out, and said so: under the rules of the first
 * it might show to some what it was not meant to.
 *
 * @throws SqlProblem
 */
export function applyRecordApis(
  { table, views }: ConfiguredTable,
  apis: readonly RecordApi[],
  schema: RuleSchema,
): TableAccess {
  const own = apis.filter(({ tableName }) => tableName === table.name);
  const [first, ...others] = own;
  const key = table.key === 'id' ? {} : { key: table.key };
  const notes: string[] = [];
  if (first === undefined) {
    for (const api of apis)
      if (viewOf(views, api) !== undefined)
        notes.push(leftOut(api, `its table ${shown(table.name)} has no record API`));
    return {
      options: withAliases(
        { ...key, ...(apis.length > 0 ? { expose: false } : {}) },
        apis.length > 0 ? [] : views,
      ),
      access: undefined,
      notes,
    };
  }
  const access = nativeAccess(first, schema, table);
  const aliases: ApiAlias[] = [];
  const settings = settingsOf(first, table);
  if (first.name !== table.name) aliases.push({ name: nameOf(first), ...settings });
  for (const api of others) {
    if (JSON.stringify(nativeAccess(api, schema, table)) === JSON.stringify(access))
      aliases.push({ name: nameOf(api), ...settingsOf(api, table) });
    else notes.push(otherRules(api, first));
  }
  for (const api of apis) {
    const view = viewOf(views, api);
    if (view === undefined) continue;
    if (readsAlike(api, access, schema, table))
      aliases.push({ ...view, ...settingsOf(api, table), name: nameOf(api) });
    else notes.push(otherRules(api, first));
  }
  const base = first.name === table.name ? settings : { ...settings, expose: false };
  return {
    options: withAliases({ ...key, ...base, schemaAccess: access.schemaAccess }, aliases),
    access,
    notes,
  };
}

function withAliases(options: TrailbaseOptions, apis: readonly ApiAlias[]): TrailbaseOptions {
  return apis.length === 0 ? options : { ...options, apis };
}

/** Subscriptions are off where an entry does not turn them on. */
function settingsOf(api: RecordApi, table: RuleTable): ReturnType<typeof apiSettings> {
  return { subscriptions: false, ...apiSettings(api, table) };
}

function viewOf(views: readonly ApiAlias[], { tableName }: RecordApi): ApiAlias | undefined {
  return views.find(({ name }) => name === tableName);
}

/** Whether a view's own rule for reading, which may name columns that its table calls otherwise, is that of the table. */
function readsAlike(api: RecordApi, { rules }: NativeAccess, schema: RuleSchema, table: RuleTable): boolean {
  try {
    return nativeAccess(api, schema, table).rules.viewRule === rules.viewRule;
  } catch (error) {
    if (error instanceof SqlProblem) return false;
    throw error;
  }
}

function nameOf({ name, at }: RecordApi): string {
  if (name === undefined || !/^[A-Za-z0-9_]+$/.test(name))
    throw new SqlProblem(at, 'the name of a record API has letters, digits and "_" only.');
  return name;
}

function otherRules(api: RecordApi, first: RecordApi): string {
  return leftOut(
    api,
    `it has other access rules than ${shown(first.name ?? '')}, the first over the same table`,
  );
}

function leftOut({ name }: RecordApi, why: string): string {
  return `The record API ${shown(name ?? '')} is left out: ${why}.`;
}
