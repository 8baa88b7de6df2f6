import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';

let world: RecordWorld;

beforeAll(async () => {
  const one = (to: string, change = {}) => ({
    type: 'relation',
    collectionId: collectionId(to),
    maxSelect: 1,
    ...change,
  });
  world = await openRecordWorld([
    { name: 'authors', fields: [{ name: 'name', type: 'text' }], rules: { delete: "name != 'Kept'" } },
    {
      name: 'books',
      fields: [
        { name: 'author', ...one('authors', { cascadeDelete: true, required: true }) },
        { name: 'sequel', ...one('books') },
        { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
      ],
    },
    {
      name: 'reviews',
      fields: [
        { name: 'book', ...one('books', { cascadeDelete: true }) },
        { name: 'answers', ...one('reviews', { cascadeDelete: true }) },
      ],
    },
    {
      name: 'shelves',
      fields: [{ name: 'books', ...one('books', { maxSelect: 9, cascadeDelete: true }) }],
    },
    { name: 'loans', fields: [{ name: 'book', ...one('books', { required: true }) }] },
    { name: 'awards', fields: [{ name: 'books', ...one('books', { maxSelect: 9, required: true }) }] },
    { name: 'numbered', idKind: 'integer', fields: [] },
    {
      name: 'pointers',
      fields: [
        { name: 'to', ...one('numbered') },
        { name: 'all', ...one('numbered', { maxSelect: 9 }) },
      ],
    },
    { name: '_superusers', type: 'auth', fields: [], rules: { delete: null } },
    { name: 'closed', fields: [], rules: { delete: null } },
  ]);
});

beforeEach(async () => {
  const { db } = world.database;
  await db.write(async (tx) => {
    for (const { name } of world.schema.collections)
      await tx.execute(sql`DELETE FROM ${sql.identifier(name)}`);
  });
});

afterAll(() => world.close());

async function put(name: string, input: Record<string, unknown> = {}): Promise<string> {
  const { values } = await world.records.create(superuser, world.collection(name), input);
  return String(values.id);
}

const remove = (name: string, id: string, actor: Parameters<typeof world.records.delete>[0] = guest) =>
  world.records.delete(actor, world.collection(name), id);
const stored = (name: string, id: string) => world.records.findStored(world.collection(name), id);
const total = (name: string) => world.records.count(superuser, world.collection(name));

describe('a deletion', () => {
  test('obeys the rule, and looks the same for what is forbidden and what is missing', async () => {
    const kept = await put('authors', { name: 'Kept' });
    const gone = await put('authors', { name: 'Gone' });
    await expect(remove('authors', kept)).rejects.toMatchObject({ code: 'not_found', reason: 'record' });
    await expect(remove('authors', 'nothing')).rejects.toMatchObject({ code: 'not_found', reason: 'record' });
    await expect(remove('closed', 'nothing')).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'superusers_only',
    });
    await remove('authors', gone);
    await remove('authors', kept, superuser);
    expect(await total('authors')).toBe(0);
  });

  test('takes along what cascades, over several collections and back to itself', async () => {
    const author = await put('authors', { name: 'A' });
    const book = await put('books', { author });
    const other = await put('books', { author: await put('authors', { name: 'B' }) });
    const review = await put('reviews', { book });
    await put('reviews', { answers: await put('reviews', { answers: review }) });
    const stays = await put('reviews', { book: other });
    await remove('authors', author);
    expect([await total('books'), await total('reviews')]).toEqual([1, 1]);
    expect(await stored('reviews', stays)).toBeDefined();
  });

  test('follows a chain of any length, and a ring', async () => {
    let last = await put('reviews');
    const first = last;
    for (let i = 0; i < 300; i++) last = await put('reviews', { answers: last });
    await world.records.update(superuser, world.collection('reviews'), first, { answers: last });
    await remove('reviews', first);
    expect(await total('reviews')).toBe(0);
  });

  test('unsets relations that neither cascade nor are required, and marks the change', async () => {
    const author = await put('authors', { name: 'A' });
    const book = await put('books', { author });
    const before = await put('books', { author, sequel: book });
    world.clock.time += 1000;
    await remove('books', book);
    const after = await stored('books', before);
    expect(after).toMatchObject({ sequel: '', author });
    expect(String(after?.updated) > '2030-01-01 00:00:00.000Z').toBe(true);
  });

  test('shortens lists, and cascades only when the last id is gone', async () => {
    const author = await put('authors', { name: 'A' });
    const [a, b, c] = [
      await put('books', { author }),
      await put('books', { author }),
      await put('books', { author }),
    ];
    const shelf = await put('shelves', { books: [a, b, c] });
    await remove('books', b);
    expect((await stored('shelves', shelf))?.books).toEqual([a, c]);
    await remove('authors', author);
    expect(await stored('shelves', shelf)).toBeUndefined();
  });

  test('is held back by a required relation, and then changes nothing', async () => {
    const author = await put('authors', { name: 'A' });
    const book = await put('books', { author });
    const review = await put('reviews', { book });
    const loan = await put('loans', { book });
    await expect(remove('authors', author)).rejects.toMatchObject({
      code: 'conflict',
      reason: 'required_reference',
      params: { collection: 'loans', record: loan },
    });
    expect(await stored('authors', author)).toBeDefined();
    expect(await stored('reviews', review)).toMatchObject({ book });
    await remove('loans', loan);
    await remove('authors', author);
    expect(await total('books')).toBe(0);
  });

  test('is not held back by a required list that keeps other ids', async () => {
    const author = await put('authors', { name: 'A' });
    const [a, b] = [await put('books', { author }), await put('books', { author })];
    const award = await put('awards', { books: [a, b] });
    await remove('books', a);
    expect((await stored('awards', award))?.books).toEqual([b]);
    await expect(remove('books', b)).rejects.toMatchObject({ reason: 'required_reference' });
  });

  test('finds references to integer ids', async () => {
    const [one, two] = [await put('numbered'), await put('numbered')];
    const pointer = await put('pointers', { to: one, all: [one, two] });
    await remove('numbered', one);
    expect(await stored('pointers', pointer)).toMatchObject({ to: '', all: [two] });
    expect(await total('numbered')).toBe(1);
  });

  test('leaves one superuser', async () => {
    const secret = { password: 'admin password', passwordConfirm: 'admin password' };
    const first = await put('_superusers', { email: 'a@x.org', ...secret });
    const second = await put('_superusers', { email: 'b@x.org', ...secret });
    await remove('_superusers', first, superuser);
    await expect(remove('_superusers', second, superuser)).rejects.toMatchObject({
      code: 'conflict',
      reason: 'last_superuser',
    });
    expect(await total('_superusers')).toBe(1);
  });
});

