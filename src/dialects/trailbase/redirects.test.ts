import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { allowedRedirect, type RedirectPolicy, withQuery } from './redirects.ts';

const SITE: RedirectPolicy = {
  site: 'https://shop.example.com',
  uris: ['https://partner.example.org/back?x=1', 'weird:thing'],
  schemes: ['myapp', 'javascript'],
};

test.each([
  ['/', '/'],
  ['/welcome?a=b#c', '/welcome?a=b#c'],
  ['/grüße', '/gr%C3%BC%C3%9Fe'],
  ['/a/../b', '/b'],
  ['/?next=//elsewhere.example', '/?next=//elsewhere.example'],
  ['https://shop.example.com/done', 'https://shop.example.com/done'],
  ['https://SHOP.example.com', 'https://shop.example.com/'],
  ['https://partner.example.org/back?x=1', 'https://partner.example.org/back?x=1'],
  ['myapp://signed-in', 'myapp://signed-in'],
  ['MyApp:signed-in', 'myapp:signed-in'],
  ['weird:thing', 'weird:thing'],
])('%s may be gone to', (target, location) => {
  expect(allowedRedirect(SITE, target)).toBe(location);
});

const REFUSED = [
  '',
  'welcome',
  '?x',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  ' //evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/%2e//evil.example',
  'https:evil.example',
  'https:/evil.example',
  'https://evil.example',
  'http://shop.example.com/',
  'https://shop.example.com:8443/',
  'https://shop.example.com.evil.example/',
  'https://shop.example.com@evil.example/',
  'https://user:pass@shop.example.com/',
  'https://partner.example.org/back?x=2',
  'https://partner.example.org/back',
  'http://localhost:3000/',
  'http://127.0.0.1/',
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  'otherapp://x',
  `/${'x'.repeat(3000)}`,
  '/\u0000',
  '/\ud800',
];

test.each(REFUSED)('%p may not', (target) => {
  expect(allowedRedirect(SITE, target)).toBeUndefined();
});

test('loopback may be gone to where the site itself is there', () => {
  const local = { ...SITE, site: 'http://localhost:4000' };
  for (const target of ['http://localhost:3000/x', 'http://127.0.0.1:9/', 'http://[::1]:1/']) {
    expect(allowedRedirect(local, target)).toBe(target);
  }
  expect(allowedRedirect(local, 'http://localhost.evil.example/')).toBeUndefined();
  expect(allowedRedirect(local, 'http://127.0.0.1.evil.example/')).toBeUndefined();
});

test('parameters are added to any allowed address', () => {
  expect(withQuery('/done?a=1#top', { code: 'x y' })).toBe('/done?a=1&code=x+y#top');
  expect(withQuery('myapp://cb', { code: 'abc' })).toBe('myapp://cb?code=abc');
  expect(withQuery('https://shop.example.com/', { code: '&' })).toBe('https://shop.example.com/?code=%26');
});

/** Pieces that attacks on redirects are made of. */
const piece = fc.constantFrom(
  ...['/', '//', '\\', '.', '..', '%2e', '%2f', '%5c', '@', ':', '?', '#', '\t', '\n', ' ', '\u0000'],
  ...['https:', 'http:', 'javascript:', 'myapp:', 'evil.example', 'shop.example.com', 'localhost', '[::1]'],
  ...['a', 'é', '\u2028', '\u3002', '\uff0f', '\ud800'],
);
const hostile = fc.array(piece, { maxLength: 9 }).map((parts) => parts.join(''));
const below = fc.array(piece, { maxLength: 3 }).map((parts) => `/a${parts.join('')}`);

test('no accepted address leaves the site, however a browser reads it', () => {
  const strict: RedirectPolicy = { site: SITE.site, uris: [], schemes: [] };
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(hostile, below, fc.string(), fc.webUrl()), (target) => {
      const location = allowedRedirect(strict, target);
      if (location === undefined) return;
      accepted++;
      expect(location).toMatch(/^[\x21-\x7e]+$/);
      // From any page of the site, and once more through a reader of what was read.
      const once = new URL(location, `${SITE.site}/some/page`);
      expect(once.origin).toBe(SITE.site);
      expect(new URL(once.pathname + once.search, SITE.site).origin).toBe(SITE.site);
      expect(new URL(withQuery(location, { code: 'x' }), SITE.site).origin).toBe(SITE.site);
    }),
    { numRuns: 3000 },
  );
  expect(accepted).toBeGreaterThan(50);
});
