import { describe, expect, test } from 'bun:test';
import { createNewsroom, type Question } from '../../../test/support/newsroom.ts';

const room = createNewsroom();
const ann = room.account('ann');
const bob = room.account('bob');
const cid = room.account('cid');
const dan = room.account('dan');

const ALL = 'p1 p2 p3 p4';

/** A filter and the ids it finds. */
type Row = readonly [filter: string, ids: string, question?: Question];

function rows(title: string, collection: string, table: readonly Row[]): void {
  describe(title, () => {
    for (const [filter, ids, question] of table) {
      test(`${filter} finds ${ids || 'nothing'}`, () => {
        expect(room.ask(collection, { ...question, filter }).join(' ')).toBe(ids);
      });
    }
  });
}

rows('own fields', 'posts', [
  ["title = 'Hello'", 'p1'],
  ["'Hello' = title", 'p1'],
  ["title != 'Hello'", 'p2 p3 p4'],
  ["title:lower = 'hello'", 'p1'],
  ['views > 0', 'p1 p4'],
  ['views >= -2.5 && views < 7', 'p2 p3'],
  ["views = '7'", 'p4'],
  ['views = null', ''],
  ['published = true', 'p1 p3'],
  ['published != TRUE', 'p2 p4'],
  ['published = False', 'p2 p4'],
  ['true = true', ALL],
  ["'a' = 'b'", ''],
  ["title ~ 'It\\'s'", 'p2'],
  ["title > 'I' && title < 'z'", 'p2 p4'],
]);

rows('empty values', 'posts', [
  ["title = ''", 'p3'],
  ['title = null', 'p3'],
  ["title != ''", 'p1 p2 p4'],
  ['null != title', 'p1 p2 p4'],
  ["'' = null", ALL],
  ["'' != NULL", ''],
]);

rows('contains', 'posts', [
  ["title ~ 'hello'", 'p1 p4'],
  ["title !~ 'hello'", 'p2 p3'],
  ["title ~ 'hello%'", 'p1 p4'],
  ["title ~ '%again'", 'p4'],
  ["title ~ '100%'", ''],
  ["title ~ '100\\%'", 'p2'],
  ["title ~ '_'", 'p2'],
  ["title ~ '\\_'", 'p2'],
  ["title ~ ''", ALL],
  ['views ~ 2', 'p3'],
  ["'say Hello there' ~ title", 'p1 p3'],
  ["'say Hello there' !~ title", 'p2 p4'],
  ["'abc' ~ null", ''],
]);

rows('joins of conditions', 'posts', [
  ["title = 'Hello' || views = 7 && published = true", 'p1'],
  ["(title = 'Hello' || views = 7) && published = false", 'p4'],
  ["views = 7 // the last\n || title = ''", 'p3 p4'],
]);

rows('json and geo points', 'posts', [
  ['data.a.b.0 = 7', 'p1'],
  ["data.a.b.1 = 'x'", 'p1'],
  ['data.ok = true', 'p1'],
  ["data.s = '5'", 'p1'],
  ['data.s = 5', ''],
  ['data = 5', 'p2'],
  ["data = 'text'", 'p4'],
  ["data ~ 'tex'", 'p4'],
  ['data = null', 'p3'],
  ['data != null', 'p1 p2 p4'],
  ["data = ''", ''],
  ['data.a.c = null', ALL],
  ["data.a.c = ''", ''],
  ['data.a.b.0 != 7', 'p2 p3 p4'],
  ['data.a.b.99999999999999999999 = null', ALL],
  ['place.lon > 12', 'p1'],
  ['place.lat = 0', 'p2 p4'],
  ['place.nowhere = null', ALL],
]);

rows('functions', 'posts', [
  ['geoDistance(place.lon, place.lat, 12.4964, 41.9028) < 5', 'p1'],
  ['geoDistance(0, 0, 0, place.lat,) = 0', 'p2 p4'],
  ['geoDistance(0, 0, 0, 1) > 111.19 && geoDistance(0, 0, 0, 1) < 111.2', ALL],
  ['geoDistance(null, 0, 0, 1) > 0', ''],
  ["strftime('%Y', at) = '2026'", 'p1 p2'],
  ["strftime('%Y', at, '+1 year') = '2027'", 'p1 p2'],
  ["strftime('%Y', strftime('%Y-%m-%d', at)) = '2025'", 'p4'],
  ["strftime('%Y', at) = null", 'p3'],
  ['geoDistance(author.team.city.place.lon, author.team.city.place.lat, 10.7, 59.9) < 10', 'p3'],
]);

