import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { readCookie, writeCookie } from './cookie.ts';

test.each([
  ['a=1; b=2', 'b', '2'],
  ['a=1;b=2', 'a', '1'],
  ['ab=1; b=2', 'b', '2'],
  ['b=1; b=2', 'b', '1'],
  ['b="q"', 'b', 'q'],
  ['b=x=y', 'b', 'x=y'],
  ['b=%C3%A9', 'b', 'é'],
  ['b=%zz', 'b', '%zz'],
  ['b=', 'b', ''],
  ['a=b', 'b', undefined],
  ['b', 'b', undefined],
  [null, 'b', undefined],
])('in %p the cookie %p is %p', (header, name, expected) => {
  expect(readCookie(header, name)).toBe(expected);
});

test('a cookie is safe by default', () => {
  expect(writeCookie('__Host-session', 'a b', { maxAge: 60, sameSite: 'Strict' })).toBe(
    '__Host-session=a%20b; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict',
  );
  expect(writeCookie('s', '', { maxAge: 0, secure: false, httpOnly: false, path: '/_/' })).toBe(
    's=; Path=/_/; Max-Age=0; SameSite=Lax',
  );
});

test('what browsers would refuse is refused', () => {
  expect(() => writeCookie('__Host-s', '', { secure: false })).toThrow(RangeError);
  expect(() => writeCookie('__Host-s', '', { path: '/x' })).toThrow(RangeError);
  expect(() => writeCookie('__Secure-s', '', { secure: false })).toThrow(RangeError);
  expect(() => writeCookie('s', '', { sameSite: 'None', secure: false })).toThrow(RangeError);
  expect(() => writeCookie('s', '', { path: '/;x' })).toThrow(RangeError);
  expect(() => writeCookie('s s', '')).toThrow(RangeError);
  expect(() => writeCookie('s', '', { maxAge: 1.5 })).toThrow(RangeError);
});

test('any value comes back as it was set, and adds no attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const pair = writeCookie('s', value).split('; ')[0] ?? '';
      expect(writeCookie('s', value)).toBe(`${pair}; Path=/; Secure; HttpOnly; SameSite=Lax`);
      expect(pair).toMatch(/^s=[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/);
      expect(readCookie(`x=1; ${pair}`, 's')).toBe(value.toWellFormed());
    }),
  );
});
