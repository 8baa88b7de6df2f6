import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import { AppError, type Issue } from '../errors.ts';
import type { Field, FieldTools } from '../fields/field.ts';
import { defaultFieldId, fieldType, isRelationField, isTextField, parseField } from '../fields/index.ts';
import { shapeOf } from '../fields/primary-key.ts';
import type { Ids } from '../ports/ids.ts';
import { defaultAuthOptions, newSecret } from './auth-defaults.ts';
import { readAuthOptions, readRule } from './auth-options.ts';
import {
  type Collection,
  type CollectionType,
  type IdKind,
  type Rule,
  type Schema,
  SUPERUSERS,
  USERS,
} from './collection.ts';
import { type Definition, definitionOf, emptyDefinition, mergeDefinition } from './definition-json.ts';
import { readDialects } from './dialects.ts';
import { type IndexReading, readIndexes } from './index-list.ts';
import { nameTarget } from './relation-names.ts';
import { replaceIn } from './schema.ts';
import { withSystemFields } from './system-fields.ts';

/** The raw error of a rule that cannot be enforced; undefined when it can. Both are as they will be after the change. */
export type CheckRule = (rule: Rule, collection: Collection, schema: Schema) => string | undefined;

/** Something in the database that has a name: tables and indexes share one name space. */
export interface TakenName {
  readonly name: string;
  /** The table that it is, or that it belongs to. */
  readonly table: string;
}

/** What a definition is read with. */
export interface DefinitionContext {
  readonly schema: Schema;
  readonly taken: readonly TakenName[];
  readonly ids: Ids;
  readonly now: string;
  readonly version: () => number;
  readonly checkRule: CheckRule;
  readonly tools: FieldTools;
  /** Relations may name their collection. Default: by id only. */
  readonly byName?: boolean;
  /** Relations and rules are left to {@link linkIssues}, once all that they may speak of is read. Default: checked. */
  readonly linksLater?: boolean;
}

/**
 * Reads a definition: a new one, or a change of `before`. Throws `invalid` with every issue found; codes are those of
 * specs/pocketbase.md 3 and 4, paths those of the definition (`fields.3.name`, `passwordAuth.identityFields`).
 */
export function readDefinition(
  input: Definition,
  before: Collection | undefined,
  context: DefinitionContext,
): Collection {
  const issues: Issue[] = [];
  const type = readType(input, before, issues);
  const merged = mergeDefinition(baseOf(input, before, type, context.ids), input);
  const head = readHead(merged, before, type, context, issues);
  const idKind = before?.idKind ?? readIdKind(input, issues);
  const read = readFields(merged.fields, type, idKind, before, issues);
  const fields = context.byName ? read.map((field) => nameTarget(field, context.schema, head)) : read;
  checkIdKind(input, type, fields, before, issues);
  const reading = readIndexes({
    ...head,
    type,
    fields,
    raw: merged.indexes,
    sent: 'indexes' in input,
    before,
    taken: context.taken,
  });
  issues.push(...reading.issues);
  const dialects = readDialects(input.dialects, before?.dialects ?? {}, issues);
  const parts = { fields, reading, dialects };
  const collection = assemble(head, type, parts, merged, before, context, issues);
  const linksNow = context.linksLater !== true;
  if (linksNow) checkRelations(collection, before, context.schema, issues);
  checkSystem(collection, before, merged, issues);
  if (issues.length === 0) checkOptions(collection, before, context, issues);
  if (issues.length === 0 && linksNow) checkRules(collection, context, issues);
  if (issues.length > 0) throw new AppError('invalid', { reason: before ? 'update' : 'create', issues });
  return collection;
}

function readType(input: Definition, before: Collection | undefined, issues: Issue[]): CollectionType {
  const type = input.type ?? before?.type ?? 'base';
  if (before !== undefined) {
    if (type !== before.type) issues.push({ path: 'type', code: 'collection_type_change' });
    return before.type;
  }
  if (type === 'base' || type === 'auth') return type;
  issues.push({ path: 'type', code: type === 'view' ? 'not_supported' : 'in_invalid' });
  return 'base';
}

function baseOf(
  input: Definition,
  before: Collection | undefined,
  type: CollectionType,
  ids: Ids,
): Definition {
  if (before !== undefined) return definitionOf(before);
  const auth = type === 'auth' ? defaultAuthOptions(ids) : undefined;
  return emptyDefinition(
    type,
    input.idKind === 'integer' || input.idKind === 'uuid' ? input.idKind : 'text',
    auth,
  );
}

