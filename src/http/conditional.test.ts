import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { decide, formatHttpDate } from './conditional.ts';

const lastModified = Date.UTC(2026, 2, 9, 10, 0, 0, 500);
const thing = { etag: '"v1"', lastModified, size: 100 };
const THEN = formatHttpDate(lastModified);
const BEFORE = formatHttpDate(lastModified - 1000);
const AFTER = formatHttpDate(lastModified + 1000);
const RANGE = 'bytes=0-9';
const PART = { status: 206, start: 0, end: 9 } as const;

test.each([
  ['no conditions', {}, { status: 200 }],
  ['a matching If-Match', { 'if-match': '"v0", "v1"' }, { status: 200 }],
  ['another If-Match', { 'if-match': '"v0"' }, { status: 412 }],
  ['a weak If-Match', { 'if-match': 'W/"v1"' }, { status: 412 }],
  [
    'If-Match before If-Unmodified-Since',
    { 'if-match': '"v1"', 'if-unmodified-since': BEFORE },
    { status: 200 },
  ],
  ['an older If-Unmodified-Since', { 'if-unmodified-since': BEFORE }, { status: 412 }],
  ['the same If-Unmodified-Since', { 'if-unmodified-since': THEN }, { status: 200 }],
  [
    'a failed precondition before a cached copy',
    { 'if-match': '"v0"', 'if-none-match': '"v1"' },
    { status: 412 },
  ],
  ['a matching If-None-Match', { 'if-none-match': 'W/"v1"' }, { status: 304 }],
  ['any If-None-Match', { 'if-none-match': '*' }, { status: 304 }],
  [
    'another If-None-Match before a date',
    { 'if-none-match': '"v0"', 'if-modified-since': AFTER },
    { status: 200 },
  ],
  ['the same If-Modified-Since', { 'if-modified-since': THEN }, { status: 304 }],
  ['an older If-Modified-Since', { 'if-modified-since': BEFORE }, { status: 200 }],
  ['a broken date', { 'if-modified-since': 'tomorrow', 'if-unmodified-since': '0' }, { status: 200 }],
  ['a cached copy before a range', { 'if-none-match': '"v1"', range: RANGE }, { status: 304 }],
  ['a range', { range: RANGE }, PART],
  ['a range beyond the end', { range: 'bytes=100-' }, { status: 416 }],
  ['several ranges', { range: 'bytes=0-1,5-6' }, { status: 200 }],
  ['If-Range with the tag', { range: RANGE, 'if-range': '"v1"' }, PART],
  ['If-Range with another tag', { range: RANGE, 'if-range': '"v0"' }, { status: 200 }],
  ['If-Range with a weak tag', { range: RANGE, 'if-range': 'W/"v1"' }, { status: 200 }],
  ['If-Range with the date', { range: RANGE, 'if-range': THEN }, PART],
  ['If-Range with a later date', { range: RANGE, 'if-range': AFTER }, { status: 200 }],
  ['If-Range with nonsense', { range: RANGE, 'if-range': 'v1' }, { status: 200 }],
  [
    'If-Range of another version with a range beyond the end',
    { range: 'bytes=100-', 'if-range': '"v0"' },
    { status: 200 },
  ],
  ['If-Range without a range', { 'if-range': '"v0"' }, { status: 200 }],
] as const)('%s is answered by the order of the RFC', (_, headers, answer) => {
  expect(decide(new Headers(headers), thing)).toEqual(answer);
});

test('a weak own tag never makes a part', () => {
  const headers = new Headers({ range: RANGE, 'if-range': 'W/"v1"' });
  expect(decide(headers, { ...thing, etag: 'W/"v1"' })).toEqual({ status: 200 });
});

test('HEAD ignores ranges', () => {
  expect(decide(new Headers({ range: RANGE }), thing, 'HEAD')).toEqual({ status: 200 });
});

test('the old date forms are understood', () => {
  for (const date of ['Monday, 09-Mar-26 10:00:00 GMT', 'Mon Mar  9 10:00:00 2026']) {
    expect(decide(new Headers({ 'if-modified-since': date }), thing)).toEqual({ status: 304 });
  }
});

test('any header values get an answer', () => {
  const value = fc.oneof(
    fc.constantFrom('"v1"', '*', THEN, RANGE),
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  );
  const names = [
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
    'if-range',
    'range',
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
      expect([200, 206, 304, 412, 416]).toContain(decide(new Headers(headers), thing).status);
    }),
  );
});
