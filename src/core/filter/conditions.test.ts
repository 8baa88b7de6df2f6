import { describe, expect, test } from 'bun:test';
import { createNewsroom, NOW, newsroomCollections } from '../../../test/support/newsroom.ts';
import { createConditions } from './index.ts';

const room = createNewsroom();
const ann = room.account('ann');
const scope = {
  schema: room.schema,
  collection: room.get('posts'),
  alias: 'r',
  authCollection: room.get('users'),
};

describe('compiled conditions', () => {
  const conditions = createConditions();
  const condition = (filter: string, sort?: string) =>
    conditions.for({ scope, filter, ...(sort ? { sort } : {}), trust: 'client' }).condition;

  test('filters that differ in values share one', () => {
    expect(condition("title = 'a' && views > 1")).toBe(condition('title="b" &&views>-2.5 // less'));
    expect(condition("title ~ 'a'")).toBe(condition("title ~ 'b%'"));
  });

  test('filters of other shapes, sorts and empty text do not', () => {
    const one = condition("title = 'a'");
    expect(condition("title = ''")).not.toBe(one);
    expect(condition('title = 1')).not.toBe(one);
    expect(condition("title != 'a'")).not.toBe(one);
    expect(condition("title = 'a'", 'views')).not.toBe(one);
    expect(conditions.for({ scope, filter: "title = 'a'", trust: 'superuser' }).condition).not.toBe(one);
    expect(
      conditions.for({ scope, rule: 'views = 1', filter: "title = 'a'", trust: 'client' }).condition,
    ).not.toBe(one);
    const guests = { ...scope, authCollection: undefined };
    expect(conditions.for({ scope: guests, filter: "title = 'a'", trust: 'client' }).condition).not.toBe(one);
  });

  test('each filter binds its own values', () => {
    const bound = (filter: string) =>
      Object.values(conditions.for({ scope, filter, trust: 'client' }).bind(ann, { now: NOW }));
    expect(bound("title = 'a' && views > 1")).toEqual(['a', 1]);
    expect(bound("title = 'b' && views > 2")).toEqual(['b', 2]);
    expect(bound("title ~ 'a_' && title !~ '%b'")).toEqual(['%a\\_%', '%b']);
  });

  test('a tree finds what its text finds', () => {
    const ready = conditions.for({
      scope,
      filter: {
        kind: 'compare',
        op: '=',
        any: false,
        left: { kind: 'path', path: 'title' },
        right: { kind: 'text', value: 'Hello' },
      },
      trust: 'client',
    });
    expect(Object.values(ready.bind(ann, { now: NOW }))).toEqual(['Hello']);
  });

  test('nothing asked is always true', () => {
    expect(conditions.for({ scope, trust: 'client' }).condition.always).toBe(true);
    expect(
      conditions.for({ scope, rule: '', filter: '', sort: 'views', trust: 'client' }).condition.always,
    ).toBe(true);
    expect(conditions.for({ scope, rule: null, trust: 'client' }).condition.always).toBe(false);
  });
});

describe('plans', () => {
  const world = createNewsroom();
  const as = world.account('ann');
  world.database.run('CREATE INDEX by_title ON posts (title)');
  world.database.run('CREATE INDEX by_views ON posts (views)');
  world.database.run('CREATE INDEX by_member ON members (user, team)');
  world.database.run('CREATE INDEX by_post ON comments (post)');

  test('a column that is compared with a value is searched by its index', () => {
    expect(world.plan('posts', { filter: "title = 'x'" })).toContain('USING INDEX by_title (title=?)');
    expect(world.plan('posts', { filter: 'views > 3', sort: 'views' })).toContain('by_views (views>?)');
    expect(world.plan('posts', { filter: "title = ''" })).toContain('by_title (title=?)');
    expect(world.plan('posts', { rule: 'title = @request.query.t', as })).toContain('by_title (title=?)');
    expect(world.plan('posts', { rule: 'title = @request.auth.name', as })).toContain('by_title (title=?)');
  });

  test('rows of other collections are searched by their indexes', () => {
    const rule = '@collection.members.user ?= @request.auth.id && @collection.members.team ?= author.team';
    expect(world.plan('posts', { rule, as })).toContain('by_member (user=? AND team=?)');
    expect(world.plan('posts', { filter: "comments_via_post.text ?= 'x'" })).toContain('by_post (post=?)');
    expect(world.plan('posts', { filter: "comments_via_post.text = 'x'" })).toContain('by_post (post=?)');
  });

  test('memberships of the caller are found once, when an index finds them', () => {
    const collections = newsroomCollections().map((one) =>
      one.name === 'members'
        ? {
            ...one,
            indexes: ['CREATE INDEX by_user ON members (`user`)', 'CREATE INDEX by_team ON members (team)'],
          }
        : one,
    );
    const other = createNewsroom(collections);
    for (const rule of [
      '@collection.members.user ?= @request.auth.id && @collection.members.team ?= author.team',
      'author.team.members_via_team.user ?= @request.auth.id',
      "(author.team.members_via_team.user ?= @request.auth.id && author.team.members_via_team.role ?= 'writer') || title = 'x'",
    ]) {
      expect(other.text('posts', { rule, as })).toContain(' IN (SELECT ');
      expect(other.plan('posts', { rule, as })).toContain('by_user (user=?)');
      for (const id of ['ann', 'bob', 'cid', 'dan']) {
        const question = { rule, as: other.account(id) };
        expect(other.ask('posts', question)).toEqual(world.ask('posts', question));
      }
    }
    const loose = "@collection.members.role ?= 'chief' && @collection.members.team ?= author.team";
    expect(other.text('posts', { rule: loose, as })).not.toContain(' IN (SELECT ');
  });

  test('a collection is searched by its index even for what may be empty', () => {
    const filter = '@collection.comments.post ?= author.team';
    expect(world.plan('posts', { filter })).toContain('by_post (post=?)');
  });

  test('a relation that two expressions follow is joined once', () => {
    const text = world.text('posts', {
      rule: "author.team.name = 'x'",
      filter: "author.name = 'y'",
      sort: 'author.email',
    });
    expect(text.match(/JOIN/g)?.length).toBe(2);
  });

  test('a unique back-relation is a plain join', () => {
    expect(world.text('users', { filter: "profiles_via_user.nickname = 'x'" })).not.toContain('EXISTS');
  });
});