function readIdKind(input: Definition, issues: Issue[]): IdKind {
  const kind = input.idKind ?? 'text';
  if (kind === 'text' || kind === 'integer' || kind === 'uuid') return kind;
  issues.push({ path: 'idKind', code: 'in_invalid' });
  return 'text';
}

/** Who the collection is. */
interface Head {
  readonly id: string;
  readonly name: string;
  readonly system: boolean;
}

function readHead(
  merged: Definition,
  before: Collection | undefined,
  type: CollectionType,
  context: DefinitionContext,
  issues: Issue[],
): Head {
  const name = typeof merged.name === 'string' ? merged.name : '';
  const code = nameProblem(name, before, context);
  if (code !== undefined) issues.push({ path: 'name', ...code });
  const system = merged.system === true;
  if (typeof merged.system !== 'boolean') issues.push({ path: 'system', code: 'invalid_value' });
  const id =
    typeof merged.id === 'string' && merged.id !== '' ? merged.id : freeId(type, name, context.schema);
  const idCode = idProblem(merged.id, id, before, context.schema);
  if (idCode !== undefined) issues.push({ path: 'id', code: idCode });
  return { id, name, system };
}

function nameProblem(
  name: string,
  before: Collection | undefined,
  { schema, taken }: DefinitionContext,
): Omit<Issue, 'path'> | undefined {
  if (name === '') return { code: 'required' };
  if (name.length > 255) return { code: 'length_out_of_range', params: { min: 1, max: 255 } };
  if (!/^\w+$/.test(name)) return { code: 'match_invalid' };
  const lower = name.toLowerCase();
  if (lower.includes('_via_')) return { code: 'found_via' };
  if (before?.system && name !== before.name) return { code: 'collection_system_name_change' };
  const twin = schema.byName(name);
  if (twin !== undefined && twin.id !== before?.id) return { code: 'collection_name_exists' };
  if (schema.collections.some(({ id }) => id.toLowerCase() === lower && id !== before?.id)) {
    return { code: 'collection_name_id_duplicate' };
  }
  const isOwn = before?.name.toLowerCase() === lower;
  const isTaken = !isOwn && taken.some((entry) => entry.name.toLowerCase() === lower);
  return isTaken || lower.startsWith('sqlite_') ? { code: 'collection_name_invalid' } : undefined;
}

function idProblem(
  sent: unknown,
  id: string,
  before: Collection | undefined,
  schema: Schema,
): string | undefined {
  if (typeof sent !== 'string') return 'invalid_value';
  if (before !== undefined) return id === before.id ? undefined : 'in_invalid';
  if (id.length > 100) return 'length_out_of_range';
  if (!/^\w+$/.test(id)) return 'match_invalid';
  return schema.byId(id) !== undefined || schema.byName(id) !== undefined
    ? 'invalid_or_existing_id'
    : undefined;
}

function freeId(type: CollectionType, name: string, schema: Schema): string {
  const plain = `pbc_${crc32(type + name)}`;
  let id = plain;
  for (let i = 2; schema.byId(id) !== undefined; i++) id = plain + i;
  return id;
}

function readFields(
  raw: unknown,
  type: CollectionType,
  idKind: IdKind,
  before: Collection | undefined,
  issues: Issue[],
): readonly Field[] {
  if (!Array.isArray(raw)) {
    issues.push({ path: 'fields', code: 'invalid_value' });
    return before?.fields ?? [];
  }
  const definitions = withSystemFields(raw, type, idKind, before?.fields);
  const fields: Field[] = [];
  for (const [index, definition] of withIds(definitions, before).entries()) {
    const parsed = parseField(definition, `fields.${index}`);
    issues.push(...parsed.issues);
    if (parsed.field === undefined) continue;
    const issue = fieldProblem(parsed.field, fields, type, before);
    if (issue !== undefined) issues.push({ ...issue, path: `fields.${index}${issue.path}` });
    fields.push(parsed.field);
  }
  const key = fields.find((field) => field.name === 'id');
  if (key === undefined || !isTextField(key) || !key.primaryKey) {
    issues.push({ path: 'fields', code: 'missing_primary_key' });
  }
  for (const { id, name, system } of before?.fields ?? []) {
    const kept = fields.some((field) => field.id === id && field.name === name);
    if (system && !kept) issues.push({ path: 'fields', code: 'system_field_change' });
  }
  return fields;
}

