import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';
import type { Collection } from '../../../core/index.ts';
import { keptColumnsCookie, readKeptColumns } from '../../kept-columns.ts';

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

/** A request of a browser with this cookie. */
const asking = (cookie: string) => new Request('http://localhost/', { headers: { cookie } });
const pairOf = (cookie: string) => cookie.split(';')[0] ?? '';
const namesOf = (cookie: string, collection = posts) =>
  readKeptColumns(asking(cookie), collection, false).map(({ name }) => name);
const fieldsOf = (...names: string[]) => posts.fields.filter(({ name }) => names.includes(name));

test('columns are kept by the form of the grid, which leads back to the same filter and order', async () => {
  const fields = { filter: 'title = "t"', sort: '-title', column: 'body' };
  const answer = await world.post(`${BASE}/columns`, fields);
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe(`${BASE}?filter=title+%3D+%22t%22&sort=-title`);
  const [cookie = ''] = answer.headers.getSetCookie();
  expect(cookie).toContain('HttpOnly');
  expect(namesOf(pairOf(cookie))).toEqual(['body']);
  expect((await world.forge(`${BASE}/columns`, fields)).status).toBe(403);
  expect((await world.post('/_/collections/nothing/columns', fields)).status).toBe(404);
});

test('usual columns forget the choice', async () => {
  const answer = await world.post(`${BASE}/columns`, { usual: '1', column: 'body' });
  expect(answer.headers.getSetCookie()[0]).toContain('Max-Age=0');
});

test('a choice stands beside those of other collections, and its fields may be renamed', async () => {
  const users = world.core.collections.get('users');
  const mail = users.fields.filter(({ name }) => name === 'email');
  const first = pairOf(keptColumnsCookie(asking(''), posts, fieldsOf('title', 'note'), false));
  const both = pairOf(keptColumnsCookie(asking(first), users, mail, false));
  expect([namesOf(both), namesOf(both, users)]).toEqual([['title', 'note'], ['email']]);
  const renamed = {
    ...posts,
    fields: posts.fields.map((field) => (field.name === 'note' ? { ...field, name: 'remark' } : field)),
  };
  expect(namesOf(both, renamed)).toEqual(['title', 'remark']);
});

test('the cookie stays small: the oldest choices go first', () => {
  let cookie = '';
  for (let index = 0; index < 300; index++) {
    const other = { ...posts, id: `collection_${index}` };
    cookie = pairOf(keptColumnsCookie(asking(cookie), other, fieldsOf('title'), false));
    expect(cookie.length).toBeLessThan(3200);
  }
  expect(namesOf(cookie, { ...posts, id: 'collection_299' })).toEqual(['title']);
  expect(namesOf(cookie, { ...posts, id: 'collection_0' })).toEqual([]);
});

test.each(['', 'x', '--..--', '%', `.${'a'.repeat(5000)}`, '__proto__.constructor'])(
  'a cookie %p is none',
  (text) => {
    expect(namesOf(`dossier-columns=${text}`)).toEqual([]);
  },
);
