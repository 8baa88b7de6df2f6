import { readExpression, readSelect } from './expression.ts';
import { type Place, SqlProblem, shown } from './problem.ts';
import { MAX_PROBLEMS, readTable } from './read-table.ts';
import type { IndexedColumn, IndexStatement, Statement, ViewStatement } from './statements.ts';
import { TokenReader } from './token-reader.ts';
import { tokenize } from './tokens.ts';

/** What a text declares, and all that could not be read of it. */
export interface StatementReading {
  readonly statements: readonly Statement[];
  readonly problems: readonly SqlProblem[];
}

/** Statements of one text. */
const MAX_STATEMENTS = 1000;

/**
 * Reads a text of CREATE statements (specs/trailbase.md 3, 10, 14). After a problem it goes on with the next column or
 * statement, so that all of them are found at once. Throws nothing.
 */
export function readStatements(text: string): StatementReading {
  const statements: Statement[] = [];
  const problems: SqlProblem[] = [];
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SqlProblem)) throw error;
      problems.push(error);
    }
  };
  attempt(() => {
    const reader = new TokenReader(tokenize(text));
    while (!reader.isEnd()) {
      if (reader.acceptSign(';')) continue;
      if (problems.length > MAX_PROBLEMS) return;
      if (statements.length >= MAX_STATEMENTS)
        throw new SqlProblem(reader.place, `more than ${MAX_STATEMENTS} statements.`);
      attempt(() => {
        statements.push(statement(reader, problems));
        if (!reader.isEnd() && !reader.isSign(';')) throw reader.unexpected('the end of the statement');
      });
      reader.skipTo(';');
      if (!reader.isEnd() && !reader.isSign(';')) reader.take();
    }
  });
  return { statements, problems };
}

function statement(reader: TokenReader, problems: SqlProblem[]): Statement {
  const { word, text, place } = reader.peek();
  if (word !== 'CREATE')
    throw new SqlProblem(place, `only CREATE statements are supported, not ${shown(text)}.`);
  reader.take();
  if (reader.acceptWord('TABLE')) return readTable(reader, place, problems);
  if (reader.acceptWord('INDEX')) return index(reader, place, false);
  if (reader.acceptWord('UNIQUE')) {
    reader.expectWord('INDEX');
    return index(reader, place, true);
  }
  if (reader.acceptWord('VIEW')) return view(reader, place);
  const what = reader.peek().text;
  if (reader.isWord('TRIGGER') || reader.isWord('TEMP', 'TRIGGER') || reader.isWord('TEMPORARY', 'TRIGGER'))
    skipTrigger(reader);
  throw new SqlProblem(place, `CREATE ${shown(what)} is not supported; tables, indexes and views are.`);
}

/** Statements with semicolons of their own, up to END. */
function skipTrigger(reader: TokenReader): void {
  while (!reader.isEnd() && !reader.isWord('END')) reader.take();
}

function index(reader: TokenReader, at: Place, unique: boolean): IndexStatement {
  const optional = ifNotExists(reader);
  const name = reader.name('the name of the index');
  if (reader.isSign('.')) throw new SqlProblem(reader.place, 'the name of a database is not supported.');
  reader.expectWord('ON');
  const table = reader.name('a table');
  reader.expectSign('(');
  const columns = [indexedColumn(reader)];
  while (reader.acceptSign(',')) columns.push(indexedColumn(reader));
  reader.expectSign(')');
  const where = reader.acceptWord('WHERE') ? readExpression(reader) : undefined;
  return { kind: 'index', at, name, ifNotExists: optional, unique, table, columns, where };
}

function indexedColumn(reader: TokenReader): IndexedColumn {
  const name = reader.name('a column');
  if (reader.isSign('(')) throw new SqlProblem(reader.place, 'an index over an expression is not supported.');
  const collation = reader.acceptWord('COLLATE') ? reader.name('a collation').toUpperCase() : '';
  const order = reader.acceptWord('ASC') ? 'ASC' : reader.acceptWord('DESC') ? 'DESC' : '';
  return { name, collation, order };
}

function view(reader: TokenReader, at: Place): ViewStatement {
  const optional = ifNotExists(reader);
  const name = reader.name('the name of the view');
  if (reader.isSign('('))
    throw new SqlProblem(
      reader.place,
      'a list of columns after the name of a view is not supported; use AS.',
    );
  reader.expectWord('AS');
  return { kind: 'view', at, name, ifNotExists: optional, select: readSelect(reader) };
}

/** Takes `IF NOT EXISTS`. */
export function ifNotExists(reader: TokenReader): boolean {
  if (!reader.acceptWord('IF')) return false;
  reader.expectWord('NOT', 'EXISTS');
  return true;
}
