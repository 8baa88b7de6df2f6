import type { GeoJson, Geometry, GeometryTest } from '../../../core/ports/geometry.ts';
import { type Box, shapeOf } from './shape.ts';

type Test = (a: GeoJson, b: GeoJson) => boolean;

/** Characters of a WKT text. */
const MAX_WKT = 8_192;
/** Pairs with a point that take as long as one of lines or areas: some 800 ns, where they lie inside. */
const LINE_EFFORT = 20;
const POINTS = new Set(['Point', 'MultiPoint']);

/** Geometry by Turf, which is loaded at the first comparison. Coordinates are compared in the plane, heights not at all. */
export function createTurfGeometry(): Geometry {
  let loaded: { readonly within: Test; readonly intersects: Test } | undefined;
  const turf = () => {
    loaded ??= load();
    return loaded;
  };

  /** Turf knows no parts of a collection, and no several lines or areas within something. */
  function isWithin(a: GeoJson, b: GeoJson): boolean {
    const inner = partsOf(a, WHOLE_INSIDE);
    if (inner !== undefined) return inner.length > 0 && inner.every((part) => isWithin(part, b));
    const outer = partsOf(b, WHOLE_OUTSIDE);
    return outer === undefined ? turf().within(a, b) : outer.some((part) => isWithin(a, part));
  }

  function holds(test: GeometryTest, a: GeoJson, b: GeoJson): boolean {
    switch (test) {
      case 'within':
        return isWithin(a, b);
      case 'contains':
        return isWithin(b, a);
      case 'intersects':
        return turf().intersects(a, b);
    }
  }

  return {
    isValid: (value): value is GeoJson => shapeOf(value) !== undefined,
    fromWkt(text) {
      if (text.length > MAX_WKT || /[;']/.test(text)) return undefined;
      return shapeOf(readWkt(text))?.geometry;
    },
    relates(test, a, b) {
      const [left, right] = [shapeOf(a), shapeOf(b)];
      if (left === undefined || right === undefined || !mayHold(test, left.box, right.box)) return false;
      try {
        return holds(test, left.geometry, right.geometry);
      } catch {
        return false;
      }
    },
    effort(test, a, b) {
      const [left, right] = [shapeOf(a), shapeOf(b)];
      if (left === undefined || right === undefined || !mayHold(test, left.box, right.box)) return 0;
      const isOfPoints = POINTS.has(left.geometry.type) || POINTS.has(right.geometry.type);
      return left.positions * right.positions * (isOfPoints ? 1 : LINE_EFFORT);
    },
  };
}

/** Not imported at the top: few databases have a geometry. */
function load(): { readonly within: Test; readonly intersects: Test } {
  const { booleanWithin }: { booleanWithin: Test } = require('@turf/boolean-within');
  const { booleanIntersects }: { booleanIntersects: Test } = require('@turf/boolean-intersects');
  return { within: booleanWithin, intersects: booleanIntersects };
}

function readWkt(text: string): GeoJson | undefined {
  const { wktToGeoJSON }: { wktToGeoJSON(text: string): GeoJson | null } = require('betterknown');
  try {
    return wktToGeoJSON(text) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Boxes are cheap to compare, and most geometries are nowhere near each other. */
function mayHold(test: GeometryTest, a: Box, b: Box): boolean {
  if (test === 'within') return isInside(a, b);
  if (test === 'contains') return isInside(b, a);
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

function isInside(inner: Box, outer: Box): boolean {
  return inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3];
}

/** Types that Turf takes only in parts, as what lies inside and as what lies around. */
const WHOLE_INSIDE = new Set(['MultiLineString', 'MultiPolygon', 'GeometryCollection']);
const WHOLE_OUTSIDE = new Set(['MultiLineString', 'GeometryCollection']);

function partsOf(geometry: GeoJson, types: ReadonlySet<string>): readonly GeoJson[] | undefined {
  const { type, coordinates, geometries } = geometry;
  if (!types.has(type)) return undefined;
  if (Array.isArray(geometries)) return geometries;
  const single = type.replace('Multi', '');
  return Array.isArray(coordinates) ? coordinates.map((part) => ({ type: single, coordinates: part })) : [];
}
