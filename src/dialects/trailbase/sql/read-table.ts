import type { Sql } from './ast.ts';
import { readExpression } from './expression.ts';
import { type Place, SqlProblem, shown } from './problem.ts';
import type {
  ColumnConstraint,
  ColumnDeclaration,
  OnDelete,
  Reference,
  TableConstraint,
  TableStatement,
} from './statements.ts';
import type { TokenReader } from './token-reader.ts';

/** After so many, nothing more is looked for. */
export const MAX_PROBLEMS = 100;
/** Columns of one table. */
const MAX_COLUMNS = 500;
const STARTS_CONSTRAINT = new Set(['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN']);
const ENDS_TYPE = new Set([
  ...['CONSTRAINT', 'PRIMARY', 'NOT', 'NULL', 'UNIQUE', 'CHECK', 'DEFAULT', 'COLLATE', 'REFERENCES'],
  ...['GENERATED', 'AS', 'AUTOINCREMENT', 'ON'],
]);

/**
 * `CREATE TABLE`, from behind the word TABLE on. What is wrong with a column goes to `problems`, and the next one is read.
 *
 * @throws SqlProblem for what is wrong around them
 */
export function readTable(reader: TokenReader, at: Place, problems: SqlProblem[]): TableStatement {
  const optional = reader.acceptWord('IF');
  if (optional) reader.expectWord('NOT', 'EXISTS');
  const name = reader.name('the name of the table');
  if (reader.isSign('.')) throw new SqlProblem(reader.place, 'the name of a database is not supported.');
  if (reader.isWord('AS')) throw new SqlProblem(reader.place, 'CREATE TABLE … AS SELECT is not supported.');
  reader.expectSign('(');
  const columns: ColumnDeclaration[] = [];
  const constraints: TableConstraint[] = [];
  let isWhole = true;
  do {
    const start = reader.position;
    try {
      if (STARTS_CONSTRAINT.has(reader.peek().word)) constraints.push(tableConstraint(reader));
      else columns.push(column(reader));
      if (!reader.isSign(',') && !reader.isSign(')')) throw reader.unexpected('a comma');
    } catch (error) {
      if (!(error instanceof SqlProblem) || reader.isEnd()) throw error;
      if (problems.length >= MAX_PROBLEMS) throw error;
      problems.push(error);
      isWhole = false;
      // From its start, so that brackets are counted right.
      reader.rewind(start);
      reader.skipTo(',', ')', ';');
    }
    if (columns.length > MAX_COLUMNS)
      throw new SqlProblem(at, `the table ${shown(name)} has more than ${MAX_COLUMNS} columns.`);
  } while (reader.acceptSign(','));
  reader.expectSign(')');
  while (!reader.isEnd() && !reader.isSign(';')) {
    if (!reader.acceptWord('STRICT') && !reader.acceptWord('WITHOUT', 'ROWID'))
      throw reader.unexpected('the end of the statement');
    if (!reader.acceptSign(',')) break;
  }
  return { kind: 'table', at, name, ifNotExists: optional, columns, constraints, isWhole };
}

function column(reader: TokenReader): ColumnDeclaration {
  const at = reader.place;
  const name = reader.name('a column');
  const type = typeName(reader);
  const constraints: ColumnConstraint[] = [];
  for (;;) {
    const constraint = columnConstraint(reader);
    if (constraint === undefined) return { at, name, type, constraints };
    constraints.push(constraint);
  }
}

/** Words, and lengths in brackets, which SQLite ignores. */
function typeName(reader: TokenReader): string {
  const words: string[] = [];
  while (reader.isName() && !ENDS_TYPE.has(reader.peek().word))
    words.push(reader.name('a type').toUpperCase());
  if (words.length > 0 && reader.acceptSign('(')) {
    reader.skipTo(')');
    reader.expectSign(')');
  }
  return words.join(' ');
}

function columnConstraint(reader: TokenReader): ColumnConstraint | undefined {
  if (reader.acceptWord('CONSTRAINT')) reader.name('the name of the constraint');
  const { word, place: at } = reader.peek();
  switch (word) {
    case 'PRIMARY':
      return primaryKey(reader, at);
    case 'NOT':
      reader.expectWord('NOT', 'NULL');
      refuseConflict(reader);
      return { kind: 'not_null', at };
    case 'NULL':
      reader.take();
      return { kind: 'null', at };
    case 'UNIQUE':
      reader.take();
      refuseConflict(reader);
      return { kind: 'unique', at };
    case 'DEFAULT':
      reader.take();
      return { kind: 'default', at, value: defaultValue(reader) };
    case 'CHECK':
      reader.take();
      return { kind: 'check', at, test: enclosed(reader) };
    case 'COLLATE':
      reader.take();
      return { kind: 'collate', at, collation: reader.name('a collation').toUpperCase() };
    case 'REFERENCES':
      return { kind: 'references', at, reference: reference(reader) };
    case 'GENERATED':
    case 'AS':
      throw new SqlProblem(at, 'generated columns are not supported.');
    default:
      return undefined;
  }
}

