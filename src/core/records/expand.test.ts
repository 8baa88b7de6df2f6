import { afterAll, beforeAll, describe, expect, spyOn, test } from 'bun:test';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';
import type { Actor } from '../actor.ts';
import type { RecordView } from './record.ts';

let world: RecordWorld;

/** What a view shows, as plain data: names, and expanded views below them. */
function outline(view: RecordView): unknown {
  const name = view.values.name;
  if (!view.expand) return name;
  const below = Object.entries(view.expand).map(([key, found]) => [
    key,
    isMany(found) ? found.map(outline) : outline(found),
  ]);
  return { [String(name)]: Object.fromEntries(below) };
}

function isMany(found: RecordView | readonly RecordView[]): found is readonly RecordView[] {
  return Array.isArray(found);
}

beforeAll(async () => {
  const name = { name: 'name', type: 'text' };
  const one = (to: string, change = {}) => ({
    type: 'relation',
    collectionId: collectionId(to),
    maxSelect: 1,
    ...change,
  });
  world = await openRecordWorld([
    { name: 'users', type: 'auth', fields: [name] },
    {
      name: 'teams',
      fields: [name, { name: 'parent', ...one('teams') }, { name: 'boss', ...one('users') }],
      rules: { view: "name != 'Shadow'" },
    },
    {
      name: 'posts',
      fields: [
        name,
        { name: 'team', ...one('teams') },
        { name: 'readers', ...one('users', { maxSelect: 9 }) },
        { name: 'vault', ...one('vaults') },
        { name: 'ghost', ...one('users', { hidden: true }) },
      ],
    },
    { name: 'vaults', fields: [name], rules: { view: null } },
    {
      name: 'drafts',
      fields: [name, { name: 'post', ...one('posts') }],
      rules: { view: "@request.context = 'expand'" },
    },
    {
      name: 'covers',
      fields: [name, { name: 'post', ...one('posts') }],
      indexes: ['CREATE UNIQUE INDEX `one_cover` ON `covers` (`post`)'],
    },
    { name: 'lists', fields: [name, { name: 'posts', ...one('posts', { maxSelect: 9 }) }] },
    { name: 'whispers', fields: [name, { name: 'post', ...one('posts', { hidden: true }) }] },
  ]);
  const put = async (collection: string, input: Record<string, unknown>) => {
    const made = await world.records.create(superuser, world.collection(collection), input);
    return String(made.values.id);
  };
  const secret = { password: 'password', passwordConfirm: 'password' };
  const ann = await put('users', { name: 'Ann', email: 'ann@x.org', ...secret });
  const bob = await put('users', { name: 'Bob', email: 'bob@x.org', emailVisibility: true, ...secret });
  let parent = '';
  for (const letter of ['H', 'G', 'F', 'E', 'D', 'C', 'B', 'A']) {
    parent = await put('teams', { name: letter, parent, boss: ann });
  }
  const shadow = await put('teams', { name: 'Shadow', boss: ann });
  const vault = await put('vaults', { name: 'Vault' });
  const first = await put('posts', { name: 'First', team: parent, readers: [bob, ann], vault, ghost: ann });
  const second = await put('posts', { name: 'Second', team: shadow });
  for (const name of ['d1', 'd2']) await put('drafts', { name, post: first });
  await put('covers', { name: 'cover', post: first });
  await put('lists', { name: 'l1', posts: [first, second] });
  await put('whispers', { name: 'psst', post: first });
});

afterAll(() => world.close());

async function posts(expand: string, actor: Actor = guest) {
  const query = { page: 1, perPage: 30, sort: 'name', expand };
  return (await world.records.list(actor, world.collection('posts'), query)).items.map(outline);
}

describe('relations', () => {
  test('become an object where one record is meant, and a list in stored order where several', async () => {
    expect(await posts('team,readers')).toEqual([
      { First: { team: 'A', readers: ['Bob', 'Ann'] } },
      { Second: {} },
    ]);
  });

  test('are followed up to six levels, spaces aside, with shared prefixes merged', async () => {
    const [first] = await posts('team.parent.parent.parent.parent.parent.parent.parent');
    const six = {
      A: { parent: { B: { parent: { C: { parent: { D: { parent: { E: { parent: 'F' } } } } } } } } },
    };
    expect(first).toEqual({ First: { team: six } });
    expect((await posts('team. boss,team,team.parent'))[0]).toEqual({
      First: { team: { A: { boss: 'Ann', parent: 'B' } } },
    });
  });

  test('cost one statement for each field, however many records there are', async () => {
    const [teams, readers] = await Promise.all(
      ['teams', 'users'].map(async (name) =>
        (await world.records.list(superuser, world.collection(name), { page: 1, perPage: 30 })).items.map(
          ({ values }) => values.id,
        ),
      ),
    );
    const made = await world.records.batch(
      superuser,
      (teams ?? []).map((team) => ({
        ...{ kind: 'create', collection: world.collection('posts'), input: { name: 'x', team, readers } },
      })),
    );
    const all = spyOn(world.database.db, 'all');
    const one = spyOn(world.database.db, 'get');
    expect((await posts('team,readers')).length).toBe(2 + made.length);
    expect([all.mock.calls.length, one.mock.calls.length]).toEqual([3, 0]);
    all.mockRestore();
    one.mockRestore();
    await world.records.batch(
      superuser,
      made.flatMap((result) =>
        result.kind === 'done'
          ? [{ kind: 'delete', collection: world.collection('posts'), id: result.id }]
          : [],
      ),
    );
  });

  test('that do not exist fail nothing, and leave no trace', async () => {
    expect(await posts('nothing,name,readers.nothing,__proto__,constructor,,.,team..x,posts_via_x')).toEqual([
      { First: { team: 'A' } },
      { Second: {} },
    ]);
    expect(await posts('x,'.repeat(5000))).toEqual(['First', 'Second']);
  });

  test('to what the caller may not view are left out', async () => {
    expect(await posts('vault')).toEqual(['First', 'Second']);
    expect(await posts('vault', superuser)).toEqual([{ First: { vault: 'Vault' } }, { Second: {} }]);
    expect(await posts('team', superuser)).toEqual([
      { First: { team: 'A' } },
      { Second: { team: 'Shadow' } },
    ]);
  });

  test('that are hidden lead nowhere, from either end', async () => {
    expect(await posts('ghost,whispers_via_post')).toEqual(['First', 'Second']);
    expect((await posts('ghost,whispers_via_post', superuser))[0]).toEqual({
      First: { ghost: 'Ann', whispers_via_post: ['psst'] },
    });
  });
});

