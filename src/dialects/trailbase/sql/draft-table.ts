import { crc32 } from 'node:zlib';
import type { JsonSchema } from './checks.ts';
import { columnsIn } from './columns-in.ts';
import { columnOf, fieldNameOf, type TableDraft } from './draft.ts';
import { type DraftedColumn, draftColumn } from './draft-column.ts';
import { printIndex } from './draft-index.ts';
import { SqlProblem, shown } from './problem.ts';
import type { ColumnConstraint, ColumnDeclaration, TableConstraint, TableStatement } from './statements.ts';

/**
 * Makes a collection of a table. What is wrong with a column goes to `problems`; undefined when there are any.
 *
 * @throws SqlProblem for what is wrong with the table as a whole
 */
export function draftTable(
  table: TableStatement,
  schemas: ReadonlyMap<string, JsonSchema>,
  problems: SqlProblem[],
): TableDraft | undefined {
  checkName(table);
  const drafted: DraftedColumn[] = [];
  // What is said of columns that could not be read is not judged.
  const byColumn = table.isWhole ? distribute(table, problems) : undefined;
  let failed = byColumn === undefined;
  for (const column of table.columns) {
    try {
      drafted.push(draftColumn(column, [...column.constraints, ...(byColumn?.get(column) ?? [])], schemas));
    } catch (error) {
      if (!(error instanceof SqlProblem)) throw error;
      problems.push(error);
      failed = true;
    }
  }
  if (failed) return undefined;
  const key = readKey(table, drafted);
  const draft: TableDraft = {
    at: table.at,
    name: table.name,
    id: `pbc_${crc32(`base${table.name}`)}`,
    key: key.column.name,
    idKind: key.idKind ?? 'text',
    columns: drafted.map(({ column }) => column),
    indexes: [],
    views: [],
  };
  draft.indexes.push(...ownIndexes(table, draft));
  return draft;
}

function checkName({ name, at, columns }: TableStatement): void {
  if (name.startsWith('_'))
    throw new SqlProblem(
      at,
      `the table ${shown(name)} cannot be made: names with "_" in front are the system's.`,
    );
  if (!/^[A-Za-z0-9_]+$/.test(name))
    throw new SqlProblem(
      at,
      `the table ${shown(name)} cannot be made: its name may have letters, digits and "_" only.`,
    );
  const seen = new Set<string>();
  for (const column of columns) {
    if (!/^\w+$/.test(column.name))
      throw new SqlProblem(
        column.at,
        `the column ${shown(column.name)} cannot be made: its name may have letters, digits and "_" only.`,
      );
    const lower = column.name.toLowerCase();
    if (seen.has(lower)) throw new SqlProblem(column.at, `the column ${shown(column.name)} is there twice.`);
    seen.add(lower);
  }
}

/** Constraints of the table that are about one column; undefined when one is about none that is there. */
function distribute(
  table: TableStatement,
  problems: SqlProblem[],
): ReadonlyMap<ColumnDeclaration, readonly ColumnConstraint[]> | undefined {
  const found = new Map<ColumnDeclaration, ColumnConstraint[]>();
  const before = problems.length;
  for (const constraint of table.constraints) {
    try {
      const given = ofColumn(table, constraint);
      if (given !== undefined)
        found.set(given.column, [...(found.get(given.column) ?? []), given.constraint]);
    } catch (error) {
      if (!(error instanceof SqlProblem)) throw error;
      problems.push(error);
    }
  }
  return problems.length > before ? undefined : found;
}

function ofColumn(
  table: TableStatement,
  constraint: TableConstraint,
): { readonly column: ColumnDeclaration; readonly constraint: ColumnConstraint } | undefined {
  const { at } = constraint;
  const names = constraint.kind === 'check' ? columnsIn(constraint.test) : constraint.columns;
  const columns = names.map((name) => declared(table, name, constraint));
  const [column] = columns;
  if (columns.length > 1) {
    if (constraint.kind === 'unique') return undefined;
    const [what, advice] = SEVERAL[constraint.kind];
    throw new SqlProblem(at, `${what} is not supported; ${advice}.`);
  }
  if (column === undefined) throw new SqlProblem(at, 'a CHECK without a column is not supported.');
  switch (constraint.kind) {
    case 'check':
      return { column, constraint: { kind: 'check', at, test: constraint.test } };
    case 'foreign_key':
      return { column, constraint: { kind: 'references', at, reference: constraint.reference } };
    default:
      return { column, constraint: { kind: constraint.kind, at } };
  }
}

const SEVERAL: Readonly<Record<'primary_key' | 'check' | 'foreign_key', readonly [string, string]>> = {
  primary_key: ['a key of several columns', 'name one, and make the others UNIQUE together'],
  check: ['a CHECK over two columns', 'keep one column per CHECK'],
  foreign_key: ['a reference over several columns', 'refer by the key of the other table'],
};

function declared(table: TableStatement, name: string, { at }: TableConstraint): ColumnDeclaration {
  const column = table.columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (column === undefined)
    throw new SqlProblem(at, `the table ${shown(table.name)} has no column ${shown(name)}.`);
  return column;
}

function readKey(table: TableStatement, drafted: readonly DraftedColumn[]): DraftedColumn {
  const [key, second] = drafted.filter(({ idKind }) => idKind !== undefined);
  if (key === undefined)
    throw new SqlProblem(
      table.at,
      `the table ${shown(table.name)} has no PRIMARY KEY; add one, such as id INTEGER PRIMARY KEY.`,
    );
  if (second !== undefined)
    throw new SqlProblem(second.column.at, `the table ${shown(table.name)} has two keys.`);
  const id = drafted.find(({ column }) => column.name.toLowerCase() === 'id');
  if (id !== undefined && id !== key)
    throw new SqlProblem(
      id.column.at,
      'a column "id" that is not the key is not supported; call it otherwise.',
    );
  return key;
}

/** Indexes of UNIQUE columns and constraints. */
function ownIndexes(table: TableStatement, draft: TableDraft): readonly string[] {
  const unique = draft.columns.filter((column) => column.unique).map((column) => [column]);
  for (const constraint of table.constraints) {
    if (constraint.kind !== 'unique' || constraint.columns.length < 2) continue;
    unique.push(constraint.columns.flatMap((name) => columnOf(draft, name) ?? []));
  }
  return unique.map((columns) =>
    printIndex(draft, {
      at: table.at,
      kind: 'index',
      ifNotExists: false,
      name: ['unique', draft.name, ...columns.map(fieldNameOf)].join('_'),
      unique: true,
      table: draft.name,
      columns: columns.map(({ name, noCase }) => ({ name, collation: noCase ? 'NOCASE' : '', order: '' })),
      where: undefined,
    }),
  );
}
