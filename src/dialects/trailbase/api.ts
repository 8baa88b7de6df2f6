import {
  type Collection,
  type Core,
  type Expr,
  type Field,
  FilterError,
  parseFilter,
  RULE_LIMITS,
} from '../../core/index.ts';
import {
  type ApiAlias,
  type ApiSettings,
  type ConflictResolution,
  readOptions,
  type TrailbaseOptions,
} from './api-options.ts';
import { type ColumnKind, columnKind, targetOf } from './column-kind.ts';
import { TrailBaseError } from './errors.ts';

export type { ApiAlias, ConflictResolution, TrailbaseOptions } from './api-options.ts';

/** A column as one API shows it. */
export interface ApiColumn {
  /** On the wire. */
  readonly name: string;
  readonly field: Field;
  readonly kind: ColumnKind;
  /** Taken on input and visible to rules, but never returned and not filterable (`_x`, hidden ones). */
  readonly writeOnly: boolean;
  /** The collection that a relation refers to. */
  readonly target: Collection | undefined;
}

/** A collection under one of its names (specs/trailbase.md 3). */
export interface Api {
  readonly name: string;
  readonly collection: Collection;
  /** Excluded ones are absent. */
  readonly columns: readonly ApiColumn[];
  /** {@link columns} by wire name. */
  readonly byName: ReadonlyMap<string, ApiColumn>;
  /** What is returned: all but the write-only ones. */
  readonly shown: readonly ApiColumn[];
  readonly key: ApiColumn;
  /** Read-only: writes are 405. */
  readonly isView: boolean;
  /** Which records a view shows. */
  readonly where: Expr | undefined;
  /** {@link where} as it was written. */
  readonly whereText: string | undefined;
  /** Wire names of the relations that may be inlined. */
  readonly expand: ReadonlySet<string>;
  readonly hardLimit: number;
  readonly subscriptions: boolean;
  readonly autofill: boolean;
  readonly onConflict: ConflictResolution;
}

const DEFAULT_HARD_LIMIT = 1024;

/** The API of that name, which is case-sensitive; remembered until any collection changes. */
export function findApi(core: Core, name: string): Api | undefined {
  return apisOf(core).get(name);
}

/** {@link findApi} that answers 405 where there is none. */
export function getApi(core: Core, name: string): Api {
  const api = findApi(core, name);
  if (api === undefined) throw new TrailBaseError(405);
  return api;
}

/** The API of a collection under its own name, or else the first of its aliases that shows all of it. */
export function apiOf(core: Core, collection: Collection): Api | undefined {
  const own = findApi(core, collection.name);
  if (own?.collection.id === collection.id) return own;
  for (const api of apisOf(core).values()) if (api.collection.id === collection.id && !api.isView) return api;
  return undefined;
}

/** The options of a collection. */
export function optionsOf(collection: Collection): TrailbaseOptions {
  return readOptions(collection.dialects.trailbase);
}

const known = new WeakMap<Core['collections']['schema'], ReadonlyMap<string, Api>>();

function apisOf(core: Core): ReadonlyMap<string, Api> {
  const { schema } = core.collections;
  let apis = known.get(schema);
  if (apis === undefined) {
    apis = makeApis(core);
    known.set(schema, apis);
  }
  return apis;
}

function makeApis(core: Core): ReadonlyMap<string, Api> {
  const apis = new Map<string, Api>();
  const open = core.collections.schema.collections.filter(({ name }) => !name.startsWith('_'));
  // A collection's own name comes before any alias.
  for (const collection of open) {
    const options = optionsOf(collection);
    if (options.expose === false) continue;
    apis.set(collection.name, makeApi(core, collection, options, { ...options, name: collection.name }));
  }
  for (const collection of open) {
    const options = optionsOf(collection);
    for (const alias of options.apis ?? [])
      if (!apis.has(alias.name) && isReadable(alias.where))
        apis.set(alias.name, makeApi(core, collection, options, alias));
  }
  return apis;
}

function makeApi(core: Core, collection: Collection, { key = 'id' }: TrailbaseOptions, alias: ApiAlias): Api {
  const columns = namedFields(collection, key, alias).flatMap(([name, field]) => {
    const column = makeColumn(core, name, field);
    return alias.excluded?.includes(field.id) && column.kind !== 'key' ? [] : [column];
  });
  const keyColumn = columns.find(({ kind }) => kind === 'key') ?? makeColumn(core, key, keyField(collection));
  return {
    name: alias.name,
    collection,
    columns,
    byName: new Map(columns.map((column) => [column.name, column])),
    shown: columns.filter(({ writeOnly }) => !writeOnly),
    key: keyColumn,
    isView: alias.readOnly === true || collection.type === 'view',
    where:
      alias.where === undefined || alias.where === '' ? undefined : parseFilter(alias.where, RULE_LIMITS),
    whereText: alias.where === '' ? undefined : alias.where,
    expand: expandable(columns, alias),
    hardLimit: alias.hardLimit ?? DEFAULT_HARD_LIMIT,
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

function namedFields(
  collection: Collection,
  key: string,
  { columns }: ApiAlias,
): readonly (readonly [string, Field])[] {
  if (columns === undefined)
    return collection.fields.map((field) => [field.name === 'id' ? key : field.name, field] as const);
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

function makeColumn(core: Core, name: string, field: Field): ApiColumn {
  const kind = columnKind(field);
  const target = targetOf(field);
  return {
    name,
    field,
    kind,
    writeOnly: kind !== 'key' && (name.startsWith('_') || field.hidden || kind === 'secret'),
    target: target === undefined ? undefined : core.collections.schema.byId(target),
  };
}

/** Single relations only; not to collections that are not APIs themselves. */
function expandable(columns: readonly ApiColumn[], { expand = [] }: ApiSettings): ReadonlySet<string> {
  const names = columns
    .filter(({ field, kind, writeOnly }) => kind === 'reference' && !writeOnly && expand.includes(field.id))
    .filter(({ target }) => target !== undefined && !target.name.startsWith('_'));
  return new Set(names.map(({ name }) => name));
}
