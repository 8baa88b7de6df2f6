import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { parseLossless, stringifyJson } from '../../lib/lossless-json.ts';
import { type Actor, internalRequest, systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { RecordInput } from './record.ts';

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
const guest: Actor = { kind: 'guest', request: internalRequest };
const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };

let world: TestCore;
beforeEach(async () => {
  world = await openTestCore();
});
afterEach(() => world.close());

const things = () => world.core.collections.get('things');
async function define(fields: readonly Readonly<Record<string, unknown>>[], more = {}) {
  await world.core.collections.create(systemActor, { name: 'things', ...open, fields, ...more });
}
async function make(input: RecordInput, actor: Actor = guest) {
  return (await world.core.records.create(actor, things(), input)).values;
}
function asInput(value: unknown): RecordInput {
  return typeof value === 'object' ? { ...value } : {};
}
async function view(id: unknown, actor: Actor = guest) {
  return (await world.core.records.view(actor, things(), String(id))).values;
}
const change = async (id: unknown, input: RecordInput, actor: Actor = guest) =>
  (await world.core.records.update(actor, things(), String(id), input)).values;
const find = async (filter: string, actor: Actor = guest) =>
  (await world.core.records.list(actor, things(), { page: 1, perPage: 100, filter })).items.length;
async function stored(column: string): Promise<unknown[]> {
  const { db } = world.database;
  const read = sql`SELECT ${sql.identifier(column)} AS \`v\`, typeof(${sql.identifier(column)}) AS \`t\` FROM \`things\` ORDER BY rowid`;
  return (await db.all(db.prepare(read))).map(({ v, t }) => [v, t]);
}
async function problem(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error('it did not fail as it should', { cause: error });
  return error.issues.length > 0
    ? error.issues.map(({ path, code }) => `${path} ${code}`).join()
    : error.code;
}

describe('values that come back as they went', () => {
  test('integers of 64 bits', async () => {
    await define([{ name: 'n', type: 'integer' }]);
    const edge = fc.constantFrom(LEAST, LEAST + 1n, -(2n ** 53n), 2n ** 53n - 1n, 2n ** 53n, MOST - 1n, MOST);
    const integer = fc.oneof(edge, fc.bigInt({ min: LEAST, max: MOST }), fc.maxSafeInteger().map(BigInt));
    await fc.assert(
      fc.asyncProperty(integer, async (n) => {
        const made = await make({ n });
        const plain = Number.isSafeInteger(Number(n)) ? Number(n) : n;
        expect(made.n).toBe(plain);
        expect((await view(made.id)).n).toBe(plain);
        expect((await change(made.id, { n: String(n) })).n).toBe(plain);
      }),
      { numRuns: 40 },
    );
    for (const [, type] of (await stored('n')) as [unknown, string][]) expect(type).toBe('integer');
  });

  test('bytes and UUIDs', async () => {
    await define([
      { name: 'b', type: 'bytes' },
      { name: 'u', type: 'uuid' },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 30 }), fc.uuid(), async (bytes, u) => {
        const { id } = await make({ b: bytes, u: Buffer.from(u.replaceAll('-', ''), 'hex') });
        const read = await view(id);
        expect(new Uint8Array(Buffer.from(String(read.b), 'base64url'))).toEqual(bytes);
        expect(read.u).toBe(u);
        // What was read can be sent back, and changes nothing.
        expect(await change(id, { b: read.b, u: read.u })).toEqual(read);
      }),
      { numRuns: 30 },
    );
  });

  test('text with any character, reals, JSON with large integers, and nothing', async () => {
    await define([
      { name: 's', type: 'string' },
      { name: 'r', type: 'real' },
      { name: 'j', type: 'json' },
    ]);
    const sent = { s: "a\0b '\u2028😀", r: 0.1, j: { n: MOST, list: [LEAST], text: '5' } };
    const { id } = await make(sent);
    expect(await view(id)).toMatchObject(sent);
    expect(await change(id, { s: null, r: '', j: null })).toMatchObject({ s: null, r: null, j: null });
    expect(await change(id, { s: '', r: '1e3', j: MOST })).toMatchObject({ s: '', r: 1000, j: MOST });
    expect((await view(id)).j).toBe(MOST);
  });

  test('anything: numbers, text and BLOBs, which read as base64', async () => {
    await define([{ name: 'x', type: 'any' }]);
    const inputs = [5, '5', 1.5, 'x', '', MOST, null, [1, 255]];
    const views = await Promise.all(inputs.map((x) => make({ x })));
    expect(views.map(({ x }) => x)).toEqual([5, '5', 1.5, 'x', '', MOST, null, 'Af8=']);
    expect((await Promise.all(views.map(({ id }) => view(id)))).map(({ x }) => x)).toEqual(
      views.map(({ x }) => x),
    );
    expect((await change(views[0]?.id, { x: [0] })).x).toBe('AA==');
    expect((await stored('x')).map((row) => Array.isArray(row) && row[1])).toEqual([
      ...['blob', 'text', 'real', 'text', 'text', 'integer', 'null', 'blob'],
    ]);
  });

  test('whole numbers of any size, as they are read and sent again', async () => {
    await define([{ name: 'x', type: 'any' }]);
    for (const sent of [2 ** 53, 2 ** 60, -(2 ** 63), 2 ** 63, 1e21, 1e300, 2n ** 60n + 1n]) {
      const { id, x } = await make({ x: sent });
      expect((await view(id)).x).toBe(x);
      const written = stringifyJson({ x }) ?? '';
      const again = await make(asInput(parseLossless(written)));
      expect(again.x).toBe(x);
      expect(stringifyJson({ x: again.x })).toBe(written);
    }
    expect(await problem(make({ x: 2n ** 63n + 1n }))).toBe('x out_of_range');
  });

  test('geometries, and nothing that is none', async () => {
    await define([{ name: 'g', type: 'geometry' }]);
    const point = { type: 'Point', coordinates: [8.5, 47.25] };
    const { id } = await make({ g: point });
    expect((await view(id)).g).toEqual(point);
    expect((await change(id, { g: JSON.stringify(point) })).g).toEqual(point);
    for (const g of [{ type: 'Point' }, 'POINT(1 1)', 5, [1, 2], { type: 'Point', coordinates: [1, MOST] }]) {
      expect(await problem(make({ g }))).toBe('g invalid_value');
    }
  });
});

