import { expect, test } from 'bun:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { jsLiteral, shellWord } from './code.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '"; process.exit(1); //',
    '</script><script>',
    '\u2028alert(1)',
    '$' + '{x}',
    '`',
    "\\'",
    '\r\n',
  ),
);

test('any value as a literal is that value, and nothing more', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.dictionary(fc.oneof(text, fc.constant('__proto__')), text),
      (value, members) => {
        const code = jsLiteral([value, members]);
        expect(code).not.toMatch(/<|\u2028|\u2029/);
        const read: unknown = runInNewContext(`JSON.stringify(${code})`);
        expect(read).toBe(JSON.stringify([value, members]));
      },
    ),
    { numRuns: 200 },
  );
  expect(jsLiteral(12n)).toBe('12n');
  expect(jsLiteral({ a: [1, 'b'], 'c d': { e: null } })).toBe(
    '{\n  a: [1, "b"],\n  "c d": {\n    e: null,\n  },\n}',
  );
});

test('any text as a word reaches a program as it is', () => {
  const hostile = [
    "'; touch x; '",
    '$(id)',
    '`id`',
    '-n',
    '"',
    '\\',
    'a b',
    "it's",
    '*',
    '~',
    '#',
    '',
    '\n',
    '!x',
  ];
  const sample = fc.sample(
    text.map((each) => each.replaceAll('\0', '').toWellFormed()),
    { numRuns: 100, seed: 7 },
  );
  const words = [...hostile, ...sample];
  const script = words.map((word) => `printf '%s\\0' ${shellWord(word)}`).join('\n');
  const { stdout, exitCode } = Bun.spawnSync(['sh'], { stdin: new TextEncoder().encode(script) });
  expect(exitCode).toBe(0);
  expect(stdout.toString().split('\0').slice(0, -1)).toEqual(words);
});
