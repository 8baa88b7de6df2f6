import type { GeoJson } from '../../../core/ports/geometry.ts';

/** What positions may number in one geometry, and how deep collections may nest. */
const MAX_POSITIONS = 10_000;
const MAX_DEPTH = 8;

/** West, south, east, north. */
export type Box = readonly [number, number, number, number];

/** Levels of lists above positions, and how positions of each innermost list must stand. */
const TYPES: Readonly<
  Record<string, { readonly levels: number; readonly least: number; readonly closed: boolean }>
> = {
  Point: { levels: 0, least: 0, closed: false },
  MultiPoint: { levels: 1, least: 0, closed: false },
  LineString: { levels: 1, least: 2, closed: false },
  MultiLineString: { levels: 2, least: 2, closed: false },
  Polygon: { levels: 2, least: 4, closed: true },
  MultiPolygon: { levels: 3, least: 4, closed: true },
};

/** A geometry, the box around it, and how many positions it has. */
export interface Shape {
  readonly geometry: GeoJson;
  readonly box: Box;
  readonly positions: number;
}

/** Reads a valid geometry of at least one position and no more than are allowed; undefined for anything else. */
export function shapeOf(value: unknown): Shape | undefined {
  const seen: Seen = { count: 0, box: [Infinity, Infinity, -Infinity, -Infinity] };
  if (!isGeometry(value, seen, 0) || seen.count === 0) return undefined;
  const [west = 0, south = 0, east = 0, north = 0] = seen.box;
  return { geometry: value, box: [west, south, east, north], positions: seen.count };
}

interface Seen {
  count: number;
  readonly box: number[];
}

function isGeometry(value: unknown, seen: Seen, depth: number): value is GeoJson {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (value.type === 'GeometryCollection') {
    if (depth >= MAX_DEPTH || !('geometries' in value) || !Array.isArray(value.geometries)) return false;
    return value.geometries.every((part) => isGeometry(part, seen, depth + 1));
  }
  const type =
    typeof value.type === 'string' && Object.hasOwn(TYPES, value.type) ? TYPES[value.type] : undefined;
  if (type === undefined || !('coordinates' in value)) return false;
  if (type.levels === 0) return isPosition(value.coordinates, seen);
  return isNested(value.coordinates, type.levels, type, seen);
}

function isNested(
  value: unknown,
  levels: number,
  rule: { readonly least: number; readonly closed: boolean },
  seen: Seen,
): boolean {
  if (!Array.isArray(value)) return false;
  if (levels > 1) return value.every((part) => isNested(part, levels - 1, rule, seen));
  if (value.length < rule.least || seen.count + value.length > MAX_POSITIONS) return false;
  return value.every((position) => isPosition(position, seen)) && (!rule.closed || isClosed(value));
}

function isPosition(value: unknown, seen: Seen): boolean {
  if (!Array.isArray(value) || value.length < 2 || value.length > 4 || !value.every(Number.isFinite))
    return false;
  if (++seen.count > MAX_POSITIONS) return false;
  const [x, y] = value;
  const { box } = seen;
  box[0] = Math.min(box[0] ?? x, x);
  box[1] = Math.min(box[1] ?? y, y);
  box[2] = Math.max(box[2] ?? x, x);
  box[3] = Math.max(box[3] ?? y, y);
  return true;
}

function isClosed(ring: readonly (readonly number[])[]): boolean {
  const [first, last] = [ring[0], ring.at(-1)];
  return first?.[0] === last?.[0] && first?.[1] === last?.[1];
}
