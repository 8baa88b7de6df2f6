import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { guest, openRecordWorld, type RecordWorld, superuser } from '../../../test/support/records.ts';
import type { Actor } from '../actor.ts';
import type { Expr } from '../filter/ast.ts';
import type { Geometry } from '../ports/geometry.ts';

let world: RecordWorld;

/** Points on a line; `POINT(x)` lies within geometries whose x is not less. */
const geometry: Geometry = {
  isValid: (value): value is never => typeof value === 'object',
  fromWkt(text) {
    const x = /^POINT\((\d+)\)$/.exec(text)?.[1];
    return x === undefined ? undefined : { type: 'Point', coordinates: [Number(x), 0] };
  },
  relates: (testName, a, b) => (testName === 'within') === xOf(a) <= xOf(b),
  effort: (_, a, b) => xOf(a) * xOf(b),
};

function xOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('coordinates' in value)) return Number.NaN;
  const { coordinates } = value;
  return Array.isArray(coordinates) ? Number(coordinates[0]) : Number.NaN;
}

beforeAll(async () => {
  world = await openRecordWorld(
    [
      {
        name: 'plants',
        fields: [
          { name: 'name', type: 'text' },
          { name: 'latin', type: 'string' },
          { name: 'height', type: 'integer' },
          { name: 'secret', type: 'text', hidden: true },
          { name: 'place', type: 'geoPoint' },
        ],
        rules: { list: 'name != "Yew"' },
      },
      { name: 'people', type: 'auth', fields: [] },
    ],
    { geometry },
  );
  const plants: readonly (readonly [string, string | null, number | null, string, number])[] = [
    ['Alder', 'alnus', 20, 'a1', 1],
    ['Birch', null, 15, 'b1', 5],
    ['Beech', 'fagus', null, 'b2', 9],
    ['Yew', 'taxus', 12, 'y1', 5],
  ];
  for (const [name, latin, height, secret, lon] of plants) {
    const place = { lon, lat: 0 };
    await world.records.create(superuser, world.collection('plants'), { name, latin, height, secret, place });
  }
});

afterAll(() => world.close());

const re = (path: string, value: string): Expr => ({ kind: 'match', test: 'regexp', path, value });
const not = (term: Expr): Expr => ({ kind: 'not', term });

async function names(filter: Expr, actor: Actor = superuser): Promise<string> {
  const query = { page: 1, perPage: 30, filter, sort: 'name' };
  const { items, totalItems } = await world.records.list(actor, world.collection('plants'), query);
  expect(totalItems).toBe(items.length);
  expect(await world.records.count(actor, world.collection('plants'), filter)).toBe(items.length);
  return items.map(({ values }) => values.name).join(' ');
}

async function problem(filter: Expr, actor: Actor = superuser): Promise<unknown> {
  try {
    return await names(filter, actor);
  } catch (error) {
    if (error instanceof Error && 'reason' in error) return error.reason;
    throw error;
  }
}

