import { afterAll, beforeAll, expect, test } from 'bun:test';
import Ajv2020 from 'ajv/dist/2020.js';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { at } from '../../../test/support/json.ts';
import { guest, superuser } from '../../../test/support/records.ts';
import { type Api, getApi } from './api.ts';
import { jsonSchema, type SchemaMode } from './json-schema.ts';
import { recordShape } from './shape.ts';

let world: TestCore;

beforeAll(async () => {
  world = await openTestCore();
  const { collections } = world.core;
  const makers = await collections.create(superuser, {
    ...{ name: 'makers', type: 'base', idKind: 'integer' },
    fields: [
      { name: 'name', type: 'string', nullable: false },
      { name: 'facts', type: 'json', schema: { type: 'array', items: { type: 'string' } } },
    ],
  });
  await collections.create(superuser, {
    ...{ name: 'things', type: 'base', idKind: 'uuid' },
    fields: [
      { name: 'title', type: 'string', nullable: false },
      { name: 'count', type: 'integer', nullable: false, default: { kind: 'value', value: 3 } },
      { name: 'weight', type: 'real' },
      { name: 'mark', type: 'uuid' },
      { name: 'remark', type: 'any' },
      { name: 'place', type: 'geometry' },
      { name: 'facts', type: 'json', nullable: false, schema: POINT },
      { name: 'loose', type: 'json' },
      { name: 'tags', type: 'select', values: ['a', 'b'], maxSelect: 2 },
      { name: 'spot', type: 'geoPoint' },
      { name: 'done', type: 'bool' },
      { name: 'label', type: 'text', required: true },
      { id: 'f_maker', name: 'maker', type: 'relation', collectionId: makers.id, maxSelect: 1 },
      { name: 'others', type: 'relation', collectionId: makers.id, maxSelect: 5 },
      { id: 'f_hidden', name: 'internal', type: 'string' },
      { name: '_note', type: 'string', writeOnly: true },
      { name: 'due', type: 'date' },
      { name: 'score', type: 'number', hidden: true },
      { name: 'photo', type: 'file', maxSelect: 1 },
      { name: 'papers', type: 'file', maxSelect: 4, required: true },
    ],
    dialects: { trailbase: { excluded: ['f_hidden'], expand: ['f_maker'] } },
  });
}, 30_000);

afterAll(() => world.close());

const POINT = {
  ...{ type: 'object', properties: { at: { $ref: '#/$defs/point' } }, required: ['at'] },
  $defs: { point: { type: 'object', required: ['x'] } },
};

const things = (): Api => getApi(world.core, 'things');
const schemaOf = (mode: SchemaMode) => jsonSchema(world.core, guest, things(), mode);

test('a body of a create needs what is never null and has no default', () => {
  const schema = schemaOf('Insert');
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'things',
    type: 'object',
    required: ['title', 'facts', 'label', 'papers'],
    properties: {
      id: { type: 'string' },
      title: { type: 'string' },
      count: { type: 'integer' },
      weight: { type: ['null', 'number'] },
      mark: { type: ['null', 'string'] },
      facts: { $ref: '#/$defs/facts' },
      place: { $ref: '#/$defs/_geojson_geometry' },
      done: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      maker: { type: ['null', 'integer'] },
      others: { type: 'array', items: { type: 'integer' } },
      _note: { type: ['null', 'string'] },
      photo: { $ref: '#/$defs/photo' },
      papers: { $ref: '#/$defs/papers' },
    },
  });
  for (const name of ['internal', 'score']) expect(at(schema, 'properties')).not.toHaveProperty(name);
  const forSuperusers = jsonSchema(world.core, superuser, things(), 'Insert');
  expect(at(forSuperusers, 'properties.score')).toEqual({ type: 'number' });
  expect(at(schema, '$defs.papers')).toMatchObject({
    title: 'std.FileUploads',
    items: { title: 'std.FileUpload', properties: { data: { type: 'string', contentEncoding: 'base64' } } },
  });
});

test('a change needs nothing', () => {
  expect(at(schemaOf('Update'), 'required')).toEqual([]);
});

test('a read has no columns that are only written, and objects for relations that may be inlined', () => {
  const schema = schemaOf('Select');
  expect(at(schema, 'properties')).not.toHaveProperty('_note');
  expect(at(schema, 'properties.maker')).toEqual({ $ref: '#/$defs/things.maker' });
  const required = ['id', 'title', 'count', 'facts', 'tags', 'spot', 'done', 'label', 'others', 'papers'];
  expect(at(schema, 'required')).toEqual(required);
  const definitions = new Map(Object.entries(Object(at(schema, '$defs'))));
  expect(definitions.get('things.maker')).toMatchObject({
    anyOf: [
      { properties: { id: { type: 'integer' }, data: { required: ['id', 'name'] } } },
      { type: 'null' },
    ],
  });
  expect(JSON.stringify(definitions.get('photo'))).not.toContain('"data"');
});

test('records are as the schema of a read says, and bodies as that of a create', async () => {
  const { core } = world;
  const ajv = new Ajv2020({ strict: false });
  const values = { title: 'T', facts: { at: { x: 1 } }, label: 'l', loose: [1], remark: 'r' };
  const body = { ...values, papers: [{ data: 'AQID', filename: 'a.bin' }], photo: null };
  const isBody = ajv.compile(schemaOf('Insert'));
  expect([isBody(body), isBody.errors]).toEqual([true, null]);
  expect(isBody({ ...body, facts: { at: {} } })).toBe(false);
  expect(isBody({ ...body, papers: [{ id: 'x' }] })).toBe(false);

  const { collection } = things();
  const intake = await core.records.admit(superuser, collection, undefined);
  const papers = collection.fields.find(({ name }) => name === 'papers');
  if (papers === undefined) throw new Error('no papers');
  const upload = await intake.receive(papers, { filename: 'a.bin', stream: bytes() });
  const maker = await core.records.create(superuser, core.collections.get('makers'), {
    name: 'M',
    facts: ['f'],
  });
  const input = {
    ...values,
    papers: [upload],
    maker: maker.values.id,
    place: { type: 'Point', coordinates: [1, 2] },
  };
  const view = await core.records.create(superuser, collection, input, { intake, expand: 'maker' });
  const shape = await recordShape(core, things(), view);
  const isRecord = ajv.compile(schemaOf('Select'));
  expect([isRecord(shape), isRecord.errors]).toEqual([true, null]);
  expect(shape.maker).toMatchObject({ id: 1, data: { name: 'M', facts: ['f'] } });
  expect(isRecord({ ...shape, maker: { id: 1, data: { id: 1 } } })).toBe(false);
});

async function* bytes() {
  yield Uint8Array.of(1, 2, 3);
}
