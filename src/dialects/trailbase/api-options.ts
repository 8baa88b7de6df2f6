import type { Collection } from '../../core/index.ts';

/** What a create does when its id is taken. */
export type ConflictResolution = 'abort' | 'ignore' | 'replace';

/** What a collection's own API and its aliases have in common. */
export interface ApiSettings {
  /** Default 'abort'. */
  readonly conflictResolution?: ConflictResolution;
  /** Whether absent columns that refer to `users` get the caller's id. Default false. */
  readonly autofillUserIds?: boolean;
  /** Ids of fields that do not exist for the API. */
  readonly excluded?: readonly string[];
  /** Ids of relation fields that may be inlined. */
  readonly expand?: readonly string[];
  /** Most records of one list. Default 1024. */
  readonly hardLimit?: number;
  /** Default true. */
  readonly subscriptions?: boolean;
}

/** One more name for a collection; read-only and with columns of its own for a view. */
export interface ApiAlias extends ApiSettings {
  readonly name: string;
  readonly readOnly?: boolean;
  /** Wire name → field id, or "id". Absent: every column under its own name. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Which records it shows, in the native filter language. */
  readonly where?: string;
}

/** What is stored at `Collection.dialects.trailbase` (specs/trailbase.md 3). */
export interface TrailbaseOptions extends ApiSettings {
  /** False: not under its own name. Default true. */
  readonly expose?: boolean;
  /** Wire name of `id`. Default "id". */
  readonly key?: string;
  /** Who may read the JSON schema, in the native rule language; null = superusers. Default: the list rule. */
  readonly schemaAccess?: string | null;
  /** Further names. */
  readonly apis?: readonly ApiAlias[];
}

/** The options of a collection. */
export function optionsOf({ dialects }: Pick<Collection, 'dialects'>): TrailbaseOptions {
  return readOptions(dialects.trailbase);
}

/** The names of record APIs that are not those of their collections. */
export function aliasNames({
  collections,
}: {
  readonly collections: readonly Collection[];
}): readonly string[] {
  return collections.flatMap((each) => (optionsOf(each).apis ?? []).map(({ name }) => name));
}

/**
 * The options of a collection as they were stored. What has another type than it should have counts as absent: definitions
 * are checked when they are written, and a row that somebody else made must not stop every request.
 */
export function readOptions(stored: unknown): TrailbaseOptions {
  const input = objectOf(stored);
  return {
    ...readSettings(input),
    ...defined('expose', flag(input.expose)),
    ...defined('key', text(input.key)),
    ...defined('schemaAccess', input.schemaAccess === null ? null : text(input.schemaAccess)),
    ...defined('apis', Array.isArray(input.apis) ? input.apis.flatMap(readAlias) : undefined),
  };
}

function readAlias(stored: unknown): readonly ApiAlias[] {
  const input = objectOf(stored);
  const name = text(input.name);
  if (name === undefined) return [];
  const alias = {
    name,
    ...readSettings(input),
    ...defined('readOnly', flag(input.readOnly)),
    ...defined('columns', input.columns === undefined ? undefined : readColumns(objectOf(input.columns))),
    ...defined('where', text(input.where)),
  };
  return [alias];
}

function readSettings(input: Readonly<Record<string, unknown>>): ApiSettings {
  const { conflictResolution, hardLimit } = input;
  const isResolution =
    conflictResolution === 'abort' || conflictResolution === 'ignore' || conflictResolution === 'replace';
  return {
    ...defined('conflictResolution', isResolution ? conflictResolution : undefined),
    ...defined('autofillUserIds', flag(input.autofillUserIds)),
    ...defined('excluded', texts(input.excluded)),
    ...defined('expand', texts(input.expand)),
    ...defined('hardLimit', isCount(hardLimit) ? hardLimit : undefined),
    ...defined('subscriptions', flag(input.subscriptions)),
  };
}

function readColumns(input: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const entries = Object.entries(input).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V };
function defined(key: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [key]: value };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
