import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { contentDisposition } from './disposition.ts';

test.each([
  ['my_photo_1_k3v9x0q2ab.PNG', 'inline; filename=my_photo_1_k3v9x0q2ab.PNG'],
  ['100x100_a.png', 'inline; filename=100x100_a.png'],
  ['my photo.png', 'inline; filename="my photo.png"'],
  ['a=b.txt', 'inline; filename="a=b.txt"'],
  ['a"b\\c.txt', 'inline; filename="a\\"b\\\\c.txt"'],
  ['é€.txt', `inline; filename="__.txt"; filename*=UTF-8''%C3%A9%E2%82%AC.txt`],
  ['😀.txt', `inline; filename="_.txt"; filename*=UTF-8''%F0%9F%98%80.txt`],
  [
    "it's (1) é*.txt",
    `inline; filename="it's (1) _*.txt"; filename*=UTF-8''it%27s%20%281%29%20%C3%A9%2A.txt`,
  ],
  ['50 %41.txt', `inline; filename="50 %41.txt"; filename*=UTF-8''50%20%2541.txt`],
  ['a\r\nSet-Cookie: x=1', 'inline; filename="aSet-Cookie: x=1"'],
  ['', 'inline; filename=""'],
])('%p is named safely', (name, expected) => {
  expect(contentDisposition('inline', name)).toBe(expected);
});

test('any name gives one valid header that carries it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const value = contentDisposition('attachment', name);
      expect(value).toMatch(
        /^attachment; filename=(?:[!#$%&'*+.^_`|~\w-]+|"(?:[^"\\\x00-\x1f\x7f-\uffff]|\\["\\])*")(?:; filename\*=UTF-8''[\w!#$&+.^`|~%-]*)?$/,
      );
      expect(new Headers({ 'content-disposition': value }).get('content-disposition')).toBe(value);
      const extended = /filename\*=UTF-8''(.*)$/.exec(value)?.[1];
      const printable = name.toWellFormed().replace(/\p{Cc}/gu, '');
      if (extended !== undefined) expect(decodeURIComponent(extended)).toBe(printable);
    }),
  );
});
