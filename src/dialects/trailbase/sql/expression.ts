import type { Sql, SqlOp, SqlResult, SqlSelect, SqlSource } from './ast.ts';
import { type Place, SqlProblem, shown } from './problem.ts';
import type { TokenReader } from './token-reader.ts';

/** Levels of brackets, NOT and sub-selects. */
const MAX_DEPTH = 32;
/** Tables that one sub-select may join. */
const MAX_SOURCES = 2;

const EQUALITY: ReadonlyMap<string, SqlOp> = new Map([
  ['=', '='],
  ['==', '='],
  ['<>', '<>'],
  ['!=', '<>'],
]);
const ORDER: ReadonlyMap<string, SqlOp> = new Map([
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);
const REFUSED_SIGNS = new Set(['+', '-', '*', '/', '%', '||', '|', '&', '~', '<<', '>>', '->', '->>']);
const REFUSED_WORDS = new Set([
  'CASE',
  'CAST',
  'GLOB',
  'MATCH',
  'COLLATE',
  'ESCAPE',
  'RAISE',
  'OVER',
  'FILTER',
]);

/**
 * Reads an expression of the accepted grammar (specs/trailbase.md 11): operators bind as in SQLite. What is not in the
 * grammar is refused, never skipped.
 *
 * @throws SqlProblem
 */
export function readExpression(reader: TokenReader, depth = 0): Sql {
  return joined(reader, 'or', 'OR', () => joined(reader, 'and', 'AND', () => negation(reader, depth)));
}

/** `SELECT … FROM …`, from the word SELECT on. Throws SqlProblem. */
export function readSelect(reader: TokenReader, depth = 0): SqlSelect {
  const at = reader.place;
  reader.expectWord('SELECT');
  refuseWord(reader, 'DISTINCT');
  const columns = reader.acceptSign('*') ? undefined : list(reader, () => result(reader, depth));
  reader.expectWord('FROM');
  const from = [source(reader)];
  const tests: Sql[] = [];
  for (;;) {
    if (reader.acceptSign(',')) from.push(source(reader));
    else if (reader.isWord('JOIN') || reader.isWord('INNER', 'JOIN') || reader.isWord('CROSS', 'JOIN')) {
      while (!reader.acceptWord('JOIN')) reader.take();
      from.push(source(reader));
      if (reader.acceptWord('ON')) tests.push(readExpression(reader, depth + 1));
    } else break;
  }
  if (from.length > MAX_SOURCES)
    throw new SqlProblem(at, `a SELECT over more than ${MAX_SOURCES} tables is not supported.`);
  if (reader.acceptWord('WHERE')) tests.push(readExpression(reader, depth + 1));
  refuseWord(
    reader,
    'LEFT',
    'RIGHT',
    'FULL',
    'NATURAL',
    'USING',
    'GROUP',
    'HAVING',
    'ORDER',
    'LIMIT',
    'UNION',
    'EXCEPT',
    'INTERSECT',
    'WINDOW',
  );
  const [only] = tests;
  return { at, columns, from, where: tests.length > 1 ? { kind: 'and', at, terms: tests } : only };
}

function joined(reader: TokenReader, kind: 'and' | 'or', word: string, next: () => Sql): Sql {
  const first = next();
  if (!reader.isWord(word)) return first;
  const terms = [first];
  while (reader.acceptWord(word)) terms.push(next());
  return { kind, at: first.at, terms };
}

function negation(reader: TokenReader, depth: number): Sql {
  const at = reader.place;
  if (depth > MAX_DEPTH) throw new SqlProblem(at, `the expression is nested more than ${MAX_DEPTH} deep.`);
  if (reader.isWord('NOT') && reader.peek(1).word !== 'EXISTS' && reader.acceptWord('NOT'))
    return { kind: 'not', at, term: negation(reader, depth + 1) };
  return equality(reader, depth);
}

function equality(reader: TokenReader, depth: number): Sql {
  let left = order(reader, depth);
  for (;;) {
    const at = reader.place;
    const op = signOf(reader, EQUALITY);
    if (op !== undefined) left = { kind: 'compare', at, op, left, right: order(reader, depth) };
    else if (reader.acceptWord('IS')) left = isTest(reader, left, at, depth);
    else if (reader.acceptWord('ISNULL')) left = nullTest(left, at, false);
    else if (reader.acceptWord('NOTNULL') || reader.acceptWord('NOT', 'NULL'))
      left = nullTest(left, at, true);
    else {
      const test = listTest(reader, left, at, depth);
      if (test === undefined) return left;
      left = test;
    }
  }
}

function isTest(reader: TokenReader, left: Sql, at: Place, depth: number): Sql {
  const negated = reader.acceptWord('NOT');
  if (reader.isWord('DISTINCT')) {
    reader.expectWord('DISTINCT', 'FROM');
    return { kind: 'is', at, negated: !negated, left, right: order(reader, depth) };
  }
  return { kind: 'is', at, negated, left, right: order(reader, depth) };
}

function nullTest(left: Sql, at: Place, negated: boolean): Sql {
  return { kind: 'is', at, negated, left, right: { kind: 'null', at } };
}

/** `[NOT] IN`, `[NOT] LIKE`, `[NOT] REGEXP`, `[NOT] BETWEEN`. */
function listTest(reader: TokenReader, left: Sql, at: Place, depth: number): Sql | undefined {
  const word = reader.peek(reader.isWord('NOT') ? 1 : 0).word;
  if (word !== 'IN' && word !== 'LIKE' && word !== 'REGEXP' && word !== 'BETWEEN') return undefined;
  const negated = reader.acceptWord('NOT');
  reader.expectWord(word);
  if (word === 'LIKE') return { kind: 'like', at, negated, left, right: order(reader, depth) };
  if (word === 'REGEXP') return { kind: 'regexp', at, negated, left, right: order(reader, depth) };
  if (word === 'IN') return inTest(reader, left, at, negated, depth);
  const low = order(reader, depth);
  reader.expectWord('AND');
  return { kind: 'between', at, negated, left, low, high: order(reader, depth) };
}

function inTest(reader: TokenReader, left: Sql, at: Place, negated: boolean, depth: number): Sql {
  if (reader.isName()) return { kind: 'in_table', at, negated, left, table: reader.name('a table') };
  reader.expectSign('(');
  if (reader.isWord('SELECT')) {
    const select = readSelect(reader, depth + 1);
    reader.expectSign(')');
    return { kind: 'in_select', at, negated, left, select };
  }
  if (reader.isSign(')')) throw new SqlProblem(at, 'a list after IN is empty.');
  const items = list(reader, () => order(reader, depth + 1));
  reader.expectSign(')');
  return { kind: 'in', at, negated, left, items };
}

function order(reader: TokenReader, depth: number): Sql {
  let left = primary(reader, depth);
  for (;;) {
    const at = reader.place;
    const op = signOf(reader, ORDER);
    if (op === undefined) return left;
    left = { kind: 'compare', at, op, left, right: primary(reader, depth) };
  }
}

function primary(reader: TokenReader, depth: number): Sql {
  const value = operand(reader, depth);
  const { kind, text, word, place } = reader.peek();
  if (kind === 'sign' && REFUSED_SIGNS.has(text)) throw refused(place, `the operator ${shown(text)}`);
  if (REFUSED_WORDS.has(word)) throw refused(place, word);
  return value;
}

function operand(reader: TokenReader, depth: number): Sql {
  const { kind, text, word, place: at } = reader.peek();
  if (kind === 'text') return { kind, at, value: reader.take().text };
  if (kind === 'number') return { kind, at, text: reader.take().text };
  if (kind === 'blob') return { kind, at, hex: reader.take().text };
  if (kind === 'sign') return bracketed(reader, text, at, depth);
  if (word === 'NULL' || word === 'TRUE' || word === 'FALSE') {
    reader.take();
    return word === 'NULL' ? { kind: 'null', at } : { kind: 'bool', at, value: word === 'TRUE' };
  }
  if (word === 'EXISTS' || reader.isWord('NOT', 'EXISTS')) return exists(reader, at, depth);
  if (REFUSED_WORDS.has(word)) throw refused(at, word);
  return named(reader, at, depth);
}

function bracketed(reader: TokenReader, sign: string, at: Place, depth: number): Sql {
  if (sign === '-' || sign === '+') {
    reader.take();
    const { kind, text } = reader.peek();
    if (kind !== 'number') throw refused(at, `the operator ${shown(sign)} before anything but a number`);
    reader.take();
    return { kind, at, text: sign === '-' ? `-${text}` : text };
  }
  if (sign === '?' || sign === ':' || sign === '@' || sign === '$') throw refused(at, 'a parameter');
  if (sign !== '(') throw reader.unexpected('a value');
  if (depth >= MAX_DEPTH) throw new SqlProblem(at, `the expression is nested more than ${MAX_DEPTH} deep.`);
  reader.take();
  if (reader.isWord('SELECT'))
    throw refused(at, 'a SELECT as a value; use EXISTS (SELECT …) or IN (SELECT …)');
  const inner = readExpression(reader, depth + 1);
  if (reader.isSign(',')) throw refused(reader.place, 'a list of values as a value');
  reader.expectSign(')');
  return inner;
}

function exists(reader: TokenReader, at: Place, depth: number): Sql {
  const negated = reader.acceptWord('NOT');
  reader.expectWord('EXISTS');
  reader.expectSign('(');
  const select = readSelect(reader, depth + 1);
  reader.expectSign(')');
  const test: Sql = { kind: 'exists', at, select };
  return negated ? { kind: 'not', at, term: test } : test;
}

function named(reader: TokenReader, at: Place, depth: number): Sql {
  const isBare = reader.peek().kind === 'word';
  const name = reader.name('a value');
  if (isBare && reader.acceptSign('(')) {
    const args = reader.isSign(')') ? [] : list(reader, () => readExpression(reader, depth + 1));
    reader.expectSign(')');
    return { kind: 'call', at, name: name.toLowerCase(), args };
  }
  if (!reader.acceptSign('.')) return { kind: 'column', at, table: undefined, name };
  const column = reader.name('a column');
  if (reader.isSign('.')) throw refused(at, 'a column with the name of a database');
  return { kind: 'column', at, table: name, name: column };
}

function result(reader: TokenReader, depth: number): SqlResult {
  const value = readExpression(reader, depth + 1);
  if (reader.acceptWord('AS')) return { value, alias: reader.name('an alias') };
  return { value, alias: reader.isName() ? reader.name('an alias') : undefined };
}

const AFTER_SOURCE = new Set([
  'INNER',
  'CROSS',
  'LEFT',
  'RIGHT',
  'FULL',
  'NATURAL',
  'UNION',
  'EXCEPT',
  'INTERSECT',
  'WINDOW',
]);

function source(reader: TokenReader): SqlSource {
  const at = reader.place;
  if (reader.isSign('(')) throw refused(at, 'a SELECT in the place of a table');
  const table = reader.name('a table');
  if (reader.isSign('.')) throw refused(at, 'a table of another database');
  if (reader.isSign('(')) throw refused(at, 'a function in the place of a table');
  if (reader.acceptWord('AS')) return { at, table, alias: reader.name('an alias') };
  const isAlias = reader.isName() && !AFTER_SOURCE.has(reader.peek().word);
  return { at, table, alias: isAlias ? reader.name('an alias') : table };
}

function list<T>(reader: TokenReader, next: () => T): readonly T[] {
  const items = [next()];
  while (reader.acceptSign(',')) items.push(next());
  return items;
}

function signOf(reader: TokenReader, signs: ReadonlyMap<string, SqlOp>): SqlOp | undefined {
  const { kind, text } = reader.peek();
  const op = kind === 'sign' ? signs.get(text) : undefined;
  if (op !== undefined) reader.take();
  return op;
}

function refuseWord(reader: TokenReader, ...words: readonly string[]): void {
  const { word, place } = reader.peek();
  if (words.includes(word)) throw refused(place, `${word} in a SELECT`);
}

/** The usual sentence. */
function refused(place: Place, what: string): SqlProblem {
  return new SqlProblem(place, `${what} is not supported.`);
}
