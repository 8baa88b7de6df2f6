import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { collection, createNewsroom, NOW, type Question, schemaOf } from '../../../test/support/newsroom.ts';
import { AppError } from '../errors.ts';
import type { Expr } from './ast.ts';
import { createConditions } from './index.ts';

const room = createNewsroom();
const ann = room.account('ann');
const client: Question = { as: ann, trust: 'client' };

/** `code reason path` of the error that a question meets. */
function refusal(name: string, question: Question): string {
  try {
    room.ask(name, question);
    return 'answered';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [error.code, error.reason, error.params.path].filter(Boolean).join(' ');
  }
}

describe('what nobody may write', () => {
  const filters = [
    'nope = 1',
    'title.deep = 1',
    'author.nope = 1',
    'nobody_via_post.x = 1',
    'comments_via_by.x = 1',
    'comments_via_text.x = 1',
    'comments_via_post = 1',
    'rowid = 1',
    '_rowid_ = 1',
    'sqlite_master = 1',
    '@collection.nope.id = 1',
    '@collection.posts = 1',
    '@collection.posts:a = 1',
    '@collection.posts:a:b.id = 1',
    '@request.nope.x = 1',
    '@request.auth = 1',
    '@request.body = 1',
    '@request.method.x = 1',
    '@request.auth.id:isset = true',
    '@request.query.a:each = 1',
    '@request.body.nope:changed = true',
    '@request.body.data.a:changed = true',
    '@unknown = 1',
    'title:isset = true',
    'title:changed = true',
    'title:each = 1',
    'title:length = 1',
    'views:each = 1',
    'data.a:length = 1',
    'a..b = 1',
    'title..x = 1',
    'data..x = 1',
    'nope() = 1',
    'geoDistance(1, 2, 3) = 1',
    "geoDistance(1, 2, 3, 'x') = 1",
    'strftime() = 1',
    'strftime(1,1,1,1,1,1,1,1,1,1,1) = 1',
    "load_extension('x') = 1",
    "readfile('x') = 1",
    `title = ${'9'.repeat(400)}`,
  ];
  for (const filter of filters) {
    test(filter.slice(0, 60), () => {
      expect(refusal('posts', { filter, as: ann })).toBe('invalid bad_filter');
    });
  }

  for (const sort of [
    'nope',
    'null',
    '@now',
    '@request.nope.x',
    '@collection.nope.x',
    'title:what',
    'author.nope',
    'a.b',
  ]) {
    test(`sort ${sort}`, () => {
      expect(refusal('posts', { sort, as: ann })).toBe('invalid bad_filter');
    });
  }
});

describe('what clients may not write', () => {
  const table: readonly (readonly [collection: string, question: Question, refusal: string])[] = [
    ['posts', { filter: '@collection.users.id ?= id' }, 'forbidden superusers_filter @collection.'],
    ['posts', { filter: "title = '@request.auth.id'" }, 'forbidden superusers_filter @request.'],
    ['posts', { sort: '@request.auth.id' }, 'forbidden superusers_filter @request.'],
    ['posts', { filter: "secret ~ 's'" }, 'invalid bad_filter'],
    ['posts', { sort: 'secret' }, 'invalid bad_filter'],
    ['posts', { filter: "author.tokenKey ~ 'k'" }, 'invalid bad_filter'],
    ['posts', { sort: '-author.tokenKey' }, 'invalid bad_filter'],
    ['posts', { filter: "strftime('%Y', secret) = 1" }, 'invalid bad_filter'],
    ['links', { filter: "vault.code ~ '1'" }, 'invalid bad_filter'],
    ['links', { sort: 'vault.code' }, 'invalid bad_filter'],
    ['posts', { filter: "vaults_via_post.code ~ '1'" }, 'invalid bad_filter'],
    ['users', { filter: "tokenKey ~ 'k'" }, 'invalid bad_filter'],
  ];
  for (const [name, question, expected] of table) {
    test(`${name}: ${question.filter ?? question.sort}`, () => {
      expect(refusal(name, { ...client, ...question })).toBe(expected);
      expect(refusal(name, { as: ann, ...question })).toBe('answered');
    });
  }

  test('a tree is held to the same as a text', () => {
    const filter: Expr = {
      kind: 'compare',
      op: '=',
      any: true,
      left: { kind: 'path', path: '@collection.vaults.code' },
      right: { kind: 'text', value: '1234' },
    };
    const scope = {
      schema: room.schema,
      collection: room.get('posts'),
      alias: 'r',
      authCollection: undefined,
    };
    expect(() => createConditions().for({ scope, filter, trust: 'client' })).toThrow(
      'forbidden: superusers_filter',
    );
  });

  test('a password cannot be guessed by its hash, hidden or not', () => {
    const world = createNewsroom([collection('accounts', 'pin:password')]);
    expect(() => world.ask('accounts', { filter: "pin ~ '$2a'", trust: 'client' })).toThrow('bad_filter');
  });

  test('names with quotes reach no statement, not even in a tree', () => {
    const scope = {
      schema: room.schema,
      collection: room.get('posts'),
      alias: 'r',
      authCollection: undefined,
    };
    for (const path of [
      'title" OR 1=1 --',
      'title`',
      "data.x'); DROP TABLE posts; --",
      'data."x"',
      'author.na me',
    ]) {
      const filter: Expr = {
        kind: 'compare',
        op: '=',
        any: false,
        left: { kind: 'path', path },
        right: { kind: 'number', text: '1' },
      };
      expect(() => createConditions().for({ scope, filter, trust: 'superuser' })).toThrow('bad_filter');
    }
  });
});

