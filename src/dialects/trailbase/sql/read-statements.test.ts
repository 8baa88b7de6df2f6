import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { SqlProblem } from './problem.ts';
import { readStatements } from './read-statements.ts';
import { tokenize } from './tokens.ts';

const places = (text: string) =>
  tokenize(text).map(({ kind, text: value, place }) => `${kind} ${value} ${place.line}:${place.column}`);

test('tokens of every kind have their line and column', () => {
  expect(
    places("-- a\nCREATE /* b\n */ \"x\"\"y\" `a``b` [c d]\n 'it''s' X'0A' 1.5e-3 .5 0xFF <> ->> é$1;"),
  ).toEqual([
    'word CREATE 2:1',
    'name x"y 3:5',
    'name a`b 3:12',
    'name c d 3:19',
    "text it's 4:2",
    'blob 0a 4:10',
    'number 1.5e-3 4:16',
    'number .5 4:23',
    'number 0xFF 4:26',
    'sign <> 4:31',
    'sign ->> 4:34',
    'word é$1 4:38',
    'sign ; 4:41',
    'end  4:42',
  ]);
});

describe('what is no token is refused with its line', () => {
  test.each([
    ["\n'abc", 'Line 2: a text has no closing quote.'],
    ['"abc', 'Line 1: a name has no closing quote.'],
    ['\n\n/* abc', 'Line 3: the comment has no end.'],
    ["x'0'", "Line 1: the blob x'…' has something else than pairs of hexadecimal digits."],
    ["x'0g'", "Line 1: the blob x'…' has something else than pairs of hexadecimal digits."],
    ['1abc', 'Line 1: the number "1" goes on with letters.'],
    ["'a\0b'", 'Line 1: a quoted text has a NUL character.'],
    ['a ! b', 'Line 1: the character "!" means nothing in SQL.'],
    ['a \u0007', 'Line 1: the character " " means nothing in SQL.'],
    ['x'.repeat(300_000), 'Line 1: the text is longer than 262144 characters.'],
  ])('%#', (text, sentence) => {
    expect(() => tokenize(text)).toThrow(sentence);
  });
});

test('a quoted name is never a keyword', () => {
  const { problems } = readStatements('"CREATE" TABLE t (id INTEGER PRIMARY KEY)');
  expect(problems.map(({ message }) => message)).toEqual([
    'Line 1: only CREATE statements are supported, not "CREATE".',
  ]);
});

test('whatever the text, statements are read or refused', () => {
  const words = fc.constantFrom(
    ...[
      'CREATE',
      'TABLE',
      'INDEX',
      'VIEW',
      'UNIQUE',
      'IF',
      'NOT',
      'EXISTS',
      'ON',
      'AS',
      'SELECT',
      'FROM',
      'WHERE',
      'CHECK',
    ],
    ...[
      'DEFAULT',
      'PRIMARY',
      'KEY',
      'REFERENCES',
      'NULL',
      'STRICT',
      'TRIGGER',
      'END',
      'INTEGER',
      'TEXT',
      'a',
      't',
      'id',
    ],
    ...['(', ')', ',', ';', '.', '=', "'x'", '1', '-', '--\n', '/*', '*/', "'", '"', '[', '`', "x'"],
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words, { maxLength: 60 }).map((parts) => parts.join(' ')),
    fc
      .array(words, { maxLength: 60 })
      .map((parts) => `CREATE TABLE t (${parts.join(' ')}); CREATE VIEW v AS SELECT ${parts.join(' ')}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const problem of readStatements(text).problems) {
        expect(problem).toBeInstanceOf(SqlProblem);
        expect(problem.message).toMatch(/^Line \d+: [^\n]+\.$/);
      }
    }),
    { numRuns: 500, seed: 4 },
  );
});

test('hostile texts are read or given up within moments', () => {
  const started = performance.now();
  const size = 250_000;
  for (const text of [
    '('.repeat(size),
    `CREATE TABLE t (${'('.repeat(size)}`,
    `CREATE TABLE t (id INTEGER CHECK (${'('.repeat(size)}`,
    `CREATE TABLE t (id INTEGER CHECK (${'NOT '.repeat(size / 4)}`,
    `CREATE TABLE t (id INTEGER CHECK (a ${'AND a '.repeat(size / 8)}`,
    `CREATE TABLE t (${'a,'.repeat(size / 2)}`,
    `CREATE TABLE t (${'CHECK,'.repeat(size / 6)}`,
    `CREATE TABLE t (a ${'x '.repeat(size / 2)})`,
    ';'.repeat(size),
    'CREATE '.repeat(size / 7),
    'x;'.repeat(size / 2),
    '/*'.repeat(size / 2),
    '\n'.repeat(size),
    "'".repeat(size - 1),
    '-'.repeat(size),
    '1'.repeat(size),
    `${'1e'.repeat(size / 2)}`,
  ])
    expect(readStatements(text).problems.length).toBeLessThan(110);
  expect(performance.now() - started).toBeLessThan(4000);
});
