import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';

let world: ConsoleWorld;
let post: string;

beforeAll(async () => {
  world = await openConsoleWorld();
  const { core } = world;
  const posts = await core.collections.create(systemActor, {
    ...{ name: 'blog_posts', type: 'base' },
    fields: [{ name: 'title', type: 'text' }],
  });
  await core.collections.create(systemActor, { name: 'counts', type: 'base', idKind: 'integer', fields: [] });
  post = String((await core.records.create(systemActor, posts, { title: '<b>Hello</b>' })).values.id);
  for (const name of ['mia', 'max']) {
    const password = 'correct horse battery';
    const input = { email: `${name}@example.com`, password, passwordConfirm: password };
    await core.records.create(systemActor, core.collections.get('users'), input);
  }
});
afterAll(() => world.close());

/** Where each line leads, by what it says. */
async function find(typed: string): Promise<readonly (readonly [string, string])[]> {
  const { text, status } = await world.get(`/_/palette?q=${encodeURIComponent(typed)}`);
  expect(status).toBe(200);
  const lines = text.matchAll(
    /<li><a class="jump" href="([^"]+)"><span>([^<]*)<\/span> <span class="badge">([^<]*)</g,
  );
  return [...lines].map(([, path = '', title = '', kind = '']) => [`${title} (${kind})`, path]);
}

test('a few letters lead to a collection and what belongs to it, the likeliest first', async () => {
  const found = await find('bpo');
  expect(found[0]).toEqual(['blog_posts (Collection)', '/_/collections/blog_posts']);
  expect(found).toContainEqual([
    'New record in blog_posts (Action)',
    '/_/collections/blog_posts/records/new',
  ]);
  expect(found).toContainEqual(['Connect of blog_posts (Page)', '/_/collections/blog_posts/connect']);
});

test('every page and action that is offered exists', async () => {
  for (const typed of ['', 'e', 'o', 'new', 'blog_posts', 'users', 'account', '?']) {
    for (const [title, path] of await find(typed)) {
      const { status } = await world.get(path.split('#')[0] ?? '');
      expect([title, path, status]).toEqual([title, path, 200]);
    }
  }
});

test('part of an e-mail leads to accounts, of superusers too', async () => {
  const found = await find('@example');
  for (const [, path] of found) expect((await world.get(path)).status).toBe(200);
  const titles = found.map(([title]) => title);
  expect(titles.toSorted()).toEqual([
    'ada@example.com (Account of _superusers)',
    'max@example.com (Account of users)',
    'mia@example.com (Account of users)',
  ]);
  expect(await find('mia@ex')).toHaveLength(1);
});

test('superusers are made among the accounts, which ask for one’s own password', async () => {
  const found = await find('_superusers');
  expect(found.filter(([, path]) => path?.includes('/new'))).toEqual([
    [expect.stringContaining('_superusers'), '/_/accounts/new?collection=_superusers'],
  ]);
  for (const [, path] of found) expect((await world.get(path)).status).toBe(200);
});

test('the id of a record leads to it, and its title is no markup', async () => {
  const [[title, path] = []] = await find(post);
  expect(path).toBe(`/_/collections/blog_posts/records/${post}`);
  expect(title).toContain('(Record of blog_posts)');
  expect((await world.get(`/_/palette?q=${post}`)).text).not.toContain('<b>Hello');
});

test.each(['"', '" || id != "', "'", '\\', '%%%%', '<script>x', 'a'.repeat(500), '\u0000'])(
  'typing %p finds nothing and breaks nothing',
  async (typed) => {
    expect(await find(typed)).toEqual([]);
    const { text } = await world.get(`/_/palette?q=${encodeURIComponent(typed)}`);
    expect(text).toContain('Nothing fits.');
    expect(text).not.toContain('<script>x');
  },
);

test('a question mark leads to the page about keys', async () => {
  expect(await find('?')).toEqual([['Keys (Page)', '/_/shortcuts']]);
  expect((await world.get('/_/shortcuts')).text).toContain('<kbd>Ctrl</kbd> + <kbd>K</kbd>');
});
