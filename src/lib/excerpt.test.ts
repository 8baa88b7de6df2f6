import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { excerpt } from './excerpt.ts';

test.each([
  ['<p>Hello <b>bold</b> world</p>', 'Hello bold world'],
  ['<p>one</p><p>two</p>', 'one two'],
  ['<div>one<div>two</div>three</div>', 'one two three'],
  ['a<br>b', 'ab'],
  ['  a \n\t b  ', 'a b'],
  ['<style>p { color: red }</style>text<script>if (a < b) "</p>"</script>', 'text'],
  ['x<form>hidden<form>more</form></form>y', 'xy'],
  ['x<img src="a>b" alt="no">y', 'xy'],
  ['x<svg/>y', 'xy'],
  ['x<!-- <p>no</p> -->y', 'xy'],
  ['1 < 2 &amp; 3 &gt; 2', '1 < 2 & 3 > 2'],
  ['&eacute;&#233;&#xE9;&nope;&hellip;', 'ééé&nope;…'],
  ['fish &amp;lt; chips', 'fish &lt; chips'],
  ['<p title="a > b">ok</p>', 'ok'],
  ['<p>cut short</p><a href="', 'cut short'],
  ['<script>never closed', ''],
  ['', ''],
])('%p reads as %p', (html, expected) => {
  expect(excerpt(html, 200)).toBe(expected);
});

test('a longer text is cut to characters, with dots when asked for', () => {
  expect(excerpt('<p>abc def</p>', 4)).toBe('abc');
  expect(excerpt('<p>abc def</p>', 4, true)).toBe('abc...');
  expect(excerpt('abc', 3, true)).toBe('abc');
  expect(excerpt('😀😀😀', 2, true)).toBe('😀😀...');
});

test('hostile markup takes linear time', () => {
  const start = performance.now();
  for (const piece of ['<', '<!--', '<a "', '</', '<script>', '<form>', '&', '<p', '<!', '<x/', ' <b> '])
    excerpt(piece.repeat(200_000), 100, true);
  expect(performance.now() - start).toBeLessThan(2000);
});

test('any text gives at most the wanted length and no error', () => {
  const piece = fc.constantFrom(
    '<p>',
    '</p>',
    '<',
    '>',
    '"',
    "='",
    '<script>',
    '</script>',
    '<!--',
    '-->',
    '&#',
    'a',
    ' ',
    '😀',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (pieces, max) => {
      const text = excerpt(pieces.join(''), max);
      expect([...text].length).toBeLessThanOrEqual(max);
      expect(text.trim()).toBe(text);
    }),
  );
});
