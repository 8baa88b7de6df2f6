import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { SqlProblem } from '../sql/problem.ts';
import { type ProtoMessage, type ProtoValue, readTextproto } from './textproto.ts';

/** The message as plain values, lists always. */
function plain({ fields }: ProtoMessage): Record<string, unknown> {
  return Object.fromEntries([...fields].map(([key, values]) => [key, values.map(value)]));
}

function value(each: ProtoValue): unknown {
  return each.kind === 'message' ? plain(each.message) : each.text;
}

test('messages with and without a colon, lists, repeated keys, comments and separators', () => {
  const text = `
    # the server
    server { site_url: "https://example.com"; logs: 604800, on: true }
    record_apis: [{ name: "a" acl_world: [CREATE, READ] }, < name: 'b' >,]
    record_apis: { name: "c" acl_world: DELETE acl_world: 16 }
    rate: -1.5e3`;
  expect(plain(readTextproto(text))).toEqual({
    server: [{ site_url: ['https://example.com'], logs: ['604800'], on: ['true'] }],
    record_apis: [
      { name: ['a'], acl_world: ['CREATE', 'READ'] },
      { name: ['b'] },
      { name: ['c'], acl_world: ['DELETE', '16'] },
    ],
    rate: ['-1.5e3'],
  });
});

test('texts: C escapes, bytes of UTF-8, and adjacent ones', () => {
  const text = String.raw`a: "x\n\t\"\'\\" 'y"z' # more
    "\303\251\xC3\xA9\u00e9\U0001F600é"`;
  expect(plain(readTextproto(text))).toEqual({ a: ['x\n\t"\'\\y"zééé😀é'] });
});

test('names of prototypes are keys like any other', () => {
  expect([...readTextproto('__proto__: 1 constructor: 2').fields.keys()]).toEqual([
    '__proto__',
    'constructor',
  ]);
});

describe('what cannot be read is refused with its line', () => {
  test.each([
    ['a', 'Line 1: a value is expected here.'],
    ['a 1', 'Line 1: a colon is expected after the key.'],
    ['\na: "x', 'Line 2: a text has no closing quote.'],
    ['a: "x\ny"', 'Line 2: a text has no closing quote.'],
    ['a: "\\q"', 'Line 1: an escape is not known.'],
    ['a: "\\U00110000"', 'Line 1: an escape stands for no character.'],
    ['a {\n b: 1', 'Line 2: the text ends where "}" is expected.'],
    ['}', 'Line 1: a key is expected, not "}".'],
    ['a: [1', 'Line 1: a value is expected here.'],
    ['a{'.repeat(40), 'Line 1: messages are nested more than 16 deep.'],
    ['#'.repeat(2_000_000), 'Line 1: the configuration is longer than 1048576 characters.'],
  ])('%#', (text, sentence) => {
    expect(() => readTextproto(text)).toThrow(sentence);
  });
});

test('whatever the text, it is read or refused, and soon', () => {
  const parts = fc.constantFrom(
    'a',
    ':',
    '{',
    '}',
    '<',
    '>',
    '[',
    ']',
    ',',
    '"x"',
    "'",
    '"',
    '\\',
    '#',
    '\n',
    '1',
    '-',
    ' ',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(parts, { maxLength: 40 }).map((each) => each.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        readTextproto(text);
      } catch (error) {
        expect(error).toBeInstanceOf(SqlProblem);
      }
    }),
    { numRuns: 500, seed: 4 },
  );
  const started = performance.now();
  for (const text of [
    'a{'.repeat(500_000),
    'a:['.repeat(300_000),
    'a:"'.repeat(300_000),
    'a:"x" '.repeat(150_000),
    `a: ${'"x" '.repeat(250_000)}`,
    '\n#'.repeat(500_000),
  ])
    expect(() => {
      readTextproto(text);
      throw new SqlProblem({ line: 1, column: 1 }, 'read');
    }).toThrow(SqlProblem);
  expect(performance.now() - started).toBeLessThan(3000);
});
