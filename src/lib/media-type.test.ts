import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { bareMediaType, cleanMediaType } from './media-type.ts';

test('a claimed type is kept, its names in lower case and its parameters as they are', () => {
  expect(cleanMediaType('image/png')).toBe('image/png');
  expect(cleanMediaType(' Text/HTML; charset=UTF-8 ')).toBe('text/html; charset=UTF-8');
  expect(cleanMediaType('multipart/x; boundary="a b"')).toBe('multipart/x; boundary="a b"');
});

test('what does not look like a media type is no claim', () => {
  for (const text of [
    '',
    'png',
    'image/',
    '/png',
    'a/b/c',
    'image/png\r\nX-Evil: 1',
    'text/plain; é=1',
    'a/b;',
  ]) {
    expect(cleanMediaType(text)).toBe('');
  }
  expect(cleanMediaType(`a/${'b'.repeat(300)}`)).toBe('');
});

test('whatever is claimed, one line of ASCII comes out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
      for (const text of [a, `a/${b}`, `a/b; c=${a}`, `a/b; c="${b}"`]) {
        expect(cleanMediaType(text)).toMatch(/^[\x20-\x7e]{0,255}$/);
      }
    }),
    { numRuns: 200 },
  );
});

test('a bare type has no parameters', () => {
  expect(bareMediaType('Text/Plain ; charset=utf-8')).toBe('text/plain');
  expect(bareMediaType('image/png')).toBe('image/png');
});
