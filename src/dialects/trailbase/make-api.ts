import {
  type Collection,
  type Core,
  type Field,
  FilterError,
  parseFilter,
  RULE_LIMITS,
} from '../../core/index.ts';
import type { Api, ApiColumn } from './api.ts';
import { type ApiAlias, type ApiSettings, optionsOf, type TrailbaseOptions } from './api-options.ts';
import { columnKind, isCarrier, targetOf } from './column-kind.ts';

/** What the schema has of collections. */
type Schema = Core['collections']['schema'];

const DEFAULT_HARD_LIMIT = 1024;
/** More than this no list of the core gives; a client that asked for more would take the rest for missing. */
const MOST_RECORDS = 10_000;

/** Every API of a schema by its name. */
export function makeApis(schema: Schema): ReadonlyMap<string, Api> {
  const apis = new Map<string, Api>();
  const open = schema.collections.filter(({ name }) => !name.startsWith('_'));
  // A collection's own name comes before any alias.
  for (const collection of open) {
    const options = optionsOf(collection);
    if (options.expose === false) continue;
    apis.set(collection.name, makeApi(schema, collection, options, { ...options, name: collection.name }));
  }
  for (const collection of open) {
    const options = optionsOf(collection);
    for (const alias of options.apis ?? [])
      if (!apis.has(alias.name) && isReadable(alias.where))
        apis.set(alias.name, makeApi(schema, collection, options, alias));
  }
  return apis;
}

function makeApi(
  schema: Schema,
  collection: Collection,
  { key = 'id' }: TrailbaseOptions,
  alias: ApiAlias,
): Api {
  const columns = namedFields(collection, key, alias).flatMap(([name, field]) => {
    const column = makeColumn(schema, collection, name, field);
    return alias.excluded?.includes(field.id) && column.kind !== 'key' ? [] : [column];
  });
  const keyColumn =
    columns.find(({ kind }) => kind === 'key') ?? makeColumn(schema, collection, key, keyField(collection));
  return {
    name: alias.name,
    collection,
    columns,
    byName: new Map(columns.map((column) => [column.name, column])),
    shown: columns.filter(({ writeOnly }) => !writeOnly),
    key: keyColumn,
    isView: alias.readOnly === true || collection.type === 'view',
    where: alias.where === '' ? undefined : alias.where,
    expand: expandable(columns, alias),
    hardLimit: Math.min(alias.hardLimit ?? DEFAULT_HARD_LIMIT, MOST_RECORDS),
    subscriptions: alias.subscriptions ?? true,
    autofill: alias.autofillUserIds ?? false,
    onConflict: alias.conflictResolution ?? 'abort',
  };
}

/** A view whose condition cannot be read shows nothing at all, rather than everything. */
function isReadable(where: string | undefined): boolean {
  if (where === undefined || where === '') return true;
  try {
    parseFilter(where, RULE_LIMITS);
    return true;
  } catch (error) {
    if (error instanceof FilterError) return false;
    throw error;
  }
}

/** Without what equals the id, which stands for it, and what could not be told from it. */
function namedFields(
  collection: Collection,
  key: string,
  { columns }: ApiAlias,
): readonly (readonly [string, Field])[] {
  if (columns === undefined)
    return collection.fields
      .filter((field) => field.name === 'id' || (field.name !== key && !isCarrier(field)))
      .map((field) => [field.name === 'id' ? key : field.name, field] as const);
  return Object.entries(columns).flatMap(([name, id]) => {
    const field = id === 'id' ? keyField(collection) : collection.fields.find((each) => each.id === id);
    return field === undefined ? [] : [[name, field] as const];
  });
}

function keyField({ fields }: Collection): Field {
  const field = fields.find(({ name }) => name === 'id');
  if (field === undefined) throw new RangeError('a collection without an id');
  return field;
}

function makeColumn(schema: Schema, collection: Collection, name: string, field: Field): ApiColumn {
  const kind = columnKind(field);
  const referring = kind === 'key' ? collection.fields.find(isCarrier) : field;
  const target = referring && targetOf(referring);
  return {
    name,
    field,
    kind,
    writeOnly: kind !== 'key' && (name.startsWith('_') || field.hidden || kind === 'secret'),
    target: target === undefined ? undefined : schema.byId(target),
  };
}

/** Single relations only; not to collections that are not APIs themselves. */
function expandable(columns: readonly ApiColumn[], { expand = [] }: ApiSettings): ReadonlySet<string> {
  const names = columns
    .filter(({ field, kind, writeOnly }) => kind === 'reference' && !writeOnly && expand.includes(field.id))
    .filter(({ target }) => target !== undefined && !target.name.startsWith('_'));
  return new Set(names.map(({ name }) => name));
}