rows('moments', 'posts', [
  ['at > @todayStart', 'p1'],
  ['at >= @yesterday', 'p1 p2'],
  ['at < @monthStart', 'p3 p4'],
  ["at <= @todayEnd && at != ''", 'p1 p2 p4'],
  ['@year = 2026 && @month = 4 && @day = 15 && @weekday = 3', ALL],
  ['@hour = 10 && @minute = 20 && @second = 30', ALL],
  ["@now = '2026-04-15 10:20:30.400Z'", ALL],
  ["@tomorrow = '2026-04-16 10:20:30.400Z'", ALL],
  ["@todayEnd = '2026-04-15 23:59:59.999Z'", ALL],
  ["@monthEnd = '2026-04-30 23:59:59.999Z'", ALL],
  ["@yearStart = '2026-01-01 00:00:00.000Z' && @yearEnd = '2026-12-31 23:59:59.999Z'", ALL],
]);

rows('lists', 'posts', [
  ['tags = \'["b"]\'', 'p2'],
  ["tags ~ 'a'", 'p1 p4'],
  ['tags:length = 2', 'p1 p4'],
  ['tags:length < 1', 'p3'],
  ['kind:length = 1', 'p1 p2 p4'],
  ["kind:each = 'news'", 'p1 p4'],
  ["tags:each = 'b'", 'p2'],
  ["tags:each ?= 'b'", 'p1 p2'],
  ["tags:each != 'b'", 'p4'],
  ["tags:each ?!= 'b'", 'p1 p3 p4'],
  ["tags:each = ''", 'p3'],
  ["tags:each ~ 'b'", 'p2'],
  ["tags:each ?~ 'b'", 'p1 p2'],
  ["tags:each > 'a'", 'p2'],
  ["tags:each ?> 'b'", 'p4'],
  ["tags:each ?= 'a' && tags:each ?= 'b'", ''],
  ["tags:each ?= 'a' || tags:each ?= 'b'", 'p1 p2 p4'],
]);

rows('single relations', 'posts', [
  ["author = 'ann'", 'p1'],
  ["author.id = 'ann'", 'p1'],
  ["author.name = 'Ann'", 'p1'],
  ["author.name != 'Ann'", 'p2 p3 p4'],
  ["author.name = ''", 'p4'],
  ["author.team.city.name = 'Oslo'", 'p3'],
  ['author.team.budget > 60', 'p1 p2'],
  ["author.prefs.lang = 'it'", 'p1'],
  ['author.prefs = null', 'p2 p3 p4'],
  ['author.team.city.place.lat > 50', 'p3'],
  ["author.friends.name ?= 'Ann'", 'p2'],
  ["author.friends.name ?= 'Bob'", 'p1'],
  ["author.friends.name = 'Bob'", ''],
]);

rows('multiple relations', 'posts', [
  ["editors.name ?= 'Bob'", 'p1 p2'],
  ["editors.name = 'Bob'", 'p2'],
  ["editors.name ?!= 'Bob'", 'p1 p3 p4'],
  ["editors.name != 'Bob'", ''],
  ["editors.name != 'Zed'", 'p1 p2'],
  ["editors.name = ''", 'p3'],
  ["editors.name ?= ''", 'p3 p4'],
  ["editors.id ?= 'ann'", 'p4'],
  ['editors:length > 1', 'p1 p4'],
  ["editors.team.name ?= 'Weekly'", 'p1'],
  ["editors.name ?= 'Bob' && editors.team ?= 'weekly'", ''],
  ["editors.name ?= 'Cid' && editors.team ?= 'weekly'", 'p1'],
  ['editors.id = editors.id', 'p2 p3'],
  ['editors.id ?= editors.id', ALL],
  ['editors.team = author.team', 'p2'],
  ['editors.friends:length ?= 0', 'p1 p3 p4'],
]);

