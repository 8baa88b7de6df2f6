import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { openCursor, sealCursor } from './cursor.ts';

const key = new Uint8Array(32).fill(7);
const scope = { api: 'films', descending: true };

test('a cursor gives back its id, and shows nothing of it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), (id) => {
      const cursor = sealCursor(key, scope, id);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(openCursor(key, scope, cursor)).toBe(id);
    }),
    { numRuns: 100 },
  );
  expect(sealCursor(key, scope, '17')).not.toBe(sealCursor(key, scope, '17'));
});

test('a cursor of another API, order or key is refused', () => {
  const cursor = sealCursor(key, scope, '17');
  expect(() => openCursor(key, { ...scope, api: 'film' }, cursor)).toThrow('Bad cursor');
  expect(() => openCursor(key, { ...scope, descending: false }, cursor)).toThrow('Bad cursor');
  expect(() => openCursor(new Uint8Array(32), scope, cursor)).toThrow('Bad cursor');
});

test('a changed or shortened cursor is refused, wherever it was changed', () => {
  const sealed = Buffer.from(sealCursor(key, scope, '1234567890'), 'base64url');
  for (let at = 0; at < sealed.length; at++) {
    const forged = Buffer.from(sealed);
    forged[at] = (forged[at] ?? 0) ^ 1;
    expect(() => openCursor(key, scope, forged.toString('base64url'))).toThrow(/^Bad cursor$/);
    expect(() => openCursor(key, scope, sealed.subarray(0, at).toString('base64url'))).toThrow('Bad cursor');
  }
});

test('what is no base64 is said to be none', () => {
  for (const text of ['?', 'a b', 'A', 'ä', 'A'.repeat(5000)])
    expect(() => openCursor(key, scope, text)).toThrow('Bad cursor: b64');
  expect(() => openCursor(key, scope, '')).toThrow(/^Bad cursor$/);
});
