import { expect, test } from 'bun:test';
import { createOneTimePasswords } from './otplib.ts';

const passwords = createOneTimePasswords();
/** "12345678901234567890", the secret of RFC 6238, appendix B. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
])('at %i the code of RFC 6238 is %s', async (seconds, code) => {
  expect(await passwords.match(SECRET, code, seconds * 1000 + 999)).toBe(Math.floor(seconds / 30));
});

test('the step before and the one after count as such, whenever in a step that is asked', async () => {
  for (const second of [0, 1, 15, 29]) {
    const now = (37_037_036 * 30 + second) * 1000;
    // 1,111,111,109 and 1,111,111,111 lie in neighbouring steps.
    expect(await passwords.match(SECRET, '081804', now)).toBe(37_037_036);
    expect(await passwords.match(SECRET, '050471', now)).toBe(37_037_037);
    expect(await passwords.match(SECRET, '081804', now + 30_000)).toBe(37_037_036);
    expect(await passwords.match(SECRET, '050471', now - 30_000)).toBeUndefined();
    expect(await passwords.match(SECRET, '081804', now + 60_000)).toBeUndefined();
  }
});

test.each(['', '28708', '2870820', '28708a', ' 287082', '٢٨٧٠٨٢'])('%j is no code', async (code) => {
  expect(await passwords.match(SECRET, code, 59_000)).toBeUndefined();
});

test('a secret is 160 bits in Base32, and an app takes it from a URL', async () => {
  const secret = await passwords.newSecret();
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(await passwords.newSecret()).not.toBe(secret);
  const url = new URL(await passwords.url(secret, 'News & more', 'mia@example.com'));
  expect([url.protocol, url.host, url.searchParams.get('secret')]).toEqual(['otpauth:', 'totp', secret]);
  expect(url.searchParams.get('issuer')).toBe('News & more');
});