rows('records that point here', 'posts', [
  ["comments_via_post.text ?= 'bad'", 'p1'],
  ["comments_via_post.text = 'nice'", 'p2'],
  ["comments_via_post.text ?= 'nice' && comments_via_post.score ?= 1", ''],
  ["comments_via_post.text ?= 'nice' && comments_via_post.score ?> 4", 'p1'],
  ["comments_via_post.text = 'nice' && comments_via_post.score ?= 4", 'p2'],
  ["comments_via_post.id = ''", 'p3 p4'],
  ["comments_via_post.id != ''", 'p1 p2'],
  ["comments_via_also.text ?= 'nice'", 'p2 p3'],
  ["comments_via_post.by.team.name ?= 'Weekly'", 'p1'],
  ["comments_via_post.text ?= 'bad' || views = 7", 'p1 p4'],
  ["(comments_via_post.text ?= 'nice' || title = 'hello again') && comments_via_post.score ?= 4", 'p2'],
  ["(comments_via_post.text ?= 'bad' || comments_via_post.text ?= 'none') && title = 'Hello'", 'p1'],
  ["comments_via_post.also.title ?= ''", 'p1 p2 p3 p4'],
  ['comments_via_post.by ?= author && comments_via_post.score ?= 4', 'p2'],
]);

rows('a record that points here once', 'users', [
  ["profiles_via_user.nickname = 'annie'", 'ann'],
  ["profiles_via_user.nickname = ''", 'bob cid dan'],
  ["members_via_user.role ?= 'guest'", 'ann'],
]);

rows('other collections', 'teams', [
  ["@collection.members.user ?= 'bob' && @collection.members.team ?= id", 'daily'],
  [
    "@collection.members.user ?= 'ann' && @collection.members.role ?= 'chief' && @collection.members.team ?= id",
    'daily',
  ],
  [
    "@collection.members:a.role ?= 'guest' && @collection.members:b.user ?= 'bob' && @collection.members:b.team ?= id",
    'daily',
  ],
  ['@collection.members.team ?= id', 'daily weekly'],
  ["@collection.members.role ?= 'nobody'", ''],
  ["@collection.members.team = 'daily'", ''],
  ["@collection.c_members.user ?= 'bob'", 'daily empty weekly'],
  ['@collection.cities.name ?= city.name', 'daily weekly'],
  ["@collection.MEMBERS.user.name ?= 'Cid' && @collection.MEMBERS.team ?= id", 'weekly'],
]);

const asRule = (as: Question['as']): Question => ({ as });

rows('the caller', 'posts', [
  ['@request.auth.id = author', 'p1', asRule(ann)],
  ['@request.auth.id = author', 'p4'],
  ["@request.auth.id != ''", ALL, asRule(dan)],
  ["@request.auth.id != ''", ''],
  ["@request.auth.id != '' && author = @request.auth.id", ''],
  ["@request.auth.name = 'Ann'", ALL, asRule(ann)],
  ["@request.auth.name:lower = 'ann'", ALL, asRule(ann)],
  ["@request.auth.name = ''", ALL, asRule(dan)],
  ["@request.auth.team.name = 'Daily'", ALL, asRule(ann)],
  ["@request.auth.team.name = 'Daily'", '', asRule(cid)],
  ["@request.auth.team.city.name = 'Rome'", ALL, asRule(bob)],
  ['@request.auth.friends.name ?= author.name', 'p2 p3', asRule(ann)],
  ['@request.auth.friends:each ?= author', 'p1', asRule(bob)],
  ['@request.auth.friends ~ author', 'p2 p3 p4', asRule(ann)],
  ['@request.auth.friends:length = 2', ALL, asRule(ann)],
  ['@request.auth.members_via_user.team ?= author.team', 'p1 p2 p3', asRule(ann)],
  ['@request.auth.members_via_user.team ?= author.team', 'p3', asRule(cid)],
  ["@request.auth.collectionName = 'users' && @request.auth.collectionId = 'c_users'", ALL, asRule(ann)],
  ["@request.auth.prefs.lang = 'it'", ALL, asRule(ann)],
  ['@request.auth.prefs.n.1 = 2', ALL, asRule(ann)],
  ['@request.auth.nope = null', ALL, asRule(ann)],
  ["@request.auth.nope.deep = ''", ALL, asRule(ann)],
  ['author.team = @request.auth.team', 'p4', asRule(dan)],
  ['author.team = @request.auth.team', 'p1 p2', asRule(ann)],
  ['@request.auth.posts_via_editors.kind ?= kind', 'p3', asRule(dan)],
  ['@request.auth.posts_via_editors.kind ?= kind', 'p1 p2 p4', asRule(bob)],
  ['author.name ~ @request.auth.name', 'p1', asRule(ann)],
  ["@request.auth.tokenKey = 'ka'", ALL, asRule(ann)],
]);

