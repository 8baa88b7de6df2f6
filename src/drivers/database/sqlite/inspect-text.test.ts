import { expect, test } from 'bun:test';
import { readInspection } from './inspect-text.ts';

test.each([
  ['main before many comments', `SELECT main${'/**/'.repeat(20_000)}x`],
  ['many comments before nothing that is a word', `${'/**/'.repeat(20_000)}1`],
  ['many comments that never end', `SELECT ${'main/*'.repeat(16_000)}`],
  ['many lines of comments', `SELECT ${'main --\n'.repeat(12_000)}x`],
  ['many brackets that never end', `SELECT ${'['.repeat(90_000)}`],
  ['many quotes of all kinds', `SELECT ${`'a"[\``.repeat(19_000)}`],
])('a text with %s is read at once', (_, text) => {
  const start = performance.now();
  try {
    readInspection(text);
  } catch {}
  expect(performance.now() - start).toBeLessThan(200);
});

test.each([
  'SELECT * FROM main.users',
  'SELECT * FROM "main" /* a */ -- b\n\t.users',
  "SELECT '--', password FROM main.users",
  "SELECT $a('), password FROM main/**/.users --'",
  'SELECT "/*", password FROM [main]/* . */./* */users',
  'SELECT 1 -- main\n.users',
])('what may name the schema is refused: %s', (text) => {
  expect(() => readInspection(text)).toThrow('sql_refused');
});

test('one statement is taken, without what ends it', () => {
  expect(readInspection('SELECT \';\', "a;b", [c;d], `e;f` -- ;\n/* ; */ ; ; -- end')).toBe(
    'SELECT \';\', "a;b", [c;d], `e;f` -- ;\n/* ; */ ',
  );
  expect(readInspection("SELECT 'it''s; main'")).toBe("SELECT 'it''s; main'");
  expect(() => readInspection("SELECT ''';'; SELECT 2")).toThrow('sql_refused');
  expect(() => readInspection('SELECT 1; /* */ SELECT 2')).toThrow('sql_refused');
});
