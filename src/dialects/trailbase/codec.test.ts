import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { guest, superuser } from '../../../test/support/records.ts';
import { type ApiWorld, EVERY_FIELD, openApiWorld } from '../../../test/support/trailbase-api.ts';
import type { Api } from './api.ts';
import { base64Text, uuidToBase64 } from './bytes.ts';
import { decodeValues, type Source } from './codec.ts';
import { flatShape } from './shape.ts';

let world: ApiWorld;
let api: Api;
beforeAll(async () => {
  world = await openApiWorld();
  const numbered = await world.create({ name: 'numbered', idKind: 'integer', fields: [] });
  const tagged = await world.create({ name: 'tagged', idKind: 'uuid', fields: [] });
  const relations = [
    { name: 'parent', type: 'relation', collectionId: numbered.id, maxSelect: 1 },
    { name: 'tags', type: 'relation', collectionId: tagged.id, maxSelect: 5 },
  ];
  const made = await world.create({ name: 'all', idKind: 'uuid', fields: [...EVERY_FIELD, ...relations] });
  const excluded = [made.fields.find(({ name }) => name === 'text')?.id];
  await world.create({ name: 'some', fields: [{ name: 'open', type: 'string' }], dialects: {} });
  await world.create({ name: 'accounts', type: 'auth', fields: [] });
  await world.create({ name: 'closed', fields: [{ name: 'inner', type: 'text', hidden: true }] });
  await world.update(made.id, {
    dialects: {
      trailbase: {
        apis: [
          { name: 'partly', excluded },
          {
            name: 'renamed',
            columns: { key: 'id', no: made.fields.find(({ name }) => name === 'count')?.id },
          },
        ],
      },
    },
  });
  api = world.api('all');
});
afterAll(() => world.close());

function decode(values: Record<string, unknown>, source: Source = 'json') {
  return { ...decodeValues(guest, api, values, source) };
}

/** Wire values that come back as they were sent. */
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id: fc.uuid().map(uuidToBase64),
  count: fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
  title: fc.string(),
  blob: fc.uint8Array({ maxLength: 20 }).map(base64Text),
  uuid: fc.uuid().map(uuidToBase64),
  whatever: fc.oneof(fc.string(), fc.integer()),
  text: fc.string(),
  whole: fc.integer(),
  number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  flag: fc.boolean(),
  one: fc.constantFrom('a', 'b'),
  many: fc.constantFrom([], ['a'], ['a', 'b']),
  meta: fc.jsonValue({ maxDepth: 2 }).filter((value) => typeof value !== 'string'),
  parent: fc.option(fc.integer({ min: 1 }), { nil: null }),
  tags: fc.array(fc.uuid().map(uuidToBase64), { maxLength: 3 }),
};

test('what is written is read, in every type of column', () => {
  fc.assert(
    fc.property(fc.record(VALUES, { requiredKeys: [] }), (sent) => {
      const shown = flatShape(api, decode(sent));
      for (const [name, value] of Object.entries(sent)) expect(shown[name]).toEqual(value);
    }),
    { numRuns: 200 },
  );
});

describe('JSON', () => {
  test.each([
    ['count', true, 1],
    ['count', false, 0],
    ['blob', [1, 2, 255], 'AQL_'],
    ['blob', 'AQL/', 'AQL_'],
    ['blob', 'AQ', 'AQ=='],
    ['uuid', '0190A8F0-1234-7abc-8def-0123456789ab', '0190a8f0-1234-7abc-8def-0123456789ab'],
    ['flag', 1, true],
    ['flag', 0, false],
    ['parent', 7, '7'],
    ['parent', '', null],
    ['whatever', true, 1],
    ['count', null, null],
    ['meta', null, null],
    ['due', null, null],
    ['place', { lon: 1, lat: 2 }, { lon: 1, lat: 2 }],
    ['place', { type: 'Point', coordinates: [1, 2] }, { lon: 1, lat: 2 }],
    ['place', '{"lon":1,"lat":2}', { lon: 1, lat: 2 }],
  ])('%s takes %p as %p', (name, value, stored) => {
    expect(decode({ [name]: value })).toEqual({ [name]: stored });
  });

  test.each([
    ['count', '1'],
    ['count', 1.5],
    ['count', 2n ** 63n],
    ['count', []],
    ['whole', 2n ** 53n],
    ['whole', 1.5],
    ['ratio', '1.5'],
    ['ratio', true],
    ['title', 5],
    ['title', ['a']],
    ['text', {}],
    ['blob', 'not base64!'],
    ['blob', [256]],
    ['blob', 5],
    ['uuid', 'AAAA'],
    ['place', {}],
    ['place', { lon: 1 }],
    ['place', { type: 'LineString', coordinates: [1, 2] }],
    ['place', { type: 'Point', coordinates: [1] }],
    ['place', [1, 2]],
    ['flag', 'true'],
    ['flag', 2],
    ['many', 'a'],
    ['many', [1]],
    ['parent', '7'],
    ['parent', 1.5],
    ['parent', {}],
    ['tags', ['x']],
    ['id', 5],
    ['id', 'InvalidId0123'],
    ['whatever', {}],
    ['due', 'yesterday'],
    ['due', 5],
  ])('%s refuses %p', (name, value) => {
    expect(() => decode({ [name]: value })).toThrow('Invalid Parameters');
  });
});