const body = {
  title: 'New',
  tags: ['a', 'z'],
  author: 'bob',
  editors: ['ann', 'cid'],
  data: { x: { y: 1 } },
  views: 3,
  published: true,
  extra: 'kept',
};
const stored = { title: 'Hello', tags: ['a', 'z'], views: 3 };
const sent: Question = { call: { body, stored } };

rows('the body', 'posts', [
  ["@request.body.title = 'New'", ALL, sent],
  ['@request.body.title:isset = true', ALL, sent],
  ['@request.body.title:isset = true', ''],
  ['@request.body.nope:isset = false', ALL, sent],
  ['@request.body.nope = null', ALL, sent],
  ["@request.body.extra = 'kept'", ALL, sent],
  ["@request.body.extra:lower = 'kept'", ALL, sent],
  ["@request.body.title:lower = 'new'", ALL, sent],
  ['@request.body.tags:length = 2', ALL, sent],
  ['@request.body.tags:length = 0', ALL],
  ["@request.body.tags:each ?= 'z'", ALL, sent],
  ["@request.body.tags:each = 'a'", '', sent],
  ["@request.body.author.name = 'Bob'", ALL, sent],
  ["@request.body.author.team.city.name = 'Rome'", ALL, sent],
  ["@request.body.author.name = 'Bob'", ''],
  ["@request.body.editors.name ?= 'Cid'", ALL, sent],
  ["@request.body.editors.name = 'Cid'", '', sent],
  ["@request.body.editors.comments_via_by.text ?= 'bad'", ALL, sent],
  ['@request.body.data.x.y = 1', ALL, sent],
  ['@request.body.data.x.y:isset = true', ALL, sent],
  ['@request.body.data.x.z:isset = true', '', sent],
  ['@request.body.data.__proto__.x = null', ALL, sent],
  ['@request.body.constructor:isset = true', '', sent],
  ['@request.body.views > 2', ALL, sent],
  ['@request.body.published = true', ALL, sent],
  ['@request.body.title:changed = true', ALL, sent],
  ['@request.body.tags:changed = false && @request.body.views:changed = false', ALL, sent],
  ['@request.body.kind:changed = false', ALL, sent],
  ['@request.body.author = author', 'p2', sent],
]);

rows('any element of a list', 'posts', [
  ["tags ?= 'b'", 'p1 p2'],
  ["'b' ?= tags", 'p1 p2'],
  ["tags = 'b'", ''],
  ["tags ?!= 'b'", 'p1 p4'],
  ["tags ?~ 'B'", 'p1 p2'],
  ["tags ?!~ 'a'", 'p1 p2 p4'],
  ["tags ?> 'b'", 'p4'],
  ["tags:lower ?= 'b'", 'p1 p2'],
  ['tags:length ?= 2', 'p1 p4'],
  ["kind ?= 'news'", 'p1 p4'],
  ["tags ?= 'a' && tags ?= 'b'", 'p1'],
  ["tags ?= 'a' || tags ?= 'b'", 'p1 p2 p4'],
  ["editors ?= 'ann'", 'p4'],
  ["editors ?= 'gone'", 'p4'],
  ["editors ?= ''", ''],
  ['editors ?= null', ''],
  ['editors ?!= null', 'p1 p2 p4'],
  ['editors ?= @request.auth.id', 'p1 p2', asRule(bob)],
  ['editors ?= @request.auth.id', '', asRule(dan)],
  ['editors ?= @request.auth.id', ''],
  ['editors ?= author', 'p2'],
  ['@request.auth.friends ?= author', 'p2 p3', asRule(ann)],
  ["@request.body.tags ?= 'z'", ALL, { call: { body: { tags: ['a', 'z'] } } }],
  ["@request.body.tags ?= ''", '', { call: { body: { tags: [] } } }],
  ["@request.body.tags ?= ''", ''],
  ['@request.body.tags ?= tags', 'p1 p4', { call: { body: { tags: ['a', 'z'] } } }],
]);

const facts: Question = {
  as: room.guest({
    method: 'POST',
    query: (name) => (name === 'page' ? '2' : undefined),
    header: (name) => (name === 'x_token' ? 'abc' : name === 'x_loud' ? 'LOUD' : undefined),
  }),
};

