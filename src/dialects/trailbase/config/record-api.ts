import type { ConflictResolution } from '../api-options.ts';
import { type Place, SqlProblem, shown } from '../sql/problem.ts';
import type { ProtoMessage, ProtoValue } from './textproto.ts';

/** What an ACL may grant. */
export type Permission = 'CREATE' | 'READ' | 'UPDATE' | 'DELETE' | 'SCHEMA';

/** The access rules of an entry, as written. */
export type AccessRules = Partial<Record<'create' | 'read' | 'update' | 'delete' | 'schema', AccessRule>>;

/** An access rule and where it stands. */
export interface AccessRule {
  readonly at: Place;
  readonly text: string;
}

/** Databases beside the main one belong to depots, and are known to their import alone. Throws {@link SqlProblem}. */
export function refuseAttached({ attached }: RecordApi): void {
  if (attached !== undefined) throw new SqlProblem(attached, 'attached databases are not supported.');
}

/** An entry of `record_apis` (specs/trailbase.md 3). Undefined: nothing is said. */
export interface RecordApi {
  readonly at: Place;
  readonly name: string | undefined;
  readonly tableName: string | undefined;
  /** Where further databases are attached; only the import of a depot knows what to make of them. */
  readonly attached: Place | undefined;
  readonly world: ReadonlySet<Permission> | undefined;
  readonly authenticated: ReadonlySet<Permission> | undefined;
  readonly rules: AccessRules;
  readonly conflictResolution: ConflictResolution | undefined;
  readonly autofillUserIds: boolean | undefined;
  readonly subscriptions: boolean | undefined;
  readonly excluded: readonly string[] | undefined;
  readonly expand: readonly string[] | undefined;
  readonly hardLimit: number | undefined;
}

const PERMISSIONS: ReadonlyMap<string, Permission> = new Map<string, Permission>([
  ['CREATE', 'CREATE'],
  ['READ', 'READ'],
  ['UPDATE', 'UPDATE'],
  ['DELETE', 'DELETE'],
  ['SCHEMA', 'SCHEMA'],
  ['1', 'CREATE'],
  ['2', 'READ'],
  ['4', 'UPDATE'],
  ['8', 'DELETE'],
  ['16', 'SCHEMA'],
]);
const RESOLUTIONS: ReadonlyMap<string, ConflictResolution> = new Map<string, ConflictResolution>([
  ['ABORT', 'abort'],
  ['IGNORE', 'ignore'],
  ['REPLACE', 'replace'],
  ['CONFLICT_RESOLUTION_STRATEGY_UNDEFINED', 'abort'],
  ['0', 'abort'],
  ['1', 'abort'],
  ['4', 'ignore'],
  ['5', 'replace'],
]);
const KEYS = new Set([
  ...['name', 'table_name', 'attached_databases', 'acl_world', 'acl_authenticated', 'conflict_resolution'],
  ...[
    'create_access_rule',
    'read_access_rule',
    'update_access_rule',
    'delete_access_rule',
    'schema_access_rule',
  ],
  ...[
    'autofill_missing_user_id_columns',
    'enable_subscriptions',
    'excluded_columns',
    'expand',
    'listing_hard_limit',
  ],
]);
const LISTS = new Set([
  ...['acl_world', 'acl_authenticated', 'attached_databases', 'excluded_columns', 'expand'],
]);

/**
 * Reads an entry of `record_apis`.
 *
 * @throws SqlProblem for keys that are not known and values of another kind
 */
export function readRecordApi({ fields }: ProtoMessage, at: Place): RecordApi {
  for (const [key, values] of fields) {
    const place = values[0]?.at ?? at;
    if (!KEYS.has(key)) throw new SqlProblem(place, `a record API has no setting ${shown(key)}.`);
    if (values.length > 1 && !LISTS.has(key)) throw new SqlProblem(place, `${key} is there twice.`);
  }
  const all = (key: string) => fields.get(key);
  const one = (key: string) => fields.get(key)?.at(-1);
  const rule = (key: string) => {
    const value = one(key);
    return value === undefined ? undefined : { at: value.at, text: textOf(value, key) };
  };
  const rules: AccessRules = {
    create: rule('create_access_rule'),
    read: rule('read_access_rule'),
    update: rule('update_access_rule'),
    delete: rule('delete_access_rule'),
    schema: rule('schema_access_rule'),
  };
  return {
    at,
    name: mapped(one('name'), (value) => textOf(value, 'name')),
    tableName: mapped(one('table_name'), (value) => textOf(value, 'table_name')),
    attached: fields.get('attached_databases')?.[0]?.at,
    world: mapped(all('acl_world'), readAcl),
    authenticated: mapped(all('acl_authenticated'), readAcl),
    rules,
    conflictResolution: mapped(one('conflict_resolution'), (value) =>
      among(value, RESOLUTIONS, 'conflict_resolution'),
    ),
    autofillUserIds: mapped(one('autofill_missing_user_id_columns'), (value) =>
      flagOf(value, 'autofill_missing_user_id_columns'),
    ),
    subscriptions: mapped(one('enable_subscriptions'), (value) => flagOf(value, 'enable_subscriptions')),
    excluded: mapped(all('excluded_columns'), (values) =>
      values.map((value) => textOf(value, 'excluded_columns')),
    ),
    expand: mapped(all('expand'), (values) => values.map((value) => textOf(value, 'expand'))),
    hardLimit: mapped(one('listing_hard_limit'), (value) => countOf(value, 'listing_hard_limit')),
  };
}

function readAcl(values: readonly ProtoValue[]): ReadonlySet<Permission> {
  return new Set(values.map((value) => among(value, PERMISSIONS, 'an access list')));
}

function mapped<T, R>(value: T | undefined, read: (value: T) => R): R | undefined {
  return value === undefined ? undefined : read(value);
}

function textOf(value: ProtoValue, key: string): string {
  if (value.kind !== 'text') throw new SqlProblem(value.at, `${key} takes a text in quotes.`);
  return value.text;
}

function flagOf(value: ProtoValue, key: string): boolean {
  if (value.kind !== 'scalar' || !/^(?:true|false|True|False|t|f|0|1)$/.test(value.text))
    throw new SqlProblem(value.at, `${key} takes true or false.`);
  return /^(?:true|True|t|1)$/.test(value.text);
}

function countOf(value: ProtoValue, key: string): number {
  const count = value.kind === 'scalar' && /^\d{1,9}$/.test(value.text) ? Number(value.text) : undefined;
  if (count === undefined) throw new SqlProblem(value.at, `${key} takes a whole number.`);
  return count;
}

function among<T>(value: ProtoValue, known: ReadonlyMap<string, T>, key: string): T {
  const found = value.kind !== 'message' ? known.get(value.text.toUpperCase()) : undefined;
  if (found === undefined) {
    const given = value.kind === 'message' ? 'a message' : shown(value.text);
    throw new SqlProblem(value.at, `${key} cannot have ${given}.`);
  }
  return found;
}
