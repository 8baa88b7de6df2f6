import { afterAll, beforeAll, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { systemActor } from '../actor.ts';
import { renameInRule } from './rename.ts';

let world: TestCore;

beforeAll(async () => {
  world = await openTestCore();
  const { collections } = world.core;
  await collections.createAll(systemActor, [
    {
      name: 'posts',
      fields: [
        { name: 'title', type: 'text' },
        { name: 'note', type: 'text' },
        { name: 'parent', type: 'relation', collectionId: 'posts', maxSelect: 1 },
        { name: 'author', type: 'relation', collectionId: 'users', maxSelect: 1 },
      ],
    },
  ]);
});
afterAll(() => world.close());

const renamed = (rule: string, of = 'posts') => {
  const collection = world.core.collections.get(of);
  const fields = new Map([
    ['title', 'note'],
    ['note', 'title'],
    ['parent', 'above'],
    ['name', 'nick'],
  ]);
  return renameInRule(rule, { collection, name: 'works', fields });
};

test.each([
  [`title = "title" && note:lower != 'note' // title`, `note = "title" && title:lower != 'note' // title`],
  [
    '@request.body.title:isset = true && @request.query.title = 1',
    '@request.body.note:isset = true && @request.query.title = 1',
  ],
  ['parent.parent.title = parent.author.title', 'above.above.note = above.author.title'],
  [
    'posts_via_parent.title ?= 1 && users_via_title.note = 1',
    'works_via_above.note ?= 1 && users_via_title.note = 1',
  ],
  [
    '@collection.posts:p.title = @collection.users.title',
    '@collection.works:p.note = @collection.users.title',
  ],
  ['author.name = @request.auth.name', 'author.name = @request.auth.name'],
  ['(title', '(note'],
  ['"title', '"title'],
  ['', ''],
])('%j becomes %j', (rule, expected) => {
  expect(renamed(rule)).toBe(expected);
});

test('of accounts the caller’s own names change, too', () => {
  expect(renamed('name = @request.auth.name', 'users')).toBe('nick = @request.auth.nick');
});
