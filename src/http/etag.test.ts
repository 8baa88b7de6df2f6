import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { matchesStrongly, matchesWeakly, parseEtags } from './etag.ts';

test.each([
  ['"a"', ['"a"']],
  ['"a", W/"b" ,"c d,e"', ['"a"', 'W/"b"', '"c d,e"']],
  [', "a" ,, "b"', ['"a"', '"b"']],
  ['""', ['""']],
  ['a', []],
  ['"a', []],
  ['"a" x, "b"', []],
  ['"a" "b"', []],
  ['', []],
])('%p holds the tags %p', (value, tags) => {
  expect(parseEtags(value)).toEqual(tags);
});

test('the wildcard matches all', () => {
  expect(matchesWeakly(' * ', '"a"')).toBe(true);
  expect(matchesStrongly('*', 'W/"a"')).toBe(true);
});

test('weak comparison ignores weakness, strong comparison refuses it', () => {
  expect(matchesWeakly('W/"a"', '"a"')).toBe(true);
  expect(matchesWeakly('"a"', 'W/"a"')).toBe(true);
  expect(matchesStrongly('W/"a"', 'W/"a"')).toBe(false);
  expect(matchesStrongly('W/"a"', '"a"')).toBe(false);
  expect(matchesStrongly('"b", "a"', '"a"')).toBe(true);
  expect(matchesStrongly('"b"', '"a"')).toBe(false);
});

test('a list of any tags reads back as written', () => {
  const char = fc.constantFrom('a', ',', ' ', '!', '\u00ff', "'");
  const tag = fc
    .tuple(fc.boolean(), fc.string({ unit: char, maxLength: 8 }))
    .map(([weak, text]) => `${weak ? 'W/' : ''}"${text}"`);
  fc.assert(
    fc.property(
      fc.array(tag, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(',', ', ', ' ,\t'),
      (tags, comma) => {
        expect(parseEtags(tags.join(comma))).toEqual(tags);
      },
    ),
  );
});

test('any text is read in linear time without error', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void matchesWeakly(text, '"a"')));
  const start = performance.now();
  for (const piece of ['"', ' ', ',', 'W/', '" ']) parseEtags(piece.repeat(200_000));
  expect(performance.now() - start).toBeLessThan(1000);
});
