import { crc32 } from 'node:zlib';
import { SERVER_LIMIT } from '../../../core/index.ts';
import type { Sql } from './ast.ts';
import { type CheckedKind, type ColumnChecks, type JsonSchema, readChecks } from './checks.ts';
import { type DefaultedType, readDefault } from './defaults.ts';
import type { ColumnDraft, DraftIdKind, FieldDefinition } from './draft.ts';
import { SqlProblem, shown } from './problem.ts';
import type { ColumnConstraint, ColumnDeclaration, Reference } from './statements.ts';

/** What is known of a column from all its constraints, those of the table included. */
interface Facts {
  readonly declaration: ColumnDeclaration;
  readonly type: string;
  readonly notNull: boolean;
  readonly unique: boolean;
  readonly default: Sql | undefined;
  readonly reference: Reference | undefined;
  readonly noCase: boolean;
  readonly checks: ColumnChecks;
}

/** A column, and what it makes of the table's ids when it is the key. */
export interface DraftedColumn {
  readonly column: ColumnDraft;
  readonly idKind: DraftIdKind | undefined;
}

/** Most files of a column of several. */
const MAX_FILES = 99;
const TYPES: ReadonlyMap<string, string> = new Map([
  ['INT', 'INTEGER'],
  ['INTEGER', 'INTEGER'],
  ['REAL', 'REAL'],
  ['TEXT', 'TEXT'],
  ['BLOB', 'BLOB'],
  ['ANY', 'ANY'],
  ['', 'ANY'],
]);
const PLAIN: Readonly<Record<string, DefaultedType>> = {
  INTEGER: 'integer',
  REAL: 'real',
  TEXT: 'string',
  BLOB: 'bytes',
  ANY: 'any',
};

/**
 * Makes a field of a column (specs/trailbase.md 2, 3, 10, 14).
 *
 * @throws SqlProblem
 */
export function draftColumn(
  declaration: ColumnDeclaration,
  constraints: readonly ColumnConstraint[],
  schemas: ReadonlyMap<string, JsonSchema>,
): DraftedColumn {
  const facts = gather(declaration, constraints, schemas);
  const isKey = constraints.some(({ kind }) => kind === 'primary_key');
  const idKind = isKey ? readKey(facts) : undefined;
  const field = isKey ? undefined : fieldOf(facts);
  const column: ColumnDraft = {
    at: declaration.at,
    name: declaration.name,
    field,
    carrier: isKey && facts.reference !== undefined ? carrierOf(facts, facts.reference) : undefined,
    refersTo: facts.reference,
    unique: facts.unique && !isKey,
    noCase: facts.noCase,
    blankIsNull:
      field !== undefined && !facts.notNull && (field.type === 'relation' || field.type === 'email'),
  };
  return { column, idKind };
}

function gather(
  declaration: ColumnDeclaration,
  constraints: readonly ColumnConstraint[],
  schemas: ReadonlyMap<string, JsonSchema>,
): Facts {
  const { name, at } = declaration;
  const type = TYPES.get(declaration.type);
  if (type === undefined)
    throw new SqlProblem(
      at,
      `the type ${shown(declaration.type)} is not supported; use INTEGER, REAL, TEXT, BLOB or ANY.`,
    );
  const has = (kind: ColumnConstraint['kind']) => constraints.some((each) => each.kind === kind);
  const tests = constraints.flatMap((each) => (each.kind === 'check' ? [each.test] : []));
  const defaults = constraints.flatMap((each) => (each.kind === 'default' ? [each.value] : []));
  const references = constraints.flatMap((each) => (each.kind === 'references' ? [each.reference] : []));
  const [reference, second] = references;
  if (second !== undefined)
    throw new SqlProblem(second.at, `the column ${shown(name)} refers to two tables.`);
  const checks = readChecks(tests, { name, type, schemas });
  const noCase = readCollation(constraints, type, has('unique'));
  const notNull = has('not_null') || checks.notNull === true;
  return {
    declaration,
    type,
    notNull,
    unique: has('unique'),
    default: defaults.at(-1),
    reference,
    noCase,
    checks,
  };
}

function readCollation(constraints: readonly ColumnConstraint[], type: string, unique: boolean): boolean {
  let noCase = false;
  for (const each of constraints) {
    if (each.kind !== 'collate' || each.collation === 'BINARY') continue;
    if (each.collation !== 'NOCASE' || !unique || type !== 'TEXT')
      throw new SqlProblem(
        each.at,
        'COLLATE NOCASE is supported on UNIQUE columns of type TEXT, and no other collation.',
      );
    noCase = true;
  }
  return noCase;
}

function readKey({ declaration, type, checks, default: value }: Facts): DraftIdKind {
  const { at, name } = declaration;
  const { kind, ...rest } = checks;
  const speaks =
    Object.keys(rest).some((key) => key !== 'notNull') || (kind !== undefined && kind !== 'uuid');
  if (speaks || (kind === 'uuid' && type !== 'BLOB'))
    throw new SqlProblem(at, `a CHECK of the key ${shown(name)} is not supported, except is_uuid on a BLOB.`);
  if (value !== undefined && value.kind !== 'null') {
    if (type !== 'BLOB')
      throw new SqlProblem(value.at, 'a DEFAULT of the key is not supported here; the server makes it.');
    if (readDefault(value, 'uuid')?.kind !== 'uuid')
      throw new SqlProblem(value.at, 'a key can have a new UUID as its DEFAULT, and nothing else.');
  }
  if (type === 'INTEGER') return 'integer';
  if (type === 'TEXT') return 'text';
  if (type === 'BLOB') return 'uuid';
  throw new SqlProblem(at, `the key ${shown(name)} must be INTEGER, BLOB or TEXT.`);
}