/** Fields without an id keep the one that their name and type have already, or get a new one that is free. */
function withIds(definitions: readonly unknown[], before: Collection | undefined): readonly unknown[] {
  const used = new Set(definitions.map((definition) => textOf(definition, 'id')).filter((id) => id !== ''));
  return definitions.map((definition) => {
    if (typeof definition !== 'object' || definition === null || textOf(definition, 'id') !== '')
      return definition;
    const name = textOf(definition, 'name');
    const type = textOf(definition, 'type');
    const known = before?.fields.find(
      (field) => field.name === name && field.type === type && !used.has(field.id),
    );
    const plain = known?.id ?? defaultFieldId(type, name);
    // An id of a field that was there means that field, and nothing else may be taken for it.
    const isFree = (id: string) =>
      !used.has(id) && (id === known?.id || !before?.fields.some((field) => field.id === id));
    let id = plain;
    for (let i = 2; name !== '' && !isFree(id) && i < 1000; i++) id = plain + i;
    used.add(id);
    return { ...definition, id };
  });
}

function textOf(definition: unknown, key: 'id' | 'name' | 'type'): string {
  if (typeof definition !== 'object' || definition === null || !Object.hasOwn(definition, key)) return '';
  const value: unknown = Reflect.get(definition, key);
  return typeof value === 'string' ? value : '';
}

const RESERVED_OF_ACCOUNTS = new Set(['passwordconfirm', 'oldpassword']);

function fieldProblem(
  field: Field,
  earlier: readonly Field[],
  type: CollectionType,
  before: Collection | undefined,
): Issue | undefined {
  const name = field.name.toLowerCase();
  if (earlier.some(({ id }) => id === field.id))
    return { path: '.id', code: 'duplicated_field_id', params: { id: field.id } };
  if (earlier.some((other) => other.name.toLowerCase() === name)) {
    return { path: '.name', code: 'duplicated_field_name', params: { name: field.name } };
  }
  if (type === 'auth' && RESERVED_OF_ACCOUNTS.has(name))
    return { path: '.name', code: 'reserved_field_name' };
  const old = before?.fields.find(({ id }) => id === field.id);
  return old !== undefined && old.type !== field.type ? { path: '', code: 'field_type_change' } : undefined;
}

/** The `id` field decides the kind of a new collection that names none: so its JSON, which does not, can be sent back. */
function checkIdKind(
  input: Definition,
  type: CollectionType,
  fields: readonly Field[],
  before: Collection | undefined,
  issues: Issue[],
): void {
  const kind = idKindOf(fields);
  if (before !== undefined && input.idKind !== undefined && input.idKind !== before.idKind)
    issues.push({ path: 'idKind', code: 'id_kind_change' });
  else if (
    issues.every(({ path }) => path !== 'idKind') &&
    kind !== (before?.idKind ?? input.idKind ?? kind)
  ) {
    const key = fields.findIndex(({ name }) => name === 'id');
    if (key >= 0) issues.push({ path: `fields.${key}.pattern`, code: 'id_kind_change' });
  }
  // Rules know a caller by the id alone, and every collection would count its accounts from 1.
  if (type === 'auth' && before === undefined && kind === 'integer')
    issues.push({ path: 'idKind', code: 'not_supported' });
}

/** What a definition was read to so far. */
interface Parts {
  readonly fields: readonly Field[];
  readonly reading: IndexReading;
  readonly dialects: Collection['dialects'];
}

function assemble(
  head: Head,
  type: CollectionType,
  { fields, reading, dialects }: Parts,
  merged: Definition,
  before: Collection | undefined,
  context: DefinitionContext,
  issues: Issue[],
): Collection {
  const rule = (key: string) => readRule(merged, key, issues);
  const superusers = head.name === SUPERUSERS;
  const codesByMail = head.name === USERS;
  const secret = () => newSecret(context.ids);
  const account =
    type === 'auth'
      ? readAuthOptions(merged, {
          fields,
          indexes: reading.parsed,
          superusers,
          codesByMail,
          newSecret: secret,
        })
      : undefined;
  issues.push(...(account?.issues ?? []));
  // Another rule about who may sign in ends the sessions of those who did under the old one.
  const rotates = account && before?.auth && before.auth.authRule !== account.auth.authRule;
  return {
    ...head,
    type,
    idKind: before?.idKind ?? idKindOf(fields),
    fields,
    indexes: reading.statements,
    rules: {
      list: rule('listRule'),
      view: rule('viewRule'),
      create: rule('createRule'),
      update: rule('updateRule'),
      delete: rule('deleteRule'),
    },
    auth: rotates
      ? { ...account.auth, authToken: { ...account.auth.authToken, secret: secret() } }
      : account?.auth,
    dialects,
    created: before?.created ?? context.now,
    updated: context.now,
    version: context.version(),
  };
}

