import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { matchesPattern, patternProblem } from '../../../core/fields/pattern/index.ts';
import { SqlProblem } from './problem.ts';
import { readRustPattern } from './rust-pattern.ts';

const at = { line: 1, column: 1 };
const finds = (pattern: string, text: string) => matchesPattern(readRustPattern(pattern, at), text);

function refusal(pattern: string): string {
  try {
    readRustPattern(pattern, at);
  } catch (error) {
    if (error instanceof SqlProblem) return error.what;
    throw error;
  }
  return 'taken';
}

describe('a pattern of REGEXP', () => {
  test.each([
    ['^[\\w]{3,24}$', ['Zoë', 'a_1', '日本語', 'x'.repeat(24)], ['ab', 'a-b', 'x'.repeat(25), 'abc\n', '']],
    ['\\d\\s\\W', ['1 -', '٣\u00a0!'], ['1 a', '1-!', '1 é']],
    ['[^\\d\\S]', [' ', '\u2003'], ['1', 'a', '٣']],
    ['b+', ['abba'], ['aa']],
    ['^[]a^]$', ['a', ']', '^'], ['b', '[']],
    ['^(?i:é)$', ['É', 'é'], ['e']],
    ['^\\[\\]\\\\$', ['[]\\'], ['[]']],
  ])('%s is found where SQLite there finds it', (pattern, yes, no) => {
    for (const text of yes) expect([text, finds(pattern, text)]).toEqual([text, true]);
    for (const text of no) expect([text, finds(pattern, text)]).toEqual([text, false]);
  });

  test.each([
    ['\\bword', 'a word boundary is not supported in a REGEXP.'],
    ['\\<word\\>', 'a word boundary is not supported in a REGEXP.'],
    ['[[:alpha:]]', '"[" within a class is not supported in a REGEXP.'],
    ['[a-z&&[^b]]', '"&&" within a class is not supported in a REGEXP.'],
    ['[\\d--5]', '"--" within a class is not supported in a REGEXP.'],
    ['[\\W_]', '"\\W" within a class is not supported in a REGEXP.'],
  ])('%s is refused, as it means something else here', (pattern, sentence) => {
    expect(refusal(pattern)).toBe(sentence);
  });

  test('of plain characters stays as it is, and nothing makes it another', () => {
    const part = fc.constantFrom('a', '.', '[ab]', '[^c-e]', '(x|y)', '\\.', '\\p{Lu}', '+', '{2}', '$', '^');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        expect(readRustPattern(parts.join(''), at)).toBe(parts.join(''));
      }),
      { numRuns: 200 },
    );
  });

  test('that the core cannot use either says so', () => {
    for (const pattern of ['(?=a)', '(a)\\1', '(', '[a'])
      expect(patternProblem(readRustPattern(pattern, at))).toBeString();
  });
});
