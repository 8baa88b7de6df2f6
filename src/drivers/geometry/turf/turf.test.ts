import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createTurfGeometry } from './index.ts';

const geometry = createTurfGeometry();
const wkt = (text: string) => {
  const read = geometry.fromWkt(text);
  if (read === undefined) throw new Error(`no geometry: ${text}`);
  return read;
};
const SQUARE = 'POLYGON((0 0,10 0,10 10,0 10,0 0))';
const HOLED = 'POLYGON((0 0,10 0,10 10,0 10,0 0),(4 4,6 4,6 6,4 6,4 4))';
const TWO = 'MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)),((5 5,9 5,9 9,5 9,5 5)))';

describe('what lies within what', () => {
  const rows: [string, 'within' | 'contains' | 'intersects', string, boolean][] = [
    ['POINT(5 5)', 'within', SQUARE, true],
    ['POINT(11 5)', 'within', SQUARE, false],
    ['POINT(5 5)', 'within', HOLED, false],
    [SQUARE, 'contains', 'POINT(5 5)', true],
    ['POINT(5 5)', 'contains', SQUARE, false],
    ['LINESTRING(1 1,2 2)', 'within', SQUARE, true],
    ['LINESTRING(1 1,20 2)', 'within', SQUARE, false],
    ['LINESTRING(1 1,20 2)', 'intersects', SQUARE, true],
    ['POLYGON((1 1,2 1,2 2,1 2,1 1))', 'within', SQUARE, true],
    ['POLYGON((6 6,7 6,7 7,6 7,6 6))', 'within', TWO, true],
    ['POINT(3 3)', 'within', TWO, false],
    [TWO, 'within', SQUARE, true],
    ['MULTILINESTRING((1 1,2 2),(3 3,4 4))', 'within', SQUARE, true],
    ['MULTILINESTRING((1 1,2 2),(3 3,14 4))', 'within', SQUARE, false],
    ['GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(1 1,2 2))', 'within', SQUARE, true],
    ['POINT(1 1)', 'within', `GEOMETRYCOLLECTION(${SQUARE},POINT(50 50))`, true],
    ['POINT(1 1)', 'within', 'GEOMETRYCOLLECTION(POINT(2 1),POINT(50 50))', false],
    ['POINT(50 50)', 'intersects', SQUARE, false],
    [SQUARE, 'within', 'POINT(5 5)', false],
  ];
  test.each(rows)('%s %s %s: %p', (a, how, b, expected) => {
    expect(geometry.relates(how, wkt(a), wkt(b))).toBe(expected);
  });
});

test('well-known text becomes GeoJSON', () => {
  expect(geometry.fromWkt('POINT (30 10.5)')).toEqual({ type: 'Point', coordinates: [30, 10.5] });
  expect(geometry.fromWkt('MULTIPOINT ((10 40), (40 30))')).toEqual({
    type: 'MultiPoint',
    coordinates: [
      [10, 40],
      [40, 30],
    ],
  });
});

test('text that is none, names a reference system, ends a statement, or is too long is refused', () => {
  const texts = [
    '',
    'POINT',
    'POINT(1)',
    'POINT(a b)',
    'POINT EMPTY',
    'SRID=4326;POINT(1 2)',
    "POINT(1 2)'",
    '{}',
  ];
  for (const text of texts) expect(geometry.fromWkt(text)).toBeUndefined();
  expect(geometry.fromWkt('POLYGON((0 0,1 0,1 1))')).toBeUndefined();
  expect(geometry.fromWkt(`LINESTRING(${'1 1,'.repeat(5000)}1 1)`)).toBeUndefined();
  expect(geometry.fromWkt('GEOMETRYCOLLECTION('.repeat(800))).toBeUndefined();
  expect(geometry.fromWkt(`${'GEOMETRYCOLLECTION('.repeat(9)}POINT(1 1)${')'.repeat(9)}`)).toBeUndefined();
});

test('only whole geometries of bounded size are valid', () => {
  const ring = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 0],
  ];
  expect(geometry.isValid({ type: 'Polygon', coordinates: [ring] })).toBe(true);
  expect(geometry.isValid({ type: 'Point', coordinates: [1, 2, 3] })).toBe(true);
  const wrong = [
    ...[null, 5, 'POINT(1 1)', [], {}, { type: 'Point' }, { type: 'point', coordinates: [1, 1] }],
    { type: 'Feature', geometry: { type: 'Point', coordinates: [1, 1] } },
    { type: 'toString', coordinates: [1, 1] },
    { type: 'Point', coordinates: [1] },
    { type: 'Point', coordinates: [1, Number.NaN] },
    { type: 'Point', coordinates: [1, Number.POSITIVE_INFINITY] },
    { type: 'Point', coordinates: [1, '2'] },
    { type: 'LineString', coordinates: [[0, 0]] },
    { type: 'Polygon', coordinates: [ring.slice(0, 3)] },
    { type: 'Polygon', coordinates: [[...ring.slice(0, 3), [5, 5]]] },
    { type: 'MultiPoint', coordinates: [] },
    { type: 'MultiPoint', coordinates: Array.from({ length: 10_001 }, () => [0, 0]) },
    { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: ['a', 1] }] },
  ];
  for (const value of wrong) expect(geometry.isValid(value)).toBe(false);
});

test('nothing makes it throw, and nothing relates to what is no geometry', () => {
  const point = { type: 'Point', coordinates: [1, 1] };
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      expect(geometry.relates('intersects', value, point)).toBe(false);
      expect(geometry.isValid(value)).toBe(false);
      geometry.fromWkt(text);
    }),
    { numRuns: 200 },
  );
});

test('a point is within what contains it, and the other way round', () => {
  const place = fc.double({ min: -20, max: 20, noNaN: true });
  fc.assert(
    fc.property(place, place, (x, y) => {
      const point = { type: 'Point', coordinates: [x, y] };
      const inside = x > 0 && x < 10 && y > 0 && y < 10;
      const onEdge = !inside && x >= 0 && x <= 10 && y >= 0 && y <= 10;
      if (onEdge) return;
      expect(geometry.relates('within', point, wkt(SQUARE))).toBe(inside);
      expect(geometry.relates('contains', wkt(SQUARE), point)).toBe(inside);
      expect(geometry.relates('intersects', wkt(SQUARE), point)).toBe(inside);
    }),
    { numRuns: 200 },
  );
});

describe('effort', () => {
  const circle = (count: number, radius: number) => {
    const turn = (i: number) => (2 * Math.PI * (i % count)) / count;
    return Array.from({ length: count + 1 }, (_, i) => [
      radius * Math.cos(turn(i)),
      radius * Math.sin(turn(i)),
    ]);
  };
  const area = { type: 'Polygon', coordinates: [circle(500, 9)] };
  const line = { type: 'LineString', coordinates: circle(500, 4) };

  test('is that of every pair of positions, and lines are more work than points', () => {
    const points = { type: 'MultiPoint', coordinates: circle(500, 4) };
    expect(geometry.effort('within', points, area)).toBe(501 * 501);
    expect(geometry.effort('within', line, area)).toBeGreaterThan(10 * 501 * 501);
    expect(geometry.effort('contains', area, line)).toBe(geometry.effort('within', line, area));
  });

  test('is none where the boxes tell', () => {
    const far = { type: 'Point', coordinates: [50, 50] };
    expect(geometry.effort('intersects', far, area)).toBe(0);
    expect(geometry.effort('within', area, line)).toBe(0);
    expect(geometry.effort('within', null, area)).toBe(0);
  });
});
