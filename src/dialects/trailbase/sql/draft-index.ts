import type { Sql } from './ast.ts';
import { type ColumnDraft, columnOf, fieldNameOf, type TableDraft } from './draft.ts';
import { plainNumber } from './literals.ts';
import { type Place, SqlProblem, shown } from './problem.ts';
import type { IndexStatement } from './statements.ts';

const COLLATIONS = new Set(['', 'BINARY', 'NOCASE', 'RTRIM']);

/**
 * An index as text that the core reads. A unique index leaves out rows whose reference is NULL, which the core stores as `''`.
 *
 * @throws SqlProblem for columns that are not there, and conditions that an index of the core cannot have
 */
export function printIndex(table: TableDraft, index: IndexStatement): string {
  const columns = index.columns.map(({ name, collation, order }) => {
    if (!COLLATIONS.has(collation))
      throw new SqlProblem(index.at, `the collation ${shown(collation)} is not supported.`);
    const column = existing(table, name, index.at);
    return {
      column,
      text: [quoted(column), collation && `COLLATE ${collation}`, order].filter(Boolean).join(' '),
    };
  });
  const blanks = index.unique ? columns.filter(({ column }) => column.blankIsNull) : [];
  const tests = [
    ...(index.where === undefined ? [] : [condition(table, index.where)]),
    ...blanks.map(({ column }) => `${quoted(column)} != ''`),
  ];
  const where =
    tests.length === 0
      ? ''
      : ` WHERE ${tests.map((test) => (tests.length > 1 ? `(${test})` : test)).join(' AND ')}`;
  if (!/^\w+$/.test(index.name))
    throw new SqlProblem(index.at, `the name ${shown(index.name)} may have letters, digits and "_" only.`);
  const head = `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX \`${index.name}\` ON \`${table.name}\``;
  return `${head} (${columns.map(({ text }) => text).join(', ')})${where}`;
}

function condition(table: TableDraft, test: Sql): string {
  switch (test.kind) {
    case 'and':
    case 'or':
      return test.terms
        .map((term) => `(${condition(table, term)})`)
        .join(test.kind === 'and' ? ' AND ' : ' OR ');
    case 'not':
      return `NOT (${condition(table, test.term)})`;
    case 'compare':
      return `${operand(table, test.left)} ${test.op} ${operand(table, test.right)}`;
    case 'is':
      if (test.right.kind !== 'null') break;
      return nullTest(table, test.left, test.negated);
    case 'in':
      return `${operand(table, test.left)} ${test.negated ? 'NOT ' : ''}IN (${test.items.map((item) => operand(table, item)).join(', ')})`;
  }
  throw new SqlProblem(test.at, 'a condition of an index compares columns with literals.');
}

function nullTest(table: TableDraft, value: Sql, negated: boolean): string {
  const column = value.kind === 'column' ? existing(table, value.name, value.at) : undefined;
  if (column?.blankIsNull) return `${quoted(column)} ${negated ? '!=' : '='} ''`;
  return `${operand(table, value)} IS ${negated ? 'NOT ' : ''}NULL`;
}

function operand(table: TableDraft, value: Sql): string {
  switch (value.kind) {
    case 'column':
      return quoted(existing(table, value.name, value.at));
    case 'number':
      return plainNumber(value).text;
    case 'text':
      return `'${value.value.replaceAll("'", "''")}'`;
    case 'bool':
      return value.value ? 'TRUE' : 'FALSE';
    default:
      throw new SqlProblem(value.at, 'a condition of an index compares columns with literals.');
  }
}

function existing(table: TableDraft, name: string, at: Place): ColumnDraft {
  const column = columnOf(table, name);
  if (column === undefined)
    throw new SqlProblem(at, `the table ${shown(table.name)} has no column ${shown(name)}.`);
  return column;
}

function quoted(column: ColumnDraft): string {
  return `\`${fieldNameOf(column)}\``;
}
