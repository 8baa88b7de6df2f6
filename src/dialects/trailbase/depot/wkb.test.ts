import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { geometryFromWkb } from './wkb.ts';

/** Writes well-known binary from numbers: `[8, n]` one byte, `[32, n]` an unsigned integer, `[64, n]` a double. */
function wkb(parts: readonly (readonly [8 | 32 | 64, number])[], littleEndian = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(parts.reduce((sum, [bits]) => sum + bits / 8, 0)));
  let at = 0;
  for (const [bits, value] of parts) {
    if (bits === 8) view.setUint8(at, value);
    else if (bits === 32) view.setUint32(at, value, littleEndian);
    else view.setFloat64(at, value, littleEndian);
    at += bits / 8;
  }
  return new Uint8Array(view.buffer);
}

const xy = (x: number, y: number) => [[64, x] as const, [64, y] as const];

test('a point is read in both byte orders, with height, measure and reference system', () => {
  const point = { type: 'Point', coordinates: [12.5, -41.25] };
  expect(geometryFromWkb(wkb([[8, 1], [32, 1], ...xy(12.5, -41.25)]))).toEqual(point);
  expect(geometryFromWkb(wkb([[8, 0], [32, 1], ...xy(12.5, -41.25)], false))).toEqual(point);
  expect(geometryFromWkb(wkb([[8, 1], [32, 0x20000001], [32, 4326], ...xy(12.5, -41.25)]))).toEqual(point);
  const high = { type: 'Point', coordinates: [1, 2, 3] };
  expect(geometryFromWkb(wkb([[8, 1], [32, 1001], ...xy(1, 2), [64, 3]]))).toEqual(high);
  expect(geometryFromWkb(wkb([[8, 1], [32, 0xc0000001], ...xy(1, 2), ...xy(3, 9)]))).toEqual(high);
});

test('lines, areas and their collections are read', () => {
  const ring = [[32, 4] as const, ...xy(0, 0), ...xy(4, 0), ...xy(4, 4), ...xy(0, 0)];
  const polygon = [[8, 1] as const, [32, 3] as const, [32, 1] as const, ...ring];
  const coordinates = [
    [
      [0, 0],
      [4, 0],
      [4, 4],
      [0, 0],
    ],
  ];
  expect(geometryFromWkb(wkb(polygon))).toEqual({ type: 'Polygon', coordinates });
  expect(geometryFromWkb(wkb([[8, 1], [32, 6], [32, 1], ...polygon]))).toEqual({
    type: 'MultiPolygon',
    coordinates: [coordinates],
  });
  expect(geometryFromWkb(wkb([[8, 1], [32, 7], [32, 1], ...polygon]))).toEqual({
    type: 'GeometryCollection',
    geometries: [{ type: 'Polygon', coordinates }],
  });
});

test('what is no geometry is none', () => {
  const cases = [
    wkb([]),
    wkb([[8, 7]]),
    wkb([
      [8, 1],
      [32, 99],
    ]),
    wkb([
      [8, 1],
      [32, 2],
      [32, 0xffffffff],
    ]),
    wkb([[8, 1], [32, 1], ...xy(1, 2), [8, 0]]),
    wkb([
      [8, 1],
      [32, 4],
      [32, 1],
      [8, 1],
      [32, 2],
      [32, 0],
    ]),
  ];
  for (const bytes of cases) expect(geometryFromWkb(bytes)).toBeUndefined();
});

test('no bytes make it throw, or take long', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 9 }), (bytes, kind) => {
      geometryFromWkb(bytes);
      geometryFromWkb(Uint8Array.from([1, kind, 0, 0, 0, ...bytes]));
    }),
  );
});
