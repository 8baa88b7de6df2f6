import { afterAll, beforeAll, describe, expect, spyOn, test } from 'bun:test';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';
import type { Actor } from '../actor.ts';
import type { AppError } from '../errors.ts';
import type { ListQuery } from './records.ts';

let world: RecordWorld;

beforeAll(async () => {
  world = await openRecordWorld([
    {
      name: 'users',
      type: 'auth',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'role', type: 'text', hidden: true },
      ],
      manageRule: "@request.auth.name = 'Mara'",
    },
    {
      name: 'posts',
      fields: [
        { name: 'title', type: 'text' },
        { name: 'n', type: 'number' },
        { name: 'secret', type: 'text', hidden: true },
        { name: 'author', type: 'relation', collectionId: collectionId('users'), maxSelect: 1 },
        { name: 'vault', type: 'relation', collectionId: collectionId('vaults'), maxSelect: 1 },
      ],
      rules: { list: 'n < 100' },
    },
    { name: 'vaults', fields: [{ name: 'code', type: 'text' }], rules: { list: null, view: null } },
  ]);
  const posts = world.collection('posts');
  const vault = await world.records.create(superuser, world.collection('vaults'), { code: '1234' });
  for (const [name, emailVisibility] of [
    ['Ann', false],
    ['Bob', true],
    ['Mara', false],
  ] as const) {
    const account = { password: 'password', passwordConfirm: 'password', email: `${name}@x.org`, role: 'r' };
    await world.records.create(superuser, world.collection('users'), { ...account, name, emailVisibility });
  }
  const [author] = (await world.records.list(superuser, world.collection('users'), { page: 1, perPage: 1 }))
    .items;
  for (let n = 1; n <= 12; n++) {
    await world.records.create(superuser, posts, {
      title: `Post ${n}`,
      n: n > 10 ? n * 100 : n,
      secret: `s${n}`,
      author: author?.values.id,
      vault: vault.values.id,
    });
  }
});

afterAll(() => world.close());

function list(actor: Actor, name: string, query: Partial<ListQuery> = {}) {
  return world.records.list(actor, world.collection(name), { page: 1, perPage: 30, ...query });
}

async function numbers(query: Partial<ListQuery>, actor: Actor = guest) {
  return (await list(actor, 'posts', query)).items.map(({ values }) => values.n);
}

async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => 'done',
    (error: AppError) => [error.code, error.reason, ...Object.values(error.params)].join(' '),
  );
}

describe('a page', () => {
  test('holds what the rule lets through, in the order of creation', async () => {
    const page = await list(guest, 'posts');
    expect(page).toMatchObject({ page: 1, perPage: 30, totalItems: 10, totalPages: 1 });
    expect(page.items.map(({ values }) => values.n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(Object.keys(page.items[0]?.values ?? {})).toEqual(['author', 'id', 'n', 'title', 'vault']);
    expect((await list(superuser, 'posts')).totalItems).toBe(12);
  });

  test('tells the totals of full, last, empty and far pages', async () => {
    const totals = async (page: number, perPage: number) => {
      const { items, totalItems, totalPages } = await list(guest, 'posts', { page, perPage });
      return [items.length, totalItems, totalPages];
    };
    expect(await totals(1, 4)).toEqual([4, 10, 3]);
    expect(await totals(3, 4)).toEqual([2, 10, 3]);
    expect(await totals(2, 5)).toEqual([5, 10, 2]);
    expect(await totals(3, 5)).toEqual([0, 10, 2]);
    expect(await totals(Number.MAX_SAFE_INTEGER, 1000)).toEqual([0, 10, 1]);
    expect(await totals(Number.POSITIVE_INFINITY, 5)).toEqual([0, 10, 2]);
  });

  test('falls back to the first page of thirty, and holds a thousand at most', async () => {
    const page = await list(guest, 'posts', { page: -3, perPage: 0 });
    expect(page).toMatchObject({ page: 1, perPage: 30 });
    expect((await list(guest, 'posts', { perPage: 5000 })).perPage).toBe(1000);
    expect((await list(guest, 'posts', { page: Number.NaN, perPage: Number.NaN })).totalItems).toBe(10);
  });

  test('may be a range of any offset and length instead, and of none at all', async () => {
    const range = async (offset: number, limit: number, query: Partial<ListQuery> = {}) => {
      const page = await list(guest, 'posts', { ...query, range: { offset, limit } });
      const { perPage, totalItems, totalPages } = page;
      return [page.items.map(({ values }) => values.n), [page.page, perPage, totalItems, totalPages]];
    };
    expect(await range(3, 4)).toEqual([
      [4, 5, 6, 7],
      [1, 4, 10, 3],
    ]);
    expect(await range(9, 4, { page: 7, perPage: 1 })).toEqual([[10], [3, 4, 10, 3]]);
    expect(await range(12, 4)).toEqual([[], [4, 4, 10, 3]]);
    expect(await range(0, 20_000, { skipTotal: true })).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      [1, 10_000, -1, -1],
    ]);
    expect(await range(Number.NaN, -3)).toEqual([[], [1, 0, 10, 10]]);
  });

  test('of no records reads none, whatever the offset, and still refuses a bad filter', async () => {
    const all = spyOn(world.database.db, 'all');
    const range = { offset: 5, limit: 0 };
    const { items, totalItems } = await list(guest, 'posts', { range, filter: 'n > 7' });
    expect([items.length, totalItems, all.mock.calls.length]).toEqual([0, 3, 0]);
    all.mockRestore();
    expect(await refusal(list(guest, 'posts', { range, filter: 'n =' }))).toBe('invalid bad_filter');
    expect(await refusal(list(guest, 'posts', { range, filter: "secret = 'x'" }))).toBe('invalid bad_filter');
  });

  test('has no totals when they are not wanted', async () => {
    const page = await list(guest, 'posts', { perPage: 3, skipTotal: true });
    expect(page).toMatchObject({ totalItems: -1, totalPages: -1 });
    expect(page.items.length).toBe(3);
  });
});