function primaryKey(reader: TokenReader, at: Place): ColumnConstraint {
  reader.expectWord('PRIMARY', 'KEY');
  if (!reader.acceptWord('ASC') && reader.isWord('DESC'))
    throw new SqlProblem(at, 'a key in descending order is not supported.');
  refuseConflict(reader);
  reader.acceptWord('AUTOINCREMENT');
  return { kind: 'primary_key', at };
}

function refuseConflict(reader: TokenReader): void {
  if (reader.isWord('ON', 'CONFLICT'))
    throw new SqlProblem(reader.place, 'ON CONFLICT is not supported; say it with "conflict_resolution".');
}

function defaultValue(reader: TokenReader): Sql {
  if (reader.isSign('(')) return enclosed(reader);
  const { kind, text, word, place: at } = reader.peek();
  if (kind === 'word' && /^CURRENT_(?:TIMESTAMP|DATE|TIME)$/.test(word)) {
    reader.take();
    return { kind: 'call', at, name: word.toLowerCase(), args: [] };
  }
  switch (kind) {
    case 'text':
    case 'name':
      // SQLite takes a quoted name here for the text that it is.
      reader.take();
      return { kind: 'text', at, value: text };
    case 'number':
    case 'blob':
    case 'sign':
      return signedLiteral(reader, at);
    default:
      if (word === 'NULL' || word === 'TRUE' || word === 'FALSE') {
        reader.take();
        return word === 'NULL' ? { kind: 'null', at } : { kind: 'bool', at, value: word === 'TRUE' };
      }
      throw reader.unexpected('a default');
  }
}

function signedLiteral(reader: TokenReader, at: Place): Sql {
  const { kind, text } = reader.take();
  if (kind === 'number') return { kind, at, text };
  if (kind === 'blob') return { kind, at, hex: text };
  const number = reader.take();
  if ((text !== '-' && text !== '+') || number.kind !== 'number')
    throw new SqlProblem(at, 'a default is expected here.');
  return { kind: 'number', at, text: text === '-' ? `-${number.text}` : number.text };
}

function enclosed(reader: TokenReader): Sql {
  reader.expectSign('(');
  const { word, place: at } = reader.peek();
  if (/^CURRENT_(?:TIMESTAMP|DATE|TIME)$/.test(word)) {
    reader.take();
    reader.expectSign(')');
    return { kind: 'call', at, name: word.toLowerCase(), args: [] };
  }
  const inner = readExpression(reader);
  reader.expectSign(')');
  return inner;
}

function reference(reader: TokenReader): Reference {
  const at = reader.place;
  reader.expectWord('REFERENCES');
  const table = reader.name('a table');
  let column: string | undefined;
  if (reader.acceptSign('(')) {
    column = reader.name('a column');
    if (reader.isSign(',')) throw new SqlProblem(at, 'a reference over several columns is not supported.');
    reader.expectSign(')');
  }
  let onDelete: OnDelete = 'no action';
  for (;;) {
    if (reader.acceptWord('ON', 'DELETE')) onDelete = action(reader);
    else if (reader.acceptWord('ON', 'UPDATE')) action(reader);
    else break;
  }
  if (reader.isWord('MATCH') || reader.isWord('DEFERRABLE') || reader.isWord('NOT', 'DEFERRABLE'))
    throw new SqlProblem(
      reader.place,
      `${reader.peek().word === 'MATCH' ? 'MATCH' : 'DEFERRABLE'} is not supported.`,
    );
  return { at, table, column, onDelete };
}

function action(reader: TokenReader): OnDelete {
  if (reader.acceptWord('CASCADE')) return 'cascade';
  if (reader.acceptWord('SET', 'NULL')) return 'set null';
  if (reader.acceptWord('RESTRICT')) return 'restrict';
  if (reader.acceptWord('NO', 'ACTION')) return 'no action';
  throw new SqlProblem(reader.place, 'a reference can CASCADE, SET NULL, RESTRICT or take NO ACTION.');
}

function tableConstraint(reader: TokenReader): TableConstraint {
  if (reader.acceptWord('CONSTRAINT')) reader.name('the name of the constraint');
  const at = reader.place;
  if (reader.acceptWord('PRIMARY', 'KEY')) return { kind: 'primary_key', at, columns: columnNames(reader) };
  if (reader.acceptWord('UNIQUE')) return { kind: 'unique', at, columns: columnNames(reader) };
  if (reader.acceptWord('CHECK')) return { kind: 'check', at, test: enclosed(reader) };
  reader.expectWord('FOREIGN', 'KEY');
  return { kind: 'foreign_key', at, columns: columnNames(reader), reference: reference(reader) };
}

function columnNames(reader: TokenReader): readonly string[] {
  reader.expectSign('(');
  const names = [reader.name('a column')];
  while (reader.acceptSign(',')) names.push(reader.name('a column'));
  reader.expectSign(')');
  refuseConflict(reader);
  return names;
}