describe('forms', () => {
  test.each([
    ['count', '12', 12],
    ['count', '-9223372036854775808', -(2n ** 63n)],
    ['count', '', null],
    ['ratio', '1.5e3', 1500],
    ['title', '007', '007'],
    ['title', '', ''],
    ['flag', 'true', true],
    ['flag', '0', false],
    ['flag', 'on', true],
    ['parent', '7', '7'],
    ['many', 'a', ['a']],
    ['shape', '{"type":"Point","coordinates":[1,2]}', { type: 'Point', coordinates: [1, 2] }],
  ])('%s takes %p as %p', (name, value, stored) => {
    expect(decode({ [name]: value }, 'form')).toEqual({ [name]: stored });
  });

  test.each([
    ['count', '1.5'],
    ['count', 'x'],
    ['count', '0x10'],
    ['ratio', 'NaN'],
    ['ratio', '1e999'],
    ['flag', 'maybe'],
    ['parent', 'x'],
    ['shape', '{'],
    ['title', ['a', 'b']],
  ])('%s refuses %p', (name, value) => {
    expect(() => decode({ [name]: value }, 'form')).toThrow('Invalid Parameters');
  });
});

describe('columns', () => {
  test('what is no column is left out, whatever its name', () => {
    expect(decode({ nothing: 1, constructor: 1, toString: 2, collectionId: 'x' })).toEqual({});
  });

  test('a null id is none', () => {
    expect(decode({ id: null })).toEqual({});
  });

  test('write-only columns are taken and not shown', () => {
    expect(decode({ _secret: 'x' })).toEqual({ _secret: 'x' });
    expect(flatShape(api, { _secret: 'x' })).not.toHaveProperty('_secret');
  });

  test('excluded columns do not exist', () => {
    const partly = world.api('partly');
    expect({ ...decodeValues(guest, partly, { text: 'x', title: 'y' }, 'json') }).toEqual({ title: 'y' });
    expect(flatShape(partly, { text: 'x' })).not.toHaveProperty('text');
  });

  test('what superusers alone may write is not looked at for others', () => {
    const closed = world.api('closed');
    expect({ ...decodeValues(guest, closed, { inner: 5 }, 'json') }).toEqual({});
    expect({ ...decodeValues(superuser, closed, { inner: 'x' }, 'json') }).toEqual({ inner: 'x' });
    expect(() => decodeValues(superuser, closed, { inner: 5 }, 'json')).toThrow('Invalid Parameters');
  });

  test('a view shows the columns that it names, as it names them', () => {
    const id = '0190a8f0-1234-7abc-8def-0123456789ab';
    const shown = flatShape(world.api('renamed'), { id, count: 5, text: 'x' });
    expect(shown).toEqual({ key: uuidToBase64(id), no: 5 });
  });

  test('what has no value is null', () => {
    expect(flatShape(api, { parent: '', due: '' })).toMatchObject({ title: null, parent: null, due: null });
  });

  test('a password alone confirms itself and is never shown', () => {
    const accounts = world.api('accounts');
    const input = { ...decodeValues(guest, accounts, { password: 'film-noir' }, 'json') };
    expect(input).toEqual({ password: 'film-noir', passwordConfirm: 'film-noir' });
    expect(flatShape(accounts, { password: 'x', tokenKey: 'y' })).not.toContainAnyKeys([
      'password',
      'tokenKey',
    ]);
  });
});