describe('back-relations', () => {
  test('are lists, or one object where the relation is unique', async () => {
    expect(await posts('drafts_via_post,covers_via_post,lists_via_posts')).toEqual([
      { First: { drafts_via_post: ['d1', 'd2'], covers_via_post: 'cover', lists_via_posts: ['l1'] } },
      { Second: { lists_via_posts: ['l1'] } },
    ]);
    expect((await posts('covers(post)'))[0]).toEqual({ First: { 'covers(post)': 'cover' } });
  });

  test('can be followed further', async () => {
    expect((await posts('lists_via_posts.posts.team.boss'))[0]).toEqual({
      First: {
        lists_via_posts: [{ l1: { posts: [{ First: { team: { A: { boss: 'Ann' } } } }, { Second: {} }] } }],
      },
    });
  });

  test('give a thousand records at most to each', async () => {
    const drafts = world.collection('drafts');
    const { values } = await world.records.create(guest, world.collection('posts'), { name: 'Zed' });
    const input = { post: values.id, name: 'many' };
    await Promise.all(Array.from({ length: 1003 }, () => world.records.create(guest, drafts, input)));
    const zed = await world.records.view(guest, world.collection('posts'), String(values.id), {
      expand: 'drafts_via_post',
    });
    expect(zed.expand?.drafts_via_post).toHaveLength(1000);
    await world.records.delete(guest, world.collection('posts'), String(values.id));
  });
});

test('expanded accounts keep their e-mail as any other', async () => {
  const [first] = (
    await world.records.list(guest, world.collection('posts'), {
      page: 1,
      perPage: 1,
      sort: 'name',
      expand: 'readers',
    })
  ).items;
  const readers = first?.expand?.readers;
  const emails = Array.isArray(readers) ? readers.map(({ values }) => values.email) : [];
  expect(emails).toEqual(['bob@x.org', undefined]);
});

test('a target whose rule no longer fits the schema is left out, not an error', async () => {
  world.changeRules('teams', { view: 'gone = 1' });
  expect(await posts('team,readers')).toEqual([{ First: { readers: ['Bob', 'Ann'] } }, { Second: {} }]);
  world.changeRules('teams', { view: "name != 'Shadow'" });
});

test('create and update answer with what was asked to be expanded', async () => {
  const [draft] = (await world.records.list(superuser, world.collection('drafts'), { page: 1, perPage: 1 }))
    .items;
  const id = String(draft?.values.id);
  const updated = await world.records.update(
    guest,
    world.collection('drafts'),
    id,
    { name: 'd1' },
    { expand: 'post' },
  );
  expect(outline(updated)).toEqual({ d1: { post: 'First' } });
});

describe('what many point to', () => {
  let mesh: RecordWorld;
  beforeAll(async () => {
    const relation = { name: 'to', type: 'relation', collectionId: collectionId('mesh'), maxSelect: 20 };
    mesh = await openRecordWorld([
      { name: 'mesh', fields: [{ name: 'name', type: 'text' }, relation] },
      { name: 'heavy', fields: [{ name: 'text', type: 'text', max: 2_000_000 }] },
      {
        name: 'light',
        fields: [{ name: 'to', type: 'relation', collectionId: collectionId('heavy'), maxSelect: 1 }],
      },
    ]);
    const put = async (collection: string, input: Record<string, unknown>) =>
      String((await mesh.records.create(superuser, mesh.collection(collection), input)).values.id);
    const all: string[] = [];
    for (let each = 0; each < 12; each++) all.push(await put('mesh', { name: String(each) }));
    for (const id of all) await mesh.records.update(superuser, mesh.collection('mesh'), id, { to: all });
    const heavy = await put('heavy', { text: 'x'.repeat(1_000_000) });
    for (let each = 0; each < 50; each++) await put('light', { to: heavy });
  });
  afterAll(() => mesh.close());

  const list = (collection: string, expand: string) =>
    mesh.records.list(guest, mesh.collection(collection), { page: 1, perPage: 1000, expand });

  test('is not written again and again until the answer has no end', async () => {
    const { items } = await list('mesh', 'to.to.to.to.to.to');
    expect(items).toHaveLength(12);
    expect(JSON.stringify(items).length).toBeLessThan(50_000_000);
    const two = await list('mesh', 'to.to');
    expect(two.items.every(({ expand }) => expand !== undefined && isMany(expand.to ?? []))).toBe(true);
    expect(JSON.stringify(two.items)).toContain('"expand":{"to":[{"');
  });

  test('is left out of the records that would make the answer too long', async () => {
    const { items } = await list('light', 'to');
    const expanded = items.filter(({ expand }) => expand !== undefined && 'to' in expand);
    expect(items).toHaveLength(50);
    expect(expanded.length).toBeGreaterThan(25);
    expect(expanded.length).toBeLessThan(33);
  });
});
