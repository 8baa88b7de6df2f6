import type { Actor, Core } from '../../core/index.ts';
import { type Api, type ApiColumn, apiOf, mayWrite } from './api.ts';
import type { ColumnKind } from './column-kind.ts';

/** What a schema describes: the body of a create or of a change, or what a read gives. */
export type SchemaMode = 'Insert' | 'Update' | 'Select';

/** A JSON Schema, or a part of one. */
type Schema = Readonly<Record<string, unknown>>;

/** A column's schema, and what its `$ref` leads to. */
interface Described {
  readonly schema: Schema;
  readonly definition?: readonly [name: string, schema: Schema];
}

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const GEOMETRY = '_geojson_geometry';
const ANYTHING = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

/**
 * The JSON Schema of an API's records (specs/trailbase.md 7). Columns that are written and never read are left out of
 * `Select`, those that the actor may not write out of the others. `required`: in `Insert` what has no default and may not be null, in `Select` what is never null, in `Update`
 * nothing.
 */
export function jsonSchema(core: Core, actor: Actor, api: Api, mode: SchemaMode): Schema {
  const properties: Record<string, Schema> = Object.create(null);
  const definitions: Record<string, Schema> = Object.create(null);
  const required: string[] = [];
  const columns = mode === 'Select' ? api.shown : api.columns.filter((column) => mayWrite(actor, column));
  for (const column of columns) {
    const { schema, definition } = describe(core, actor, api, column, mode);
    properties[column.name] = schema;
    if (definition !== undefined) definitions[definition[0]] = definition[1];
    if (isRequired(column, mode)) required.push(column.name);
  }
  return {
    $schema: DRAFT,
    title: api.name,
    type: 'object',
    properties,
    required,
    ...(Object.keys(definitions).length > 0 ? { $defs: definitions } : {}),
  };
}

function describe(core: Core, actor: Actor, api: Api, column: ApiColumn, mode: SchemaMode): Described {
  if (mode === 'Select' && api.expand.has(column.name)) {
    const parent = column.target && apiOf(core, column.target);
    const data = parent === undefined ? { type: 'object' } : rowSchema(core, actor, parent);
    return referring(`${api.name}.${column.name}`, column, {
      type: 'object',
      properties: { id: { type: idType(column.target?.idKind) }, data },
      required: ['id'],
    });
  }
  return DESCRIBERS[column.kind](column, api, mode);
}

/** A parent's columns, its own relations being ids. */
function rowSchema(core: Core, actor: Actor, api: Api): Schema {
  const schema = jsonSchema(core, actor, { ...api, expand: new Set() }, 'Select');
  const { $defs: definitions } = schema;
  // References lead from the root: what the parent needs stands inside instead.
  return { type: 'object', properties: inlined(schema.properties, definitions), required: schema.required };
}

function inlined(properties: unknown, definitions: unknown): Schema {
  const entries = Object.entries(Object(properties)).map(([name, schema]): [string, unknown] => {
    const reference: unknown = Reflect.get(Object(schema), '$ref');
    if (typeof reference !== 'string') return [name, schema];
    return [name, Reflect.get(Object(definitions), reference.slice('#/$defs/'.length))];
  });
  return Object.fromEntries(entries);
}

type Describer = (column: ApiColumn, api: Api, mode: SchemaMode) => Described;

const typed =
  (type: string): Describer =>
  (column) => ({ schema: { type: isNullable(column) ? ['null', type] : type } });

const text = typed('string');

const DESCRIBERS = {
  key: (_column, { collection }) => ({ schema: { type: idType(collection.idKind) } }),
  integer: typed('integer'),
  real: typed('number'),
  bool: typed('boolean'),
  text,
  date: text,
  bytes: text,
  uuid: text,
  secret: text,
  any: () => ({ schema: { type: ANYTHING } }),
  geometry: (column) => referring(GEOMETRY, column, GEOMETRY_SCHEMA),
  json(column) {
    const schema = 'schema' in column.field ? column.field.schema : null;
    if (typeof schema !== 'object' || schema === null) return { schema: { type: ANYTHING } };
    return referring(column.name, column, ownResource(column, schema));
  },
  texts: () => ({ schema: { type: 'array', items: { type: 'string' } } }),
  point: () => ({
    schema: {
      type: 'object',
      properties: { lon: { type: 'number' }, lat: { type: 'number' } },
      required: ['lon', 'lat'],
    },
  }),
  reference: (column, api, mode) => typed(idType(column.target?.idKind))(column, api, mode),
  references: ({ target }) => ({ schema: { type: 'array', items: { type: idType(target?.idKind) } } }),
  file: (column, _api, mode) => referring(column.name, column, fileSchema(mode)),
  files: (column, _api, mode) =>
    referring(column.name, column, { title: 'std.FileUploads', type: 'array', items: fileSchema(mode) }),
} as const satisfies Record<ColumnKind, Describer>;

/** References within a schema lead from its own root, also where it stands in another. */
function ownResource({ field }: ApiColumn, schema: object): Schema {
  const refers = JSON.stringify(schema).includes('"$ref"');
  return refers ? { $id: `urn:dossier:${field.id}`, ...schema } : { ...schema };
}

/** A schema that stands among the definitions, null allowed where the column may be null. */
function referring(name: string, column: ApiColumn, schema: Schema): Described {
  const pointer = name.replaceAll('~', '~0').replaceAll('/', '~1');
  const definition = isNullable(column) ? { anyOf: [schema, { type: 'null' }] } : schema;
  return { schema: { $ref: `#/$defs/${pointer}` }, definition: [name, definition] };
}

/** What a read gives of a file; a write may name one that stays by the same members, or bring its bytes. */
function fileSchema(mode: SchemaMode): Schema {
  const string = { type: 'string' };
  const known = {
    ...{ original_filename: string, filename: string, content_type: string, mime_type: string },
    ...{ name: string, size: { type: 'integer', minimum: 0 }, objectstore_id: string },
  };
  const properties = mode === 'Select' ? known : { ...known, data: { ...string, contentEncoding: 'base64' } };
  return {
    title: 'std.FileUpload',
    type: 'object',
    properties,
    ...(mode === 'Select' ? { required: ['filename'] } : {}),
    additionalProperties: false,
  };
}

const GEOMETRY_SCHEMA: Schema = {
  title: 'GeoJSON Geometry',
  type: 'object',
  properties: {
    type: {
      enum: [
        ...['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon'],
        'GeometryCollection',
      ],
    },
    coordinates: { type: 'array' },
    geometries: { type: 'array' },
    bbox: { type: 'array', items: { type: 'number' } },
  },
  required: ['type'],
};

function idType(kind: string | undefined): string {
  return kind === 'integer' ? 'integer' : 'string';
}

function isRequired(column: ApiColumn, mode: SchemaMode): boolean {
  if (mode === 'Update') return false;
  if (mode === 'Select') return !isNullable(column);
  const { field, kind } = column;
  // The server makes a key, but not one that is another record's.
  if (kind === 'key') return column.target !== undefined;
  if (isNullable(column)) return false;
  // Columns of SQL say it by their default; the others have an empty value, which `required` forbids.
  if ('nullable' in field && 'default' in field) return field.default === null;
  return field.required || ('nullable' in field && field.nullable === false);
}

/** Whether null may be read, or written. Fields of other kinds than these have an empty value instead. */
function isNullable({ field, kind }: ApiColumn): boolean {
  if (kind === 'key') return false;
  if (kind === 'reference' || kind === 'file' || kind === 'date') return !field.required;
  return 'nullable' in field && field.nullable === true && !field.required;
}