describe('columns in tables that have rows', () => {
  const integer = { name: 'n', type: 'integer', id: 'n' };
  const fixed = (value: unknown) => ({ kind: 'value', value });
  async function redefine(field: Readonly<Record<string, unknown>>) {
    const fields = [...things().fields.filter(({ name }) => name !== 'n'), field];
    await world.core.collections.update(systemActor, 'things', { fields });
  }

  test('an added column is null there, or its constant, and a server-made default is for new rows', async () => {
    await define([]);
    const { id } = await make({});
    await redefine({ ...integer, nullable: false });
    expect((await view(id)).n).toBeNull();
    expect(await problem(make({}))).toBe('n not_null');
    expect(await problem(change(id, {}))).toBe('n not_null');
    expect((await change(id, { n: 1 })).n).toBe(1);
    await redefine({ name: 'm', type: 'integer', nullable: false, default: fixed('9223372036854775807') });
    expect((await view(id)).m).toBe(MOST);
    await redefine({ name: 'u', type: 'uuid', default: { kind: 'uuid', version: 4 } });
    expect((await view(id)).u).toBeNull();
    expect((await make({ n: 1 })).u).toMatch(/^[0-9a-f-]{36}$/);
    expect((await make({ n: 1, u: null })).u).toBeNull();
  });

  test('becoming NOT NULL fills what was null; becoming nullable lets null in; both keep the rest', async () => {
    await define([integer], { indexes: ['CREATE INDEX idx_n ON things (n)'] });
    const empty = await make({});
    const full = await make({ n: MOST });
    await redefine({ ...integer, nullable: false, default: fixed(7) });
    expect([(await view(empty.id)).n, (await view(full.id)).n]).toEqual([7, MOST]);
    expect(await find('n = 7')).toBe(1);
    expect(await problem(change(full.id, { n: null }))).toBe('n not_null');
    await redefine({ ...integer, default: fixed(7) });
    expect((await change(full.id, { n: null })).n).toBeNull();
    expect((await make({})).n).toBe(7);
    expect((await make({ n: null })).n).toBeNull();
    expect(things().indexes).toHaveLength(1);
  });

  test('a default that looks like SQL is a text like any other', async () => {
    const evil = "'); DROP TABLE things; -- {col} NOT NULL";
    await define([{ name: 'n', type: 'string', id: 'n' }]);
    const { id } = await make({});
    await redefine({ name: 'n', type: 'string', id: 'n', nullable: false, default: fixed(evil) });
    expect((await view(id)).n).toBe(evil);
    expect((await make({})).n).toBe(evil);
    await redefine({ name: 'n', type: 'string', id: 'n', default: fixed(evil) });
    expect((await change(id, { n: null })).n).toBeNull();
    expect(await find('n = null')).toBe(1);
  });
});

describe('write-only columns', () => {
  beforeEach(() =>
    define([
      { name: '_pin', type: 'string', writeOnly: true },
      { name: 'title', type: 'text' },
    ]),
  );

  test('are written by anyone and shown to nobody, superusers included', async () => {
    const made = await make({ _pin: 'secret', title: 'a' });
    expect(await stored('_pin')).toEqual([['secret', 'text']]);
    const shown = [made, await view(made.id), await view(made.id, systemActor)];
    shown.push(await change(made.id, { _pin: 'other' }), await change(made.id, { title: 'b' }, systemActor));
    for (const values of shown) expect(Object.keys(values)).not.toContain('_pin');
    const page = await world.core.records.list(systemActor, things(), { page: 1, perPage: 10 });
    expect(JSON.stringify(page.items.map(({ values }) => values))).not.toContain('other');
    expect(await stored('_pin')).toEqual([['other', 'text']]);
  });

  test('are no way for clients to filter or sort', async () => {
    await make({ _pin: 'secret' });
    expect(await problem(find("_pin = 'secret'"))).toBe('invalid');
    const sorted = world.core.records.list(guest, things(), { page: 1, perPage: 10, sort: '_pin' });
    expect(await problem(sorted)).toBe('invalid');
  });

  test('are read by rules', async () => {
    await world.core.collections.update(systemActor, 'things', {
      createRule: "_pin != 'no'",
      viewRule: "_pin = 'yes'",
    });
    const { id } = await make({ _pin: 'yes' });
    expect((await view(id)).id).toBe(id);
    expect(await problem(make({ _pin: 'no' }))).toBe('invalid');
    const other = await make({ _pin: 'maybe' });
    expect(await problem(view(other.id))).toBe('not_found');
  });
});