describe('admission', () => {
  const admit = (name: string, id?: string) => world.records.admit(guest, world.collection(name), id);

  test('happens before a body is read, as far as it can be judged', async () => {
    const author = await put('authors', { name: 'A' });
    world.changeRules('authors', { create: "@request.auth.id != ''", update: "name = 'B'" });
    await expect(admit('authors')).rejects.toMatchObject({ code: 'invalid', reason: 'rule_failed' });
    await expect(admit('authors', author)).rejects.toMatchObject({ code: 'not_found' });
    await expect(admit('authors', 'nothing')).rejects.toMatchObject({ code: 'not_found' });
    world.changeRules('authors', { create: "name = 'C'", update: "@request.body.name = 'C'" });
    await admit('authors');
    await admit('authors', author);
    world.changeRules('authors', { create: null, update: null });
    await expect(admit('authors')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(admit('authors', 'nothing')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('satisfying a rule', () => {
  test('is asked of the stored record for this actor', async () => {
    const id = await put('authors', { name: 'A' });
    const authors = world.collection('authors');
    const ask = (rule: string | null, actor = guest) => world.records.satisfies(actor, authors, id, rule);
    expect(await ask("name = 'A'")).toBe(true);
    expect(await ask("name = 'B'")).toBe(false);
    expect(await ask('')).toBe(true);
    expect(await ask(null)).toBe(false);
    expect(await world.records.satisfies(superuser, authors, id, null)).toBe(true);
    expect(await world.records.satisfies(guest, authors, 'nothing', "name = 'A'")).toBe(false);
  });
});

describe('finding stored records', () => {
  test('by a unique field, with or without regard to case', async () => {
    const id = await put('authors', { name: 'Ada' });
    const authors = world.collection('authors');
    expect(await world.records.findStoredBy(authors, 'name', 'Ada')).toMatchObject({ id });
    expect(await world.records.findStoredBy(authors, 'name', 'ada')).toBeUndefined();
    expect(await world.records.findStoredBy(authors, 'name', 'ADA', true)).toMatchObject({ id });
    await expect(world.records.findStoredBy(authors, "name` = '' OR `name", 'x')).rejects.toMatchObject({
      code: 'internal',
    });
  });
});
