import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type ApiWorld, EVERY_FIELD, openApiWorld } from '../../../test/support/trailbase-api.ts';
import { readListQuery } from './query.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
  const authors = await world.create({ name: 'authors', fields: [{ name: 'name', type: 'string' }] });
  const relation = { type: 'relation', collectionId: authors.id, maxSelect: 1 };
  const fields = [
    ...EVERY_FIELD,
    { id: 'f_author', name: 'author', ...relation },
    { name: 'editor', ...relation },
  ];
  await world.create({ name: 'books', fields, dialects: { trailbase: { expand: ['f_author'] } } });
  const trailbase = { hardLimit: 10 };
  await world.create({ name: 'few', fields: [], dialects: { trailbase } });
  await world.create({ name: 'many', fields: [], dialects: { trailbase: { hardLimit: 50_000 } } });
});
afterAll(() => world.close());

function read(query: string, api = 'books') {
  const parameters = readListQuery(
    world.api(api),
    new Request(`http://localhost/api/records/v1/${api}?${query}`),
  );
  const { order, expand, geojson, filter, ...rest } = parameters;
  return {
    ...rest,
    order: order.map(({ column, descending }) => (descending ? '-' : '+') + column.name).join(','),
    expand: expand.map(({ name }) => name),
    geojson: geojson?.name,
  };
}

test('without parameters a list is the fifty newest', () => {
  expect(read('')).toEqual({
    ...{ limit: 50, offset: 0, cursor: undefined, count: false, skipCursor: false },
    ...{ order: '-id', expand: [], geojson: undefined },
  });
  expect(read('', 'few').limit).toBe(10);
  expect(read('limit=10000', 'many').limit).toBe(10_000);
  expect(() => read('limit=10001', 'many')).toThrow('limit exceeds');
});

test('every parameter is read, and unknown ones are not', () => {
  const query =
    'limit=7&offset=3&cursor=abc&count=TRUE&skip_cursor=true&order=%2Btitle,-id&expand=author&geojson=shape&x=1&x=2';
  expect(read(query)).toEqual({
    ...{ limit: 7, offset: 3, cursor: 'abc', count: true, skipCursor: true },
    ...{ order: '+title,-id', expand: ['author'], geojson: 'shape' },
  });
});

test('a bare plus has become a space, and means the same', () => {
  expect(read('order=+title').order).toBe('+title');
  expect(read('order=title').order).toBe('+title');
});

describe('refused', () => {
  test.each([
    ...[
      'limit=-1',
      'limit=1.5',
      'limit=x',
      'limit=',
      'limit=1e3',
      'limit=99999999999999999999',
      'limit=1&limit=2',
    ],
    ...['offset=-1', 'offset=x', 'count=yes', 'count=', 'count=2', 'skip_cursor=maybe', 'cursor=a&cursor=b'],
    ...[
      'order=',
      'order=nothing',
      'order=_secret',
      'order=-',
      'order=title;',
      'order=title%20DESC',
      'order=@random',
    ],
    ...['order=id,title,count,ratio,uuid,text', 'order=author.name', 'order=--id', 'order=constructor'],
    ...['filter=x', 'filter[=x', 'filter[a=x', 'filter[a]b=x', 'filter[[a]]=x', 'filter[a]x[b]=1'],
  ])('%s', (query) => {
    expect(() => read(query)).toThrow('Invalid query');
  });

  test.each([
    'expand=',
    'expand=editor',
    'expand=nothing',
    'expand=author,editor',
    'expand=author,author,author,author,author,author',
  ])('%s', (query) => {
    expect(() => read(query)).toThrow('Invalid expansion');
  });

  test.each(['geojson=title', 'geojson=', 'geojson=nothing'])('%s', (query) => {
    expect(() => read(query)).toThrow('Invalid geometry column');
  });

  test('more than the hard limit, with a text that names the default', () => {
    expect(() => read('limit=1025')).toThrow('limit exceeds max limit of 1024');
    expect(() => read('limit=11', 'few')).toThrow('limit exceeds max limit of 1024');
    expect(read('limit=1024').limit).toBe(1024);
  });
});
