import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type ApiWorld, EVERY_FIELD, openApiWorld } from '../../../test/support/trailbase-api.ts';
import type { Expr, Operand } from '../../core/index.ts';
import { filterTree } from './filter.ts';
import { readListQuery } from './query.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
  const numbered = await world.create({ name: 'numbered', idKind: 'integer', fields: EVERY_FIELD });
  const parent = { name: 'parent', type: 'relation', collectionId: numbered.id, maxSelect: 1 };
  await world.create({ name: 'tagged', idKind: 'uuid', fields: [...EVERY_FIELD, parent] });
});
afterAll(() => world.close());

function tree(query: string, name = 'tagged'): Expr | undefined {
  const api = world.api(name);
  return filterTree(api, readListQuery(api, new Request(`http://localhost/?${query}`)).filter);
}

/** A tree in a few words. */
function words(expr: Expr | undefined): string {
  switch (expr?.kind) {
    case undefined:
    case 'among':
      return '';
    case 'and':
    case 'or':
      return `(${expr.terms.map(words).join(` ${expr.kind} `)})`;
    case 'not':
      return `not ${words(expr.term)}`;
    case 'match':
      return `${expr.path} ${expr.test} '${expr.value}'`;
    case 'compare':
      expect(expr.strict).toBe(true);
      return `${side(expr.left)} ${expr.any ? '?' : ''}${expr.op} ${side(expr.right)}`;
  }
}

function side(operand: Operand): string {
  switch (operand.kind) {
    case 'text':
      return `'${operand.value}'`;
    case 'number':
      return operand.text;
    case 'path':
      return operand.path;
    case 'call':
      return '?';
  }
}

test.each([
  ['', ''],
  ['filter[title]=a', "title = 'a'"],
  ['filter[title][$eq]=a', "title = 'a'"],
  ['filter[title]=007', "title = '007'"],
  ['filter[title]=', "title = ''"],
  ['filter[title]=a+b%26%3D%5B', "title = 'a b&=['"],
  ['filter[count][$gte]=1&filter[count][$lte]=9', '(count >= 1 and count <= 9)'],
  ['filter[count]=1&filter[title]=b', "(count = 1 and title = 'b')"],
  ['filter[count]=9223372036854775807', 'count = 9223372036854775807'],
  ['filter[ratio][$ne]=1e2', 'ratio != 100'],
  ['filter[flag]=true', 'flag = true'],
  ['filter[title][$like]=%25a_', "title ~ '%a_'"],
  ['filter[title][$re]=^a', "title regexp '^a'"],
  ['filter[title][$is]=NULL', 'title = null'],
  ['filter[title][$is]=!NULL', 'title != null'],
  ['filter[shape][@within]=POINT(1 2)', "shape within 'POINT(1 2)'"],
  ['filter[shape][@intersects]=POINT(1 2)', "shape intersects 'POINT(1 2)'"],
  ['filter[shape][@contains]=POINT(1 2)', "shape contains 'POINT(1 2)'"],
  ['filter[blob]=_-8', "blob = '_-8='"],
  ['filter[uuid]=AZCo8AAAcACAAAAAAAAAAQ==', "uuid = '0190a8f0-0000-7000-8000-000000000001'"],
  ['filter[id]=AZCo8AAAcACAAAAAAAAAAQ', "id = '0190a8f0-0000-7000-8000-000000000001'"],
  ['filter[parent]=7', "parent = '7'"],
  ['filter[many]=a', "many ?= 'a'"],
  ['filter[whatever]=7', "(whatever = 7 or whatever = '7')"],
  ['filter[whatever][$ne]=7', "(whatever != 7 and whatever != '7')"],
  ['filter[whatever][$gt]=7', 'whatever > 7'],
  [
    'filter[whatever]=-9223372036854775808',
    "(whatever = -9223372036854775808 or whatever = '-9223372036854775808')",
  ],
  ['filter[whatever]=1.5', "(whatever = 1.5 or whatever = '1.5')"],
  ['filter[due][$re]=.', "(due != null and due regexp '.')"],
  ['filter[parent][$re]=.', "(parent != null and parent regexp '.')"],
  ['filter[whatever]=007', "whatever = '007'"],
  ['filter[whatever]=Infinity', "whatever = 'Infinity'"],
  ['filter[$or][0][title]=a&filter[$or][1][count][$gt]=2', "(title = 'a' or count > 2)"],
  ['filter[$or][7][title]=b&filter[$or][2][title]=a', "(title = 'a' or title = 'b')"],
  ['filter[$or][10][title]=b&filter[$or][9][title]=a', "(title = 'a' or title = 'b')"],
  [
    'filter[$and][0][$or][0][title]=a&filter[$and][0][$or][1][title]=b&filter[$and][1][count]=1',
    "((title = 'a' or title = 'b') and count = 1)",
  ],
  [
    'filter[$or][0][title]=a&filter[$or][0][count]=1&filter[$or][1][count]=2',
    "((title = 'a' and count = 1) or count = 2)",
  ],
])('%s means %s', (query, meaning) => {
  expect(words(tree(query))).toBe(meaning);
});