describe('patterns', () => {
  test('are searched for anywhere, with case', async () => {
    expect(await names(re('name', 'e'))).toBe('Alder Beech Yew');
    expect(await names(re('name', '^B.*ch$'))).toBe('Beech Birch');
    expect(await names(re('name', '(?i)^b'))).toBe('Beech Birch');
    expect(await names(re('name', 'nowhere'))).toBe('');
  });

  test('find numbers by their digits', async () => {
    expect(await names(re('height', '^1'))).toBe('Birch Yew');
  });

  test('leave NULL as it is, also inside a negation', async () => {
    expect(await names(re('latin', '.'))).toBe('Alder Beech Yew');
    expect(await names(not(re('latin', 'us')))).toBe('');
    expect(await names(not(re('latin', 'x')))).toBe('Alder Beech');
    expect(await names(not(re('latin', 'nowhere')))).toBe('Alder Beech Yew');
    expect(await names(not(not(re('latin', 'x'))))).toBe('Yew');
  });

  test('stand beside other conditions', async () => {
    const short: Expr = {
      kind: 'compare',
      ...{ op: '<', strict: true, any: false },
      left: { kind: 'path', path: 'height' },
      right: { kind: 'number', text: '20' },
    };
    expect(await names({ kind: 'and', terms: [re('name', 'i'), short] })).toBe('Birch');
    expect(await names({ kind: 'or', terms: [re('name', '^A'), short] })).toBe('Alder Birch Yew');
  });

  test('see no more than the rule lets the caller see', async () => {
    expect(await names(re('name', 'e'), guest)).toBe('Alder Beech');
    expect(await problem(re('secret', '^a'), guest)).toBe('bad_filter');
    expect(await names(re('secret', '^a'))).toBe('Alder');
    expect(await problem(re('nowhere', '^a'))).toBe('bad_filter');
    expect(await problem(re('name.x', '^a'))).toBe('bad_filter');
  });

  test('tell nothing of an e-mail that is withheld', async () => {
    const people = world.collection('people');
    for (const [name, emailVisibility] of [
      ['ann', true],
      ['bob', false],
    ] as const) {
      const account = { email: `${name}@x.org`, password: 'password', passwordConfirm: 'password' };
      await world.records.create(superuser, people, { ...account, emailVisibility });
    }
    const count = (filter: Expr, actor: Actor) => world.records.count(actor, people, filter);
    expect(await count(re('email', '.'), guest)).toBe(1);
    expect(await count(re('email', '^b'), guest)).toBe(0);
    expect(await count(not(re('email', '^b')), guest)).toBe(await count(not(re('email', '^z')), guest));
    expect(await count(re('email', '^b'), superuser)).toBe(1);
    expect(count(re('tokenKey', '.'), guest)).rejects.toMatchObject({ reason: 'bad_filter' });
  });

  test('hold up nobody else while they are searched for', async () => {
    const big = await openRecordWorld([
      { name: 'notes', fields: [{ name: 'text', type: 'text', max: 50_000 }] },
    ]);
    try {
      const notes = big.collection('notes');
      const operations = Array.from({ length: 100 }, (_, i) => ({
        kind: 'create' as const,
        collection: notes,
        input: { text: `${i} ${'ab'.repeat(5000)}` },
      }));
      await big.records.batch(superuser, operations);
      let longest = 0;
      let last = performance.now();
      const clock = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 1);
      expect(await big.records.count(superuser, notes, re('text', '(a|b)*c'))).toBe(0);
      clearInterval(clock);
      expect(longest).toBeLessThan(250);
    } finally {
      await big.close();
    }
  });

  test('of sets that are looked through at length are refused where plain ones are not', async () => {
    const odd = Array.from({ length: 480 }, (_, i) => String.fromCodePoint(0x4e00 + 2 * i)).join('');
    const values = { id: 'x'.repeat(15), name: 'a'.repeat(900) };
    const meets = (pattern: string) =>
      world.records.meets(guest, world.collection('plants'), values, { filter: re('name', pattern) });
    expect(await meets('[^b]{0,300}!')).toBe(false);
    for (const pattern of [`[^${odd}]{0,300}!`, `(?i)[^${odd}]{0,300}!`]) {
      expect(meets(pattern)).rejects.toMatchObject({
        reason: 'bad_filter',
        params: { too_many_values: true },
      });
    }
  });

  test('of one filter have one measure together', async () => {
    const values = { id: 'x'.repeat(15), name: 'a'.repeat(900) };
    const all = (count: number): Expr => ({
      kind: 'and',
      terms: Array.from({ length: count }, () => not(re('name', '[^b]{0,300}!'))),
    });
    const meets = (count: number) =>
      world.records.meets(guest, world.collection('plants'), values, { filter: all(count) });
    expect(await meets(1)).toBe(true);
    expect(meets(4)).rejects.toMatchObject({ reason: 'bad_filter', params: { too_many_values: true } });
  });

  test('must be of the linear kind', async () => {
    for (const pattern of ['(a)\\1', '(?=a)', '(', 'x'.repeat(2000)]) {
      expect(await problem(re('name', pattern))).toBe('bad_filter');
    }
  });

  test('ten stand in one filter, eleven do not', async () => {
    const many = (count: number): Expr => ({
      kind: 'and',
      terms: Array.from({ length: count }, () => re('name', 'A')),
    });
    expect(await names(many(10))).toBe('Alder');
    expect(await problem(many(11))).toBe('bad_filter');
  });
});

