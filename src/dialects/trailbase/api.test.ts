import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type ApiWorld, openApiWorld } from '../../../test/support/trailbase-api.ts';
import { apiOf, findApi } from './api.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
  const places = await world.create({ name: 'places', fields: [{ name: 'name', type: 'string' }] });
  const place = { type: 'relation', collectionId: places.id, maxSelect: 1 };
  await world.create({
    name: 'shops',
    idKind: 'integer',
    fields: [
      { id: 'f_name', name: 'name', type: 'string' },
      { id: 'f_cost', name: 'cost', type: 'real' },
      { id: 'f_place', name: 'place', ...place },
      { id: 'f_hidden', name: 'hidden', type: 'text', hidden: true },
      { id: 'f_under', name: '_under', type: 'text' },
    ],
    dialects: {
      trailbase: {
        ...{ key: 'number', excluded: ['f_cost'], expand: ['f_place', 'f_name', 'gone'], hardLimit: 5 },
        apis: [
          { name: 'everything' },
          {
            name: 'shop_names',
            readOnly: true,
            columns: { no: 'id', title: 'f_name', lost: 'gone' },
            where: 'cost > 5',
          },
          { name: 'broken', where: 'cost >' },
          { name: 'places' },
        ],
      },
    },
  });
  await world.create({ name: 'secret_shop', fields: [], dialects: { trailbase: { expose: false } } });
  await world.create({
    name: 'odd',
    fields: [],
    dialects: { trailbase: { hardLimit: 'x', apis: [5, {}], expand: 7, key: null } },
  });
});
afterAll(() => world.close());

const names = (api: string) => world.api(api).columns.map(({ name }) => name);

describe('a collection under its own name', () => {
  test('has its columns but the excluded, and the name of its key', () => {
    expect(names('shops')).toEqual(['number', 'name', 'place', 'hidden', '_under']);
    expect(world.api('shops').key.name).toBe('number');
    expect(world.api('shops').hardLimit).toBe(5);
  });

  test('shows what is neither hidden nor named for writing alone', () => {
    expect(world.api('shops').shown.map(({ name }) => name)).toEqual(['number', 'name', 'place']);
  });

  test('inlines relations alone', () => {
    expect([...world.api('shops').expand]).toEqual(['place']);
  });

  test('is no API where it says so, where it is of the system, and in other letters', () => {
    for (const name of ['secret_shop', '_superusers', '_library', 'Shops', 'nothing', '', '__proto__'])
      expect(findApi(world.core, name)).toBeUndefined();
    expect(() => world.api('nothing')).toThrow('405');
  });
});

describe('further names', () => {
  test('have options of their own', () => {
    const everything = world.api('everything');
    expect(names('everything')).toEqual(['number', 'name', 'cost', 'place', 'hidden', '_under']);
    expect([everything.hardLimit, everything.expand.size, everything.isView]).toEqual([1024, 0, false]);
  });

  test('of views have the columns that are named and still there, and are read-only', () => {
    const view = world.api('shop_names');
    expect(names('shop_names')).toEqual(['no', 'title']);
    expect([view.isView, view.key.name, view.where]).toEqual([true, 'no', 'cost > 5']);
  });

  test('whose condition cannot be read show nothing', () => {
    expect(findApi(world.core, 'broken')).toBeUndefined();
  });

  test('give way to collections', () => {
    expect(world.api('places').collection.name).toBe('places');
  });
});

test('options of another type count as absent', () => {
  const odd = world.api('odd');
  expect([odd.hardLimit, odd.key.name, odd.expand.size]).toEqual([1024, 'id', 0]);
});

test('a renamed column stays excluded, and the cache follows the change', async () => {
  const before = world.api('shops');
  expect(world.api('shops')).toBe(before);
  const { collection } = before;
  const fields = collection.fields.map((field) =>
    field.id === 'f_cost' ? { ...field, name: 'price' } : field,
  );
  await world.update(collection.id, { fields });
  expect(names('shops')).not.toContain('price');
  expect(names('everything')).toContain('price');
});

test('a collection that is made later takes its own name from the further name of another', async () => {
  const { id } = await world.create({
    ...{ name: 'offices', fields: [{ name: 'code', type: 'string' }] },
    dialects: { trailbase: { apis: [{ name: 'desks' }] } },
  });
  expect(world.api('desks').collection.id).toBe(id);
  const desks = await world.create({ name: 'desks', fields: [{ name: 'height', type: 'integer' }] });
  expect(world.api('desks').collection.id).toBe(desks.id);
  expect(names('desks')).toEqual(['id', 'height']);
  await world.update(desks.id, { name: 'tables' });
  expect([world.api('desks').collection.id, world.api('tables').collection.id]).toEqual([id, desks.id]);
});

test('the API of a collection is its own name, or else the first that shows it whole', () => {
  const { collections } = world.core;
  expect(apiOf(world.core, collections.get('shops'))?.name).toBe('shops');
  expect(apiOf(world.core, collections.get('secret_shop'))).toBeUndefined();
});