describe('filter and sort', () => {
  test('work together with the rule', async () => {
    expect(await numbers({ filter: 'n > 7 || n = 1100', sort: '-n' })).toEqual([10, 9, 8]);
    expect(await numbers({ filter: "title ~ 'Post 1'", sort: '+n' })).toEqual([1, 10]);
    expect(await numbers({ filter: 'n > 7', sort: '-n' }, superuser)).toEqual([1200, 1100, 10, 9, 8]);
    expect(await numbers({ sort: '-@rowid', perPage: 2 })).toEqual([10, 9]);
    expect((await numbers({ sort: '@random' })).length).toBe(10);
    expect(await world.records.count(guest, world.collection('posts'), 'n > 7 || n = 1100')).toBe(3);
  });

  test('that cannot be read are the caller’s fault', async () => {
    const bad = 'invalid bad_filter';
    for (const filter of ['nothing = 1', 'n =', "n = 1' OR 1=1 --", '(((', `title = '${'x'.repeat(3500)}'`]) {
      expect(await refusal(list(guest, 'posts', { filter }))).toBe(bad);
    }
    for (const sort of ['nothing', 'n;DROP TABLE posts', '-', 'n,'.repeat(9), '`n`']) {
      expect(await refusal(list(guest, 'posts', { sort }))).toBe(bad);
    }
  });

  test('cannot probe what the caller may not read', async () => {
    for (const path of [
      'secret',
      'author.role',
      'author.password',
      'author.tokenKey',
      'vault.code',
      'vaults_via_x.code',
    ]) {
      expect(await refusal(list(guest, 'posts', { filter: `${path} ~ 's'` }))).toBe('invalid bad_filter');
      expect(await refusal(list(guest, 'posts', { sort: path }))).toBe('invalid bad_filter');
      expect(await refusal(world.records.count(guest, world.collection('posts'), `${path} != ''`))).toBe(
        'invalid bad_filter',
      );
    }
    expect(await refusal(list(guest, 'posts', { filter: '@request.auth.id = ""' }))).toBe(
      'forbidden superusers_filter @request.',
    );
    expect(await refusal(list(guest, 'posts', { sort: '@collection.vaults.code' }))).toBe(
      'forbidden superusers_filter @collection.',
    );
    expect(await numbers({ filter: "secret = 's3'" }, superuser)).toEqual([3]);
  });

  test('match hidden e-mails for nobody but superusers', async () => {
    const found = async (actor: Actor, filter: string) =>
      (await list(actor, 'users', { filter })).items.map(({ values }) => values.name);
    expect(await found(guest, "email ~ '@x.org'")).toEqual(['Bob']);
    expect(await found(superuser, "email ~ '@x.org'")).toEqual(['Ann', 'Bob', 'Mara']);
    expect(await numbers({ filter: "author.email ~ '@x.org'" })).toEqual([]);
  });

  test('of many values keep one prepared shape apart from another', async () => {
    for (let n = 1; n <= 10; n++) expect(await numbers({ filter: `n = ${n}` })).toEqual([n]);
    expect(await numbers({ filter: "n = 'x'" })).toEqual([]);
  });
});

test('the e-mails of a page are those that each record shows this caller', async () => {
  const emails = async (actor: Actor) => (await list(actor, 'users')).items.map(({ values }) => values.email);
  const [ann, , mara] = (await list(superuser, 'users')).items.map(({ values }) => String(values.id));
  expect(await emails(guest)).toEqual([undefined, 'Bob@x.org', undefined]);
  expect(await emails(await world.account('users', ann ?? ''))).toEqual([
    'Ann@x.org',
    'Bob@x.org',
    undefined,
  ]);
  expect(await emails(await world.account('users', mara ?? ''))).toEqual([
    'Ann@x.org',
    'Bob@x.org',
    'Mara@x.org',
  ]);
});