describe('JSON', () => {
  const schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer', minimum: 0 } } };

  test('meets its schema, and is null only where that is allowed', async () => {
    await define([{ name: 'j', type: 'json', schema, nullable: false }]);
    expect((await make({ j: { n: MOST } })).j).toEqual({ n: MOST });
    expect((await make({ j: '{"n":5}' })).j).toEqual({ n: 5 });
    expect(await problem(make({ j: { n: -1 } }))).toBe('j json_schema');
    expect(await problem(make({ j: 'text' }))).toBe('j json_schema');
    expect(await problem(make({}))).toBe('j not_null');
    expect(await problem(make({ j: null }))).toBe('j not_null');
  });

  test('a schema that does not compile is an issue of the definition, and one kept is no obstacle later', async () => {
    expect(await problem(define([{ name: 'j', type: 'json', schema: { type: 'text' } }]))).toBe(
      'fields.1.schema invalid_json_schema',
    );
    for (const wrong of [[], 'text', 5]) {
      expect(await problem(define([{ name: 'j', type: 'json', schema: wrong }]))).toBe(
        'fields.1.schema invalid_value',
      );
    }
    await define([{ name: 'j', type: 'json', schema }]);
    await world.core.collections.update(systemActor, 'things', { listRule: null });
    expect(things().fields.find(({ name }) => name === 'j')).toMatchObject({ schema });
  });
});

test('keys of an object’s prototype are unknown fields', async () => {
  await define([{ name: 'n', type: 'integer' }]);
  const input = JSON.parse('{"n":1,"__proto__":{"n":2},"constructor":3,"toString":4}');
  expect((await make(input)).n).toBe(1);
});

test('numbers and text of columns are found by filters, whatever their size', async () => {
  await define([
    { name: 'n', type: 'integer' },
    { name: 's', type: 'string' },
    { name: 'x', type: 'any' },
  ]);
  await make({ n: MOST, s: 'a', x: 5 });
  await make({ n: MOST - 1n, s: 'b', x: 'five' });
  await make({});
  expect(await find('n = 9223372036854775807')).toBe(1);
  expect(await find('n < 9223372036854775807')).toBe(1);
  expect(await find("s = 'a'")).toBe(1);
  expect(await find('x = 5')).toBe(1);
  expect(await find("x = 'five'")).toBe(1);
  expect(await find('n = null')).toBe(1);
});

test('a new record is held against its rule by the values that it will have', async () => {
  await define([{ name: 'n', type: 'integer' }], { createRule: 'n > 9007199254740992' });
  expect((await make({ n: 9007199254740993n })).n).toBe(9007199254740993n);
  expect(await problem(make({ n: 9007199254740992n }))).toBe('invalid');
  expect(await problem(make({}))).toBe('invalid');
  await world.core.collections.update(systemActor, 'things', {
    createRule: '@request.body.n = 9007199254740993',
  });
  expect((await make({ n: '9007199254740993' })).n).toBe(9007199254740993n);
  expect(await problem(make({ n: '9007199254740992' }))).toBe('invalid');
});

test('a new record is held against a rule as the stored one is, numbers in text among it', async () => {
  const rule = '@request.query.n == n && @request.query.r == r';
  const fields = [
    { name: 'n', type: 'integer' },
    { name: 'r', type: 'real' },
  ];
  await define(fields, { createRule: rule, viewRule: rule });
  const asking: Actor = {
    kind: 'guest',
    request: { ...internalRequest, query: (name) => ({ n: '5', r: '1.5' })[name] },
  };
  const { id } = await make({ n: 5, r: 1.5 }, asking);
  expect((await view(id, asking)).n).toBe(5);
  expect(await problem(make({ n: 6, r: 1.5 }, asking))).toBe('invalid');
});

test('no integer passes a rule because it is too large for the database', async () => {
  const createRule = '@request.body.data < 100 && @request.body.other < 100';
  await define([{ name: 'data', type: 'json' }], { createRule });
  const { id, data } = await make({ data: -(2n ** 70n), other: 99 });
  expect(data).toBe(-(2 ** 70));
  expect((await view(id)).data).toBe(data);
  for (const large of [101, 2n ** 63n, 2n ** 64n + 5n, 10n ** 30n]) {
    expect(await problem(make({ data: large, other: 1 }))).toBe('invalid');
    expect(await problem(make({ data: 1, other: large }))).toBe('invalid');
  }
});
