import type { Field } from '../../core/index.ts';

/**
 * How a column's values look on this wire (specs/trailbase.md 2).
 *
 * - `key`: the id of the record; `reference`, `references`: ids of other records.
 * - `date`: text that the core reads as a time; `texts`: a JSON array of texts; `point`: `{lon, lat}`.
 * - `secret`: written, never read.
 */
export type ColumnKind =
  | 'key'
  | 'integer'
  | 'real'
  | 'bool'
  | 'text'
  | 'date'
  | 'bytes'
  | 'uuid'
  | 'any'
  | 'geometry'
  | 'json'
  | 'texts'
  | 'point'
  | 'reference'
  | 'references'
  | 'file'
  | 'files'
  | 'secret';

/** The kind of a field's column. A type that is not known here passes as JSON. */
export function columnKind(field: Field): ColumnKind {
  if (field.name === 'id') return 'key';
  return KINDS[field.type]?.(field) ?? 'json';
}

/** Ids of the collection that a relation refers to. */
export function targetOf(field: Field): string | undefined {
  return 'collectionId' in field && typeof field.collectionId === 'string' ? field.collectionId : undefined;
}

/** Whether it carries what the key refers to, and is no column of its own. */
export function isCarrier(field: Field): boolean {
  return 'equalsId' in field && field.equalsId === true;
}

/** By the name of the field type. */
const KINDS: Readonly<Record<string, (field: Field) => ColumnKind>> = {
  integer: () => 'integer',
  real: () => 'real',
  string: () => 'text',
  bytes: () => 'bytes',
  uuid: () => 'uuid',
  any: () => 'any',
  geometry: () => 'geometry',
  text: () => 'text',
  number: (field) => ('onlyInt' in field && field.onlyInt === true ? 'integer' : 'real'),
  bool: () => 'bool',
  email: () => 'text',
  url: () => 'text',
  editor: () => 'text',
  date: () => 'date',
  autodate: () => 'date',
  json: () => 'json',
  geoPoint: () => 'point',
  password: () => 'secret',
  select: (field) => (isMultiple(field) ? 'texts' : 'text'),
  relation: (field) => (isMultiple(field) ? 'references' : 'reference'),
  file: (field) => (isMultiple(field) ? 'files' : 'file'),
};

function isMultiple(field: Field): boolean {
  return 'maxSelect' in field && typeof field.maxSelect === 'number' && field.maxSelect > 1;
}