test('a collection without a list rule is for superusers', async () => {
  expect(await refusal(list(guest, 'vaults'))).toBe('forbidden superusers_only');
  expect(await refusal(world.records.count(guest, world.collection('vaults')))).toBe(
    'forbidden superusers_only',
  );
  expect((await list(superuser, 'vaults')).totalItems).toBe(1);
});

describe('guessing', () => {
  test('is slowed down after three empty filtered lists in three seconds', async () => {
    const { sleeps, clock } = world;
    const miss = (actor: Actor, filter?: string) =>
      list(actor, 'posts', { filter: filter ?? "title = 'nothing'" });
    clock.time += 10_000;
    sleeps.length = 0;
    for (let i = 0; i < 3; i++) await miss(guest);
    expect(sleeps).toEqual([]);
    await miss(guest);
    expect(sleeps).toEqual([250]);
    await miss(guest, 'n = 1');
    await miss(superuser);
    await miss({ ...guest, request: { ...guest.request, address: '192.0.2.1' } });
    expect(sleeps).toEqual([250]);
    await world.records.count(guest, world.collection('posts'), "title = 'nothing'");
    expect(sleeps.length).toBe(2);
    clock.time += 3_000;
    await miss(guest);
    expect(sleeps.length).toBe(2);
  });

  test('by totals without records is slowed down alike', async () => {
    const count = (filter: string) =>
      list({ ...guest, request: { ...guest.request, address: '10.9.9.9' } }, 'posts', {
        ...{ range: { offset: 0, limit: 0 }, filter },
      });
    const before = world.sleeps.length;
    for (let n = 0; n < 5; n++) await count('n = 7');
    expect(world.sleeps.length).toBe(before);
    for (let n = 0; n < 5; n++) await count(`n = ${n + 77}`);
    expect(world.sleeps.length).toBe(before + 2);
  });

  test('is not suspected where the rule hides nothing', async () => {
    world.sleeps.length = 0;
    world.clock.time += 10_000;
    for (let i = 0; i < 6; i++) await list(guest, 'users', { filter: "name = 'nobody'" });
    expect(world.sleeps).toEqual([]);
  });
});

test('a total that is remembered follows every write, of whatever kind, and differs by what is bound', async () => {
  const posts = world.collection('posts');
  const total = async (filter: string) =>
    (await world.records.list(guest, posts, { page: 1, perPage: 1, filter })).totalItems;
  const made = [];
  for (const title of ['tally', 'tally', 'other tally']) {
    made.push(await world.records.create(superuser, posts, { title, n: 5 }));
  }
  for (let again = 0; again < 2; again++) {
    expect(await total("title = 'tally'")).toBe(2);
    expect(await total("title = 'other tally'")).toBe(1);
    expect(await total("title ~ 'tally'")).toBe(3);
  }
  const [first, second] = made.map(({ values }) => String(values.id));
  await world.records.update(superuser, posts, first ?? '', { n: 500 });
  expect(await total("title ~ 'tally'")).toBe(2);
  await world.records.delete(superuser, posts, second ?? '');
  expect(await total("title ~ 'tally'")).toBe(1);
  expect(await world.records.count(guest, posts, "title ~ 'tally'")).toBe(1);
});

describe('a list that is narrowed', () => {
  const titles = async (actor: Actor, where: string, filter?: string) => {
    const query = { page: 1, perPage: 50, where, filter, sort: 'n' };
    const { items, totalItems } = await world.records.list(actor, world.collection('posts'), query);
    expect(await world.records.count(actor, world.collection('posts'), filter, where)).toBe(totalItems);
    return items.map(({ values }) => values.title);
  };

  test('is so for everybody, and may ask what callers may not', async () => {
    for (const actor of [guest, superuser]) {
      expect(await titles(actor, "secret = 's3' || secret = 's4' // both")).toEqual(['Post 3', 'Post 4']);
      expect(await titles(actor, "secret = 's3' || secret = 's4'", "title = 'Post 4'")).toEqual(['Post 4']);
    }
    const other = '@collection.vaults.code ?= "1234" && n > 8 && title ~ "Post"';
    expect(await titles(guest, other)).toEqual(['Post 9', 'Post 10']);
    expect(await titles(superuser, other)).toEqual(['Post 9', 'Post 10', 'Post 11', 'Post 12']);
  });

  test('shows no more than its rule, whatever the two have in common', async () => {
    expect(await titles(guest, 'n = 1100 || n = 1')).toEqual(['Post 1']);
    await expect(titles(guest, 'n = 1', "secret = 's1'")).rejects.toMatchObject({ reason: 'bad_filter' });
  });

  test('by what cannot be read is refused', async () => {
    for (const actor of [guest, superuser])
      await expect(titles(actor, 'n = ')).rejects.toMatchObject({ reason: 'bad_filter' });
  });
});
