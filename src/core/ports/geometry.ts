/** A GeoJSON geometry (RFC 7946, section 3.1): any of its seven types, longitude before latitude. */
export interface GeoJson {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** How one geometry may lie to another; `contains` is `within` the other way round. */
export type GeometryTest = 'within' | 'intersects' | 'contains';

/** Plane geometry on GeoJSON. Synchronous, bounded in time by `effort`, and loaded at first use. */
export interface Geometry {
  /** Whether a value is a geometry: known type, finite positions, closed rings, and no more positions than are allowed. */
  isValid(value: unknown): value is GeoJson;
  /** Reads WKT. Undefined for what is none, is too long, or has a `;` or `'` in it. */
  fromWkt(text: string): GeoJson | undefined;
  /** Whether `a` lies so to `b`. False when either is no valid geometry, or the test cannot compare their types. */
  relates(test: GeometryTest, a: unknown, b: unknown): boolean;
  /** About how many positions `relates` holds against each other, as points are; 0 where it can tell without. */
  effort(test: GeometryTest, a: unknown, b: unknown): number;
}
