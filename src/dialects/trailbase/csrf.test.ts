import { expect, test } from 'bun:test';
import { hasCsrfToken, isForeign, isMeant } from './csrf.ts';

const SITE = 'https://shop.example.com';

function post(headers: Record<string, string>): Request {
  return new Request(`${SITE}/api`, { method: 'POST', headers });
}

test('the token of the session tells that a request is meant, in the header or the body', () => {
  expect(isMeant(post({ 'csrf-token': 'abc' }), SITE, { expected: 'abc' })).toBe(true);
  expect(isMeant(post({}), SITE, { expected: 'abc', sent: 'abc' })).toBe(true);
  expect(isMeant(post({ 'csrf-token': 'abd' }), SITE, { expected: 'abc' })).toBe(false);
  expect(isMeant(post({ 'csrf-token': 'abc' }), SITE, { expected: 'abc', sent: 'no' })).toBe(false);
});

test('no token is the token of nothing', () => {
  for (const expected of [undefined, null, '', 7]) {
    expect(hasCsrfToken(post({ 'csrf-token': '' }), { expected })).toBe(false);
    expect(hasCsrfToken(post({}), { expected, sent: expected })).toBe(false);
  }
});

test.each([
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site', origin: SITE }, false],
  [{ origin: SITE }, true],
  [{ origin: 'http://shop.example.com' }, false],
  [{ origin: 'https://shop.example.com.evil.example' }, false],
  [{ origin: 'null' }, false],
])('%p is meant: %p, foreign the other way round', (headers, meant) => {
  expect(isMeant(post(headers), SITE, { expected: undefined })).toBe(meant);
  expect(isForeign(post(headers), SITE)).toBe(!meant);
});

test('a client that says nothing of where it comes from is neither meant nor foreign', () => {
  expect(isMeant(post({}), SITE, { expected: 'abc' })).toBe(false);
  expect(isForeign(post({}), SITE)).toBe(false);
});