rows('the request', 'posts', [
  ["@request.query.page = '2' && @request.query.page:isset = true", ALL, facts],
  ['@request.query.other:isset = true', '', facts],
  ['@request.query.page.deep = null', ALL, facts],
  ["@request.headers.x_token = 'abc'", ALL, facts],
  ["@request.headers.x_loud:lower = 'loud'", ALL, facts],
  ["@request.query.other:lower = ''", ALL, facts],
  ["@request.method = 'POST'", ALL, facts],
  ["@request.context = 'default'", ALL, facts],
]);

const asAnn: Question = { as: ann, trust: 'client' };
const asBob: Question = { as: bob, trust: 'client' };

rows('a client sees through relations what it may list', 'links', [
  ["note.body ~ 'm'", 'l1', asAnn],
  ["note.body != 'zzz'", 'l1', asAnn],
  ["note.body != 'zzz'", 'l2', asBob],
  ["note.body = ''", '', asAnn],
  ["note.id = 'n2'", 'l2', asAnn],
  ["note.body ~ 'm'", '', { trust: 'client' }],
  ["note.post.title = 'Hello'", 'l1', asAnn],
  ["notes.body ?= 'mine'", 'l1 l2', asAnn],
  ["notes.body = 'mine'", 'l1', asAnn],
  ["notes.body ?!= 'zzz'", 'l1 l2', asAnn],
  ["notes.body ?= 'his'", '', asAnn],
  ["note.body ~ 'h' || note.body ~ 'm'", 'l1 l2'],
]);

rows('a client sees through back-relations what it may list', 'posts', [
  ["notes_via_post.body ?= 'mine'", 'p1', asAnn],
  ["notes_via_post.body ?= 'mine'", '', asBob],
  ["notes_via_post.body = 'his'", 'p2', asBob],
  ["author.email ~ 'x.org'", 'p1 p3', asAnn],
  ["editors.email ?~ 'bob'", '', asAnn],
]);

rows('a client finds e-mails that are shown', 'users', [
  ["email ~ 'x'", 'ann cid', asAnn],
  ["email != ''", 'ann cid', asAnn],
  ["email = ''", '', asAnn],
  ["email = 'bob@x.org' || name = 'Bob'", 'bob', asAnn],
  ["email = 'bob@x.org'", '', asAnn],
  ["email = 'bob@x.org'", 'bob'],
]);

describe('sorting', () => {
  const table: readonly (readonly [collection: string, sort: string, ids: string, question?: Question])[] = [
    ['posts', 'views', 'p3 p2 p4 p1'],
    ['posts', ' -views , +id', 'p1 p4 p2 p3'],
    ['posts', 'author.name', 'p4 p1 p2 p3'],
    ['posts', '-author.team.name,title', 'p3 p1 p2 p4'],
    ['posts', 'comments_via_post.post,id', 'p3 p4 p1 p2'],
    ['posts', 'title:lower', 'p3 p1 p4 p2'],
    ['posts', '-data.s,id', 'p1 p2 p3 p4'],
    ['posts', '-@rowid', 'p4 p3 p2 p1'],
    ['posts', '-@request.auth.id,-id', 'p4 p3 p2 p1'],
    ['users', 'email,id', 'bob dan ann cid', asAnn],
    ['users', 'email', 'dan ann bob cid'],
    ['links', '-note.body,id', 'l1 l2 l3', asAnn],
    ['links', '-notes.body,id', 'l1 l2 l3', asAnn],
  ];
  for (const [collection, sort, ids, question] of table) {
    test(`${collection} by ${sort}: ${ids}`, () => {
      expect(room.ask(collection, { ...question, sort }).join(' ')).toBe(ids);
    });
  }
  test('@random keeps every row', () => {
    expect(room.ask('posts', { sort: '@random' }).toSorted().join(' ')).toBe(ALL);
  });
});

describe('rules', () => {
  test('null holds for nobody, empty for everyone', () => {
    expect(room.ask('posts', { rule: null })).toEqual([]);
    expect(room.ask('posts', { rule: '' }).join(' ')).toBe(ALL);
  });
  test('a rule and a filter must both hold, and do not share rows', () => {
    const question = {
      rule: "comments_via_post.text ?= 'nice'",
      filter: 'comments_via_post.score ?= 1',
      as: ann,
    };
    expect(room.ask('posts', { ...question, trust: 'client' })).toEqual(['p1']);
  });
});
