import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { cleanOriginalName, storedName } from './file-name.ts';

const random10 = () => 'k3v9x0q2ab';
const SAFE = /^[a-z0-9_]{2,110}_k3v9x0q2ab(\.[\w.*\-+=#]{1,20})?$/;

test.each([
  ['My Photo (1).PNG', 'my_photo_1_k3v9x0q2ab.PNG'],
  ['a.tar.gz', 'ak3v9x0q2ab_k3v9x0q2ab.tar.gz'],
  ['archive.tar.gz', 'archive_k3v9x0q2ab.tar.gz'],
  ['my.photo.v2.jpg', 'my_photo_k3v9x0q2ab.v2.jpg'],
  ['noext', 'noext_k3v9x0q2ab.bin'],
  ['dots..', 'dots_k3v9x0q2ab.bin'],
  ['dots.txt.', 'dots_k3v9x0q2ab.txt'],
  ['.htaccess', 'k3v9x0q2ab_k3v9x0q2ab.htaccess'],
  ['../../etc/passwd', 'k3v9x0q2ab_k3v9x0q2ab.etcpasswd'],
  ['..\\x', 'k3v9x0q2ab_k3v9x0q2ab.x'],
  ['a\0b\r\nSet-Cookie: x.png', 'a_b_set_cookie_x_k3v9x0q2ab.png'],
  ['\u202egnp.exe', 'gnp_k3v9x0q2ab.exe'],
  ['😀🎉.jpg', 'k3v9x0q2ab_k3v9x0q2ab.jpg'],
  ['файл.pdf', 'k3v9x0q2ab_k3v9x0q2ab.pdf'],
  ['', 'k3v9x0q2ab_k3v9x0q2ab.bin'],
  ['x.p😀ng', 'xk3v9x0q2ab_k3v9x0q2ab.png'],
  [`name.${'e'.repeat(30)}`, `name_k3v9x0q2ab.${'e'.repeat(20)}`],
  [`${'n'.repeat(300)}.txt`, `${'n'.repeat(100)}_k3v9x0q2ab.txt`],
])('%p is stored as %p', (name, expected) => {
  expect(storedName(name, '.bin', random10)).toBe(expected);
});

test('at most the last 300 bytes of a name are looked at', () => {
  expect(storedName(`SECRET${'é'.repeat(148)}.txt`, '', random10)).toBe('k3v9x0q2ab_k3v9x0q2ab.txt');
});

const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({
    unit: fc.constantFrom('.', '/', '\\', 'a', 'B', '\0', '\r', '\n', '\u202e', '*', ' '),
    maxLength: 200,
  }),
);

test('any name is stored under a short and safe one', () => {
  fc.assert(
    fc.property(names, names, (name, ext) => {
      const stored = storedName(name, ext, random10);
      expect(stored).toMatch(SAFE);
      expect(stored.length).toBeLessThanOrEqual(150);
    }),
  );
});

test('a million dots take no time', () => {
  const start = performance.now();
  storedName(`${'.'.repeat(1_000_000)}x`, '', random10);
  storedName(`x.${'a.'.repeat(500_000)}`, '', random10);
  expect(performance.now() - start).toBeLessThan(500);
});

test.each([
  ['C:\\Users\\me\\Photo.png', 'Photo.png'],
  ['../x', 'x'],
  ['..', 'file'],
  ['a/', 'file'],
  ['', 'file'],
  ['a\0b\r\nc.txt', 'abc.txt'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['e\u0301te\u0301.txt', 'été.txt'],
  ['e\u200e\u0301.txt', 'é.txt'],
  ['👩‍🚀.png', '👩‍🚀.png'],
  ['\ud800.txt', '\ufffd.txt'],
  [`${'é'.repeat(200)}.tar`, `${'é'.repeat(125)}.tar`],
])('the original name %p is kept as %p', (name, expected) => {
  expect(cleanOriginalName(name)).toBe(expected);
});

test('a cleaned name is short, printable, one segment, and stays as it is', () => {
  fc.assert(
    fc.property(names, (name) => {
      const clean = cleanOriginalName(name);
      expect(clean).not.toBe('');
      expect(Buffer.byteLength(clean)).toBeLessThanOrEqual(255);
      expect(clean).not.toMatch(/[\p{Cc}/\\\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      expect(clean.normalize('NFC')).toBe(clean);
      expect(cleanOriginalName(clean)).toBe(clean);
    }),
  );
});