function idKindOf(fields: readonly Field[]): IdKind {
  const key = fields.find(({ name }) => name === 'id');
  return key !== undefined && isTextField(key) ? shapeOf(key) : 'text';
}

function checkRelations(
  collection: Collection,
  before: Collection | undefined,
  schema: Schema,
  issues: Issue[],
): void {
  for (const [index, field] of collection.fields.entries()) {
    if (!isRelationField(field) || field.collectionId === '') continue;
    const path = `fields.${index}.collectionId`;
    const old = before?.fields.find(({ id }) => id === field.id);
    const target = schema.byId(field.collectionId);
    // Records that are there have ids of their own.
    const equalled = old !== undefined && isRelationField(old) && old.equalsId === true;
    if (before !== undefined && (field.equalsId === true) !== equalled)
      issues.push({ path: `fields.${index}.equalsId`, code: 'in_invalid' });
    if (old !== undefined && isRelationField(old) && old.collectionId !== field.collectionId) {
      issues.push({ path, code: 'field_relation_change' });
    } else if (field.collectionId !== collection.id && target === undefined) {
      issues.push({ path, code: 'field_relation_missing_collection' });
    } else if (target?.type === 'view') {
      issues.push({ path, code: 'relation_field_non_view_base_collection' });
    }
  }
}

const RULE_KEYS = {
  list: 'listRule',
  view: 'viewRule',
  create: 'createRule',
  update: 'updateRule',
  delete: 'deleteRule',
} as const satisfies Record<keyof Collection['rules'], string>;

const ACTIONS = [
  'list',
  'view',
  'create',
  'update',
  'delete',
] as const satisfies (keyof Collection['rules'])[];

function checkSystem(
  collection: Collection,
  before: Collection | undefined,
  merged: Definition,
  issues: Issue[],
): void {
  if (before === undefined) return;
  if (merged.system !== before.system) issues.push({ path: 'system', code: 'collection_system_flag_change' });
  if (!before.system) return;
  for (const action of ACTIONS) {
    if (collection.rules[action] === before.rules[action]) continue;
    issues.push({ path: RULE_KEYS[action], code: 'collection_system_rule_change' });
  }
  for (const key of ['authRule', 'manageRule'] as const) {
    if (collection.auth?.[key] === before.auth?.[key]) continue;
    issues.push({ path: key, code: 'collection_system_rule_change' });
  }
}

/** Options that did not change were checked when they came, and must not keep anything else from changing. */
function checkOptions(
  { fields }: Collection,
  before: Collection | undefined,
  { tools }: DefinitionContext,
  issues: Issue[],
): void {
  for (const [index, field] of fields.entries()) {
    const old = before?.fields.find(({ id }) => id === field.id);
    if (old !== undefined && isDeepStrictEqual(old, field)) continue;
    for (const issue of fieldType(field).check?.(field, tools) ?? []) {
      issues.push({ ...issue, path: `fields.${index}.${issue.path}` });
    }
  }
}

function checkRules(collection: Collection, { checkRule, schema }: DefinitionContext, issues: Issue[]): void {
  issues.push(...ruleIssues(collection, replaceIn(schema, collection), checkRule));
}

/** What is wrong with the relations, else with the rules, of a definition under a schema that has it and all others. */
export function linkIssues(
  collection: Collection,
  before: Collection | undefined,
  schema: Schema,
  checkRule: CheckRule,
): readonly Issue[] {
  const issues: Issue[] = [];
  checkRelations(collection, before, schema, issues);
  return issues.length > 0 ? issues : ruleIssues(collection, schema, checkRule);
}

/** An issue `invalid_rule` for each rule of a collection that cannot be enforced under a schema. */
export function ruleIssues(collection: Collection, schema: Schema, checkRule: CheckRule): readonly Issue[] {
  const rules: [string, Rule][] = ACTIONS.map((action) => [RULE_KEYS[action], collection.rules[action]]);
  if (collection.auth !== undefined) {
    const { authRule, manageRule, mfa } = collection.auth;
    rules.push(['authRule', authRule], ['manageRule', manageRule], ['mfa.rule', mfa.rule]);
  }
  return rules.flatMap(([path, rule]) => {
    const error = rule === null || rule === '' ? undefined : checkRule(rule, collection, schema);
    return error === undefined ? [] : [{ path, code: 'invalid_rule', params: { error } }];
  });
}