describe('geometries', () => {
  const within = (value: string): Expr => ({ kind: 'match', test: 'within', path: 'place', value });

  test('are compared with every place', async () => {
    expect(await names(within('POINT(5)'))).toBe('Alder Birch Yew');
    expect(await names(not(within('POINT(5)')))).toBe('Beech');
  });

  test('are refused when together they are more work than a moment, for one record as for all', async () => {
    const lot = within('POINT(1000000)');
    expect(await problem(lot)).toBe('bad_filter');
    const values = { id: 'x'.repeat(15), place: { lon: 9, lat: 0 } };
    const meets = world.records.meets(guest, world.collection('plants'), values, { filter: lot });
    expect(meets).rejects.toMatchObject({ reason: 'bad_filter', params: { too_many_values: true } });
  });

  test('must be well-known text', async () => {
    expect(await problem(within('POLYGON((0 0))'))).toBe('bad_filter');
  });
});

describe('one record', () => {
  const meets = (values: Readonly<Record<string, unknown>>, filter: Expr) =>
    world.records.meets(guest, world.collection('plants'), { id: 'x'.repeat(15), ...values }, { filter });

  test('is asked without a look at the others', async () => {
    expect(await meets({ name: 'Elm' }, re('name', '^E'))).toBe(true);
    expect(await meets({ name: 'Elm' }, re('name', '^A'))).toBe(false);
    expect(await meets({ name: 'Elm' }, not(re('name', '^A')))).toBe(true);
    expect(await meets({ name: 'Elm', latin: null }, re('latin', '.'))).toBe(false);
    expect(await meets({ name: 'Elm', latin: null }, not(re('latin', '.')))).toBe(false);
    expect(
      await meets(
        { place: { lon: 3, lat: 0 } },
        { kind: 'match', test: 'within', path: 'place', value: 'POINT(4)' },
      ),
    ).toBe(true);
    expect(meets({ secret: 's' }, re('secret', 's'))).rejects.toMatchObject({ reason: 'bad_filter' });
  });
});

test('more values than can be tested are refused', async () => {
  const big = await openRecordWorld([
    { name: 'notes', fields: [{ name: 'text', type: 'text', max: 3_000_000 }] },
  ]);
  try {
    const notes = big.collection('notes');
    for (let i = 0; i < 3; i++)
      await big.records.create(superuser, notes, { text: `${i}${'é'.repeat(2_900_000)}` });
    const list = () => big.records.list(superuser, notes, { page: 1, perPage: 1, filter: re('text', 'é') });
    expect(list()).rejects.toMatchObject({ reason: 'bad_filter', params: { too_many_values: true } });
  } finally {
    await big.close();
  }
});

test('values come in pages, and each is tested once', async () => {
  const big = await openRecordWorld([
    { name: 'notes', fields: [{ name: 'text', type: 'text', max: 50_000 }] },
  ]);
  try {
    const notes = big.collection('notes');
    const operations = Array.from({ length: 120 }, (_, i) => ({
      kind: 'create' as const,
      collection: notes,
      input: { text: `${i % 60} ${'x'.repeat(40_000)}` },
    }));
    await big.records.batch(superuser, operations);
    const filter = re('text', '^[1-5]\\d ');
    expect(await big.records.count(superuser, notes, filter)).toBe(100);
    expect(await big.records.count(superuser, notes, not(filter))).toBe(20);
  } finally {
    await big.close();
  }
});