function fieldOf(facts: Facts): FieldDefinition {
  const { declaration, reference, checks } = facts;
  const { name } = declaration;
  const special = reference === undefined ? checks.kind : undefined;
  const isSpecial = reference !== undefined || (special !== undefined && special !== 'uuid');
  if (name.startsWith('_') && isSpecial && special !== 'geometry')
    throw new SqlProblem(
      declaration.at,
      `the column ${shown(name)} cannot be write-only: a name with "_" in front is for plain columns.`,
    );
  if (checks.mimeTypes !== undefined && special !== 'file' && special !== 'files')
    throw new SqlProblem(declaration.at, 'content types can be said of file columns only.');
  if (reference !== undefined) return relation(facts, reference);
  switch (special) {
    case undefined:
    case 'uuid':
      return plain(facts);
    case 'geometry':
      return { ...named(facts, special, ['BLOB']), ...nullability(facts), ...noDefault(facts) };
    case 'json':
      return {
        ...named(facts, special, ['TEXT']),
        nullable: !facts.notNull,
        schema: checks.schema ?? null,
        ...jsonDefault(facts),
      };
    case 'email':
      return { ...named(facts, special, ['TEXT']), required: facts.notNull, ...noDefault(facts) };
    case 'file':
    case 'files':
      return file(facts, special);
  }
}

function plain(facts: Facts): FieldDefinition {
  const { checks, type, declaration } = facts;
  const fieldType = checks.kind === 'uuid' ? 'uuid' : PLAIN[type];
  if (fieldType === undefined || (checks.kind === 'uuid' && type !== 'BLOB'))
    throw new SqlProblem(declaration.at, 'is_uuid is supported for BLOB columns only.');
  if (
    checks.values !== undefined &&
    fieldType !== 'integer' &&
    fieldType !== 'real' &&
    fieldType !== 'string'
  )
    throw new SqlProblem(
      declaration.at,
      'a list of values is supported for INTEGER, REAL and TEXT columns only.',
    );
  const { min, max, minLength, maxLength, pattern, values } = checks;
  return {
    ...base(facts, fieldType),
    ...nullability(facts),
    default: facts.default === undefined ? null : readDefault(facts.default, fieldType),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(values === undefined ? {} : { values }),
  };
}

function file(facts: Facts, kind: 'file' | 'files'): FieldDefinition {
  const { checks, default: value } = facts;
  const isList = kind === 'files';
  const isEmptyList = isList && value?.kind === 'text' && value.value.trim() === '[]';
  if (facts.unique) throw new SqlProblem(facts.declaration.at, 'a file column cannot be UNIQUE.');
  return {
    ...named(facts, 'file', ['TEXT', 'BLOB']),
    maxSelect: isList ? MAX_FILES : 1,
    maxSize: SERVER_LIMIT,
    mimeTypes: checks.mimeTypes ?? [],
    required: facts.notNull && !isList,
    ...(isEmptyList ? {} : noDefault(facts)),
  };
}

function relation(facts: Facts, reference: Reference): FieldDefinition {
  const { checks, notNull, declaration } = facts;
  const { kind, notNull: _, ...rest } = checks;
  if (Object.keys(rest).length > 0 || (kind !== undefined && kind !== 'uuid'))
    throw new SqlProblem(
      declaration.at,
      `a CHECK of the reference ${shown(declaration.name)} is not supported, except is_uuid.`,
    );
  if (reference.onDelete === 'restrict' && !notNull)
    throw new SqlProblem(reference.at, 'ON DELETE RESTRICT needs NOT NULL: other references become NULL.');
  const cascadeDelete = reference.onDelete === 'cascade';
  return { ...base(facts, 'relation'), maxSelect: 1, required: notNull, cascadeDelete, ...noDefault(facts) };
}

/** The relation of a key, which is never NULL, under the key's name; in the core each has an `id` already. */
function carrierOf(facts: Facts, reference: Reference): FieldDefinition {
  const { declaration } = facts;
  const isId = declaration.name.toLowerCase() === 'id';
  const name = isId ? `${reference.table.replace(/^_+/, '')}_id` : declaration.name;
  const own = { ...facts, declaration: { ...declaration, name }, notNull: true };
  return { ...relation(own, reference), equalsId: true };
}

function named(
  facts: Facts,
  type: Exclude<CheckedKind, 'files' | 'uuid'>,
  types: readonly string[],
): FieldDefinition {
  const { mimeTypes, kind, schema, notNull, ...rest } = facts.checks;
  if (Object.keys(rest).length > 0)
    throw new SqlProblem(facts.declaration.at, 'a second CHECK is not supported for a column of this kind.');
  if (!types.includes(facts.type))
    throw new SqlProblem(facts.declaration.at, `a column of this kind must be ${types.join(' or ')}.`);
  return base(facts, type);
}

/** The id is the one that the core would give; options refer to fields by it. */
function base({ declaration }: Facts, type: string): FieldDefinition {
  return { id: type + crc32(declaration.name), name: declaration.name, type };
}

function nullability({ declaration, notNull }: Facts): { nullable: boolean; writeOnly: boolean } {
  return { nullable: !notNull, writeOnly: declaration.name.startsWith('_') };
}

function noDefault({ default: value }: Facts): object {
  if (value === undefined || value.kind === 'null') return {};
  throw new SqlProblem(
    value.at,
    'a DEFAULT is not supported for references, files, e-mail addresses and geometries.',
  );
}

/** The text of a JSON value. */
function jsonDefault(facts: Facts): object {
  const { default: value } = facts;
  if (value?.kind !== 'text') return noDefault(facts);
  try {
    return { default: JSON.parse(value.value) };
  } catch {
    throw new SqlProblem(value.at, 'the default of a JSON column is no JSON.');
  }
}
