import type { Actor, Collection, Core, Field } from '../../core/index.ts';
import type { ConflictResolution } from './api-options.ts';
import type { ColumnKind } from './column-kind.ts';
import { TrailBaseError } from './errors.ts';
import { makeApis } from './make-api.ts';

export { optionsOf } from './api-options.ts';

/** A column as one API shows it. */
export interface ApiColumn {
  /** On the wire. */
  readonly name: string;
  readonly field: Field;
  readonly kind: ColumnKind;
  /** Taken on input and visible to rules, but never returned and not filterable (`_x`, hidden ones). */
  readonly writeOnly: boolean;
  /** The collection that a relation refers to, or the key. */
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
  /** Which records a view shows, in the native rule language. */
  readonly where: string | undefined;
  /** Wire names of the relations that may be inlined. */
  readonly expand: ReadonlySet<string>;
  readonly hardLimit: number;
  readonly subscriptions: boolean;
  readonly autofill: boolean;
  readonly onConflict: ConflictResolution;
}

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

/** Whether what somebody sends for a column counts. Hidden ones are for superusers, but those that nobody reads. */
export function mayWrite(actor: Actor, { field, kind }: ApiColumn): boolean {
  if (!field.hidden || kind === 'secret' || actor.kind === 'superuser') return true;
  return 'writeOnly' in field && field.writeOnly === true;
}

const known = new WeakMap<Core['collections']['schema'], ReadonlyMap<string, Api>>();

function apisOf(core: Core): ReadonlyMap<string, Api> {
  const { schema } = core.collections;
  let apis = known.get(schema);
  if (apis === undefined) {
    apis = makeApis(schema);
    known.set(schema, apis);
  }
  return apis;
}
