import type { Issue } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import type { Collection, CollectionType } from './collection.ts';
import type { TakenName } from './definition.ts';
import {
  columnsOf,
  type Index,
  IndexError,
  makesUnique,
  parseIndex,
  printIndex,
  renameColumns,
} from './index-text.ts';

/** The indexes of a definition and what they are checked against. */
export interface IndexInput {
  readonly id: string;
  readonly name: string;
  readonly type: CollectionType;
  readonly fields: readonly Field[];
  readonly raw: unknown;
  /** Whether the definition speaks of indexes, or they are only carried along. */
  readonly sent: boolean;
  readonly before: Collection | undefined;
  readonly taken: readonly TakenName[];
}

/** The indexes as they will be saved. */
export interface IndexReading {
  readonly parsed: readonly Index[];
  readonly statements: readonly string[];
  readonly issues: readonly Issue[];
}

/**
 * Reads the indexes of a definition: checks them, rewrites them to the collection's table, lets them follow renamed fields,
 * and adds the unique ones that accounts need (`tokenKey`, and `email` where it is not blank).
 */
export function readIndexes(input: IndexInput): IndexReading {
  const issues: Issue[] = [];
  const parsed: Index[] = [];
  if (!Array.isArray(input.raw)) issues.push({ path: 'indexes', code: 'invalid_value' });
  const follow = followRenames(input);
  for (const [at, text] of (Array.isArray(input.raw) ? input.raw : []).entries()) {
    const index = parse(text, follow);
    const unknown =
      index === undefined || !columnsOf(index).every((column) => hasField(input.fields, column));
    // Indexes that nobody spoke of go with the fields that they were about.
    if (unknown && !input.sent) continue;
    const problem = index === undefined || unknown ? invalidExpression : problemOf(index, parsed, input);
    if (problem !== undefined) issues.push({ ...problem, path: `indexes.${at}` });
    if (index !== undefined) parsed.push(index);
  }
  if (input.type === 'auth') parsed.push(...missingUnique(parsed, input));
  return { parsed, statements: parsed.map((index) => printIndex(index, input.name)), issues };
}

function parse(text: unknown, follow: (index: Index) => Index): Index | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return follow(parseIndex(text));
  } catch (error) {
    if (error instanceof IndexError) return undefined;
    throw error;
  }
}

/**
 * Indexes that nobody spoke of follow their fields to new names. In those that were sent, a name means the field that has it
 * now, else the one that had it before; letter case becomes that of the field.
 */
function followRenames({ fields, before, sent }: IndexInput): (index: Index) => Index {
  const renamed = new Map<string, string>();
  for (const old of before?.fields ?? []) {
    const now = fields.find(({ id }) => id === old.id);
    if (now !== undefined) renamed.set(old.name.toLowerCase(), now.name);
  }
  const current = new Map(fields.map(({ name }) => [name.toLowerCase(), name]));
  const [first, second] = sent ? [current, renamed] : [renamed, before === undefined ? current : renamed];
  return (index) =>
    renameColumns(index, (name) => first.get(name.toLowerCase()) ?? second.get(name.toLowerCase()) ?? name);
}

function hasField(fields: readonly Field[], name: string): boolean {
  return fields.some((field) => field.name === name);
}

type Problem = Omit<Issue, 'path'>;

const invalidExpression: Problem = { code: 'invalid_index_expression' };

function problemOf(index: Index, earlier: readonly Index[], input: IndexInput): Problem | undefined {
  const name = index.name.toLowerCase();
  if (earlier.some((other) => other.name.toLowerCase() === name)) return { code: 'duplicated_index_name' };
  const definition = printIndex({ ...index, name: '' }, '');
  if (earlier.some((other) => printIndex({ ...other, name: '' }, '') === definition)) {
    return { code: 'duplicated_index_definition' };
  }
  const owner = ownerOf(name, input);
  return owner === undefined ? undefined : { code: 'existing_index_name', params: { collection: owner } };
}

/** The table that has the name already, or has an index of that name; undefined when it is free or the collection's own. */
function ownerOf(name: string, { name: table, before, taken }: IndexInput): string | undefined {
  if (name === table.toLowerCase()) return table;
  const own = before?.name.toLowerCase();
  const holder = taken.find((entry) => entry.name.toLowerCase() === name);
  const isOwnIndex = holder?.table.toLowerCase() === own && name !== own;
  return isOwnIndex ? undefined : holder?.table;
}

function missingUnique(present: readonly Index[], input: IndexInput): readonly Index[] {
  const added: Index[] = [];
  for (const column of ['tokenKey', 'email']) {
    if (present.some((index) => makesUnique(index, column))) continue;
    const plain = `idx_${column}_${input.id}`;
    const used = (name: string) =>
      [...present, ...added].some((index) => index.name.toLowerCase() === name.toLowerCase()) ||
      ownerOf(name.toLowerCase(), input) !== undefined;
    let name = plain;
    for (let i = 2; used(name); i++) name = `${plain}_${i}`;
    added.push({
      name,
      unique: true,
      columns: [{ name: column, collate: '', order: '' }],
      where: column === 'tokenKey' ? undefined : notBlank(column),
    });
  }
  return added;
}

function notBlank(column: string): Index['where'] {
  return {
    kind: 'compare',
    op: '!=',
    left: { kind: 'column', name: column },
    right: { kind: 'literal', text: "''" },
  };
}
