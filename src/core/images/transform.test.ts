import { expect, test } from 'bun:test';
import { AppError } from '../errors.ts';
import type { ImageTransform } from '../ports/images.ts';
import { isPictureType, transformKey } from './transform.ts';

const thumb: ImageTransform = { width: 300, height: 200, fit: 'cover', anchor: 'center', format: 'source' };

test('every property that matters is in the key', () => {
  const others: readonly Partial<ImageTransform>[] = [
    {},
    { width: 301 },
    { height: 201 },
    { fit: 'inside' },
    { anchor: 'top' },
    { anchor: 'bottom' },
    { format: 'webp' },
    { quality: 80 },
  ];
  const keys = others.map((change) => transformKey({ ...thumb, ...change }));
  expect(new Set(keys).size).toBe(others.length);
  expect(keys[0]).toBe('300x200-cover-center-source-0');
});

test('an anchor counts only where something is cut off', () => {
  expect(transformKey({ ...thumb, fit: 'inside', anchor: 'top' })).toBe(
    transformKey({ ...thumb, fit: 'inside' }),
  );
  expect(transformKey({ ...thumb, width: 0, anchor: 'top' })).toBe(transformKey({ ...thumb, width: 0 }));
});

test.each<[string, Record<string, unknown>]>([
  ['both sides 0', { width: 0, height: 0 }],
  ['a side beyond 4096', { width: 4097 }],
  ['a negative side', { height: -1 }],
  ['a fraction', { width: 10.5 }],
  ['not a number', { width: Number.NaN }],
  ['an unknown fit', { fit: 'fill' }],
  ['an unknown anchor', { anchor: '../../x' }],
  ['an unknown format', { format: 'svg' }],
  ['quality 0', { quality: 0 }],
  ['quality 101', { quality: 101 }],
])('%s is refused', (_, change) => {
  const bad: ImageTransform = Object.assign({}, thumb, change);
  let caught: unknown;
  try {
    transformKey(bad);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(AppError);
  expect(caught).toMatchObject({ code: 'invalid', reason: 'bad_transform' });
});

test('pictures are made from raster images, never from SVG', () => {
  expect(isPictureType('image/jpeg')).toBe(true);
  expect(isPictureType('image/svg+xml')).toBe(false);
  expect(isPictureType('application/pdf')).toBe(false);
});