describe('bounds', () => {
  test('joins', () => {
    const chain = (rows: number) =>
      Array.from(
        { length: rows - 1 },
        (_, at) => `@collection.posts:a${at}.id?=@collection.posts:a${at + 1}.id`,
      ).join('&&');
    expect(refusal('posts', { filter: chain(58) })).toBe('answered');
    expect(refusal('posts', { filter: chain(59) })).toBe('invalid bad_filter');
  });

  test('a long list of alternatives is one sub-query', () => {
    const filter = Array.from({ length: 150 }, (_, at) => `editors.id?='e${at}'`).join('||');
    expect(room.ask('posts', { ...client, filter: `${filter}||editors.id?='ann'` })).toEqual(['p4']);
    expect(room.text('posts', { filter }).match(/EXISTS/g)?.length).toBe(1);
    expect(room.text('posts', { filter })).not.toContain('LEFT JOIN');
  });

  test('six relations are followed, seven are not', () => {
    const world = createNewsroom([collection('nodes', 'next:relation>nodes name:text')]);
    const path = (hops: number) => `${'next.'.repeat(hops)}name = 'x'`;
    expect(world.ask('nodes', { filter: path(6) })).toEqual([]);
    expect(() => world.ask('nodes', { filter: path(7) })).toThrow('bad_filter');
  });

  test('list rules that point at each other do not run forever', () => {
    const rules = { list: 'other.other.name = 1', view: '', create: '', update: '', delete: '' };
    const world = createNewsroom([
      collection('left', 'other:relation>right name:text', { rules }),
      collection('right', 'other:relation>left name:text', { rules }),
    ]);
    expect(
      world.ask('left', { filter: "other.name = 'x' && other.other.name = 'y'", trust: 'client' }),
    ).toEqual([]);
  });

  test('the widest filter is answered', () => {
    const many = Array(200)
      .fill('a')
      .map((_, at) => `title = '${at}'`);
    expect(room.ask('posts', { filter: many.join('||') })).toEqual([]);
    expect(room.ask('posts', { filter: many.join('&&') })).toEqual([]);
    const deep = `${'(title=1||('.repeat(16)}title=1${'))'.repeat(16)}`;
    expect(room.ask('posts', { filter: deep })).toEqual([]);
  });

  test('a tree without end is refused', () => {
    let filter: Expr = {
      kind: 'compare',
      op: '=',
      any: false,
      left: { kind: 'path', path: 'title' },
      right: { kind: 'text', value: 'x' },
    };
    for (let depth = 0; depth < 70; depth++) filter = { kind: 'and', terms: [filter, filter] };
    const scope = {
      schema: room.schema,
      collection: room.get('posts'),
      alias: 'r',
      authCollection: undefined,
    };
    expect(() => createConditions().for({ scope, filter, trust: 'superuser' })).toThrow('bad_filter');
  });

  test('a pattern from a header may be too long for LIKE', () => {
    const as = room.guest({ header: () => 'x'.repeat(60_000) });
    expect(refusal('posts', { rule: 'title ~ @request.headers.h', as })).toBe('invalid bad_filter');
  });
});

test('any text is only a value', () => {
  const texts = fc.string({ unit: fc.constantFrom(...`ab'"\`;-)(\\%_\0\n é`), maxLength: 12 });
  const usable = texts.filter((text) => !text.endsWith('\\') && !text.includes('\0'));
  fc.assert(
    fc.property(usable, (text) => {
      const quoted = `'${text.replaceAll("'", "\\'")}'`;
      const found = room.ask('posts', { filter: `title = ${quoted}`, ...client });
      expect(found).toEqual(text === '' ? ['p3'] : []);
      room.ask('posts', {
        filter: `title ~ ${quoted} || data.a ?= ${quoted} || editors.name ?~ ${quoted}`,
        ...client,
      });
    }),
    { numRuns: 200 },
  );
});

test('a statement never shows a value', () => {
  const text = room.text('posts', {
    filter: "title = 'zebra' && data.giraffe = 4711 && tags:each ~ 'lion'",
    ...client,
  });
  for (const word of ['zebra', 'giraffe', '4711', 'lion']) expect(text).not.toContain(word);
});

test('a condition for one caller does not bind for another', () => {
  const scope = {
    schema: room.schema,
    collection: room.get('posts'),
    alias: 'r',
    authCollection: room.get('users'),
  };
  const { bind } = createConditions().for({ scope, rule: "@request.auth.id != ''", trust: 'client' });
  expect(() => bind(room.guest(), { now: NOW })).toThrow('condition_of_another_caller');
  expect(() =>
    bind({ ...room.guest(), kind: 'superuser', collection: undefined, record: undefined }, { now: NOW }),
  ).toThrow();
});

test('a relation to a collection that is gone is refused', () => {
  const posts = collection('posts', 'author:relation>users');
  const scope = { schema: schemaOf([posts]), collection: posts, alias: 'r', authCollection: undefined };
  expect(() => createConditions().for({ scope, filter: "author.name = 'x'", trust: 'superuser' })).toThrow(
    'bad_filter',
  );
});