test('ids of integer keys are numbers', () => {
  expect(words(tree('filter[id][$gt]=5', 'numbered'))).toBe('id > 5');
});

describe('Invalid filter params', () => {
  test.each([
    ...[
      'filter[nothing]=1',
      'filter[_secret]=1',
      'filter[constructor]=1',
      'filter[__proto__]=1',
      'filter[parent.title]=x',
    ],
    ...[
      'filter[count]=1.5',
      'filter[count]=a',
      'filter[count]=',
      'filter[count]=9223372036854775808',
      'filter[ratio]=a',
    ],
    ...['filter[blob]=!', 'filter[uuid]=AAAA', 'filter[id]=zzz', 'filter[flag]=2', 'filter[parent]=x'],
    ...[
      'filter[title][$is]=null',
      'filter[title][$is]=',
      'filter[title][@within]=POINT(1 2)',
      'filter[shape][@within]=a;b',
    ],
  ])('%s', (query) => {
    expect(() => tree(query)).toThrow('Invalid filter params');
  });
});

describe('Invalid query', () => {
  test.each([
    ...[
      'filter[title][$foo]=1',
      'filter[title][eq]=1',
      'filter[title][toString]=1',
      'filter[title][$eq][x]=1',
      'filter[ti tle]=1',
    ],
    ...[
      'filter[$or]=1',
      'filter[$or][a][title]=1',
      'filter[$or][-1][title]=1',
      'filter[$or][0]=1',
      'filter[]=1',
    ],
    ...[
      'filter[title][$or][0]=1',
      'filter[$not][0][title]=1',
      'filter[$or][][title]=1',
      'filter[$or][99999][title]=1',
    ],
  ])('%s', (query) => {
    expect(() => tree(query)).toThrow('Invalid query');
  });

  test('groups nest five deep, and no deeper', () => {
    const nested = (depth: number) => `filter${'[$or][0]'.repeat(depth)}[title]=a`;
    expect(words(tree(nested(5)))).toBe("title = 'a'");
    expect(() => tree(nested(6))).toThrow('Invalid query');
    expect(() => tree(nested(5000))).toThrow('Invalid query');
  });

  test('two hundred terms, and no more', () => {
    const terms = (count: number) =>
      Array.from({ length: count }, (_, at) => `filter[$or][${at}][count]=${at}`).join('&');
    expect(tree(terms(200))).toMatchObject({ kind: 'or' });
    expect(() => tree(terms(201))).toThrow('Invalid query');
  });
});

test('whatever a filter says, it is a tree or one of two refusals', () => {
  const segment = fc.constantFrom(
    '$or',
    '$and',
    '0',
    '1',
    'title',
    'count',
    '$eq',
    '$gt',
    '$like',
    '$is',
    '',
    '[',
    ']',
    'x',
  );
  const key = fc.array(segment, { maxLength: 7 }).map((segments) => `filter[${segments.join('][')}]`);
  const pair = fc.tuple(key, fc.constantFrom('1', 'a', 'NULL', '%', ''));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 5 }), (pairs) => {
      const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
      try {
        words(tree(query));
      } catch (error) {
        expect(String(error)).toMatch(/Invalid (?:query|filter params)$/);
      }
    }),
    { numRuns: 500 },
  );
});

/** A filter with its spelling as keys of a query, in any order of its groups. */
type Spelled = { readonly words: string; readonly pairs: readonly string[] };

const leaf = fc
  .tuple(
    fc.constantFrom(['count', '$gt', '>'], ['count', '$lte', '<='], ['count', '$ne', '!=']),
    fc.integer(),
  )
  .map(
    ([[column, operator, sign], value]): Spelled => ({
      words: `${column} ${sign} ${value}`,
      pairs: [`[${column}][${operator}]=${value}`],
    }),
  );

function group(inner: fc.Arbitrary<Spelled>): fc.Arbitrary<Spelled> {
  return fc
    .tuple(fc.constantFrom('and', 'or'), fc.array(inner, { minLength: 2, maxLength: 3 }))
    .map(([kind, terms]) => ({
      words: `(${terms.map((term) => term.words).join(` ${kind} `)})`,
      pairs: terms.flatMap((term, at) => term.pairs.map((pair) => `[$${kind}][${at}]${pair}`)),
    }));
}

test('every nesting of groups is read as it was meant, in whatever order its keys come', () => {
  fc.assert(
    fc.property(group(fc.oneof(leaf, group(fc.oneof(leaf, group(leaf))))), fc.nat(), (spelled, turn) => {
      const at = turn % spelled.pairs.length;
      const pairs = [...spelled.pairs.slice(at), ...spelled.pairs.slice(0, at)];
      expect(words(tree(pairs.map((pair) => `filter${pair}`).join('&')))).toBe(spelled.words);
    }),
    { numRuns: 200 },
  );
});
