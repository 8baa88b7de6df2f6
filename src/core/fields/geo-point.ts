import type { Field, FieldType } from './field.ts';
import { fine, issue, textFromDb, unreadable } from './values.ts';

/** A place on the earth, in degrees. */
export interface GeoPointField extends Field {
  readonly type: 'geoPoint';
}

/** A value of a {@link GeoPointField}. */
export interface GeoPoint {
  readonly lon: number;
  readonly lat: number;
}

const ZERO: GeoPoint = { lon: 0, lat: 0 };

/** See {@link GeoPointField}. */
export const geoPointType: FieldType<GeoPointField> = {
  type: 'geoPoint',
  parse: (_input, base) => ({ field: { ...base, type: 'geoPoint' }, issues: [] }),
  isMultiple: () => false,
  column: () => `JSON DEFAULT '{"lon":0,"lat":0}' NOT NULL`,
  traits: () => ({ kind: 'geo', multiple: false }),
  zero: () => ZERO,
  fromDb: (value) => readPoint(castPoint(textFromDb(value))) ?? ZERO,
  toDb(value) {
    const { lon, lat } = readPoint(value) ?? ZERO;
    return JSON.stringify({ lon, lat });
  },
  cast: castPoint,
  validate(value, field) {
    const point = readPoint(value);
    if (point === undefined) return unreadable;
    if (point.lon === 0 && point.lat === 0) return field.required ? issue('required') : fine;
    if (!(point.lat >= -90 && point.lat <= 90)) return issue('invalid_latitude');
    return point.lon >= -180 && point.lon <= 180 ? fine : issue('invalid_longitude');
  },
};

function castPoint(input: unknown): unknown {
  if (input === null || input === undefined || input === '') return ZERO;
  if (typeof input !== 'string') return readPoint(input) ?? input;
  try {
    const parsed: unknown = JSON.parse(input);
    return parsed === null ? ZERO : (readPoint(parsed) ?? input);
  } catch {
    return input;
  }
}

/** A missing coordinate is 0. Undefined when the value is no object or a coordinate no number. */
function readPoint(value: unknown): GeoPoint | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const lon = 'lon' in value ? coordinate(value.lon) : 0;
  const lat = 'lat' in value ? coordinate(value.lat) : 0;
  return lon === undefined || lat === undefined ? undefined : { lon, lat };
}

function coordinate(value: unknown): number | undefined {
  if (value === null || value === '') return 0;
  const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
