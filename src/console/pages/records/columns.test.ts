import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';
import type { Collection } from '../../../core/index.ts';
import { keptColumns, readKeptColumns } from '../../kept-columns.ts';

const BASE = '/_/collections/posts';

let world: ConsoleWorld;
let posts: Collection;

beforeAll(async () => {
  world = await openConsoleWorld();
  posts = await world.core.collections.create(systemActor, {
    ...{ name: 'posts', type: 'base' },
    fields: ['title', 'body', 'note'].map((name) => ({ name, type: 'text' })),
  });
  await world.core.records.create(systemActor, posts, { title: 't', body: 'b', note: 'n' });
});
afterAll(() => world.close());

const headings = (text: string) => [...text.matchAll(/id="sort-(\w+)"/g)].map(([, name]) => name);
const fieldsOf = (...names: string[]) => posts.fields.filter(({ name }) => names.includes(name));

test('columns are kept by the form of the grid, which leads back to the same filter and order', async () => {
  const fields = { filter: 'title = "t"', sort: '-title', column: 'body' };
  const answer = await world.post(`${BASE}/columns`, fields);
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe(`${BASE}?filter=title+%3D+%22t%22&sort=-title`);
  expect(headings((await world.get(BASE)).text)).toEqual(['id', 'body']);
  expect((await world.forge(`${BASE}/columns`, fields)).status).toBe(403);
  expect((await world.post('/_/collections/nothing/columns', fields)).status).toBe(404);
});

test('usual columns forget the choice', async () => {
  await world.post(`${BASE}/columns`, { column: 'body' });
  await world.post(`${BASE}/columns`, { usual: '1', column: 'body' });
  expect(headings((await world.get(BASE)).text)).toEqual(['id', 'title', 'body', 'note']);
});

test('a choice is of one collection, and its fields may be renamed', () => {
  const kept = new Map(Object.entries(keptColumns(posts, fieldsOf('title', 'note'))));
  const namesOf = (collection: Collection) => readKeptColumns(kept, collection).map(({ name }) => name);
  expect(namesOf(posts)).toEqual(['title', 'note']);
  expect(namesOf(world.core.collections.get('users'))).toEqual([]);
  const renamed = posts.fields.map((field) => (field.name === 'note' ? { ...field, name: 'remark' } : field));
  expect(namesOf({ ...posts, fields: renamed })).toEqual(['title', 'remark']);
});

test.each(['null', '"title"', '{}', '[]', '[1, null, "__proto__"]'])(
  'a kept value %s is no choice',
  (text) => {
    const value: unknown = JSON.parse(text);
    expect(readKeptColumns(new Map([[`columns.${posts.id}`, value]]), posts)).toEqual([]);
  },
);
