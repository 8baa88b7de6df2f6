import type { Api, ApiColumn } from './api.ts';
import type { WireRecord } from './shape.ts';

/** A list as GeoJSON: each record a feature of one column's geometry (specs/trailbase.md 5). */
export function featureCollection(api: Api, column: ApiColumn, records: readonly WireRecord[]): WireRecord {
  return { type: 'FeatureCollection', features: records.map((record) => feature(api, column, record)) };
}

function feature({ key }: Api, column: ApiColumn, record: WireRecord): WireRecord {
  const { [key.name]: id, [column.name]: shape, ...properties } = record;
  return { type: 'Feature', id, geometry: geometry(column, shape), properties };
}

/** Points of the core are degrees by name. */
function geometry({ kind }: ApiColumn, value: unknown): unknown {
  const isPoint = kind === 'point' && typeof value === 'object' && value !== null;
  if (!isPoint || !('lon' in value) || !('lat' in value)) return value;
  return { type: 'Point', coordinates: [value.lon, value.lat] };
}
