import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { streamOf } from '../../../test/contracts/storage.ts';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { PNG } from '../../../test/support/files.ts';
import { guest } from '../../../test/support/records.ts';
import { type Actor, systemActor } from '../actor.ts';
import { accountActor } from '../auth/account-actor.ts';
import type { FileQuery } from './catalogue.ts';

let world: TestCore;
let mia: Actor;
let miaOwns: string;
let post: string;

async function put(
  actor: Actor,
  name: string,
  filename: string,
  content: string | Uint8Array,
): Promise<string> {
  const { core } = world;
  const collection = core.collections.get(name);
  const field = collection.fields.find((one) => one.type === 'file');
  if (!field) throw new Error('no file field');
  const intake = await core.records.admit(actor, collection, undefined);
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const file = await intake.receive(field, { filename, stream: streamOf(bytes) });
  const view = await core.records.create(actor, collection, { [field.name]: file }, { intake });
  return String(view.values.id);
}

beforeAll(async () => {
  world = await openTestCore();
  const { core, clock } = world;
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  for (const name of ['posts', 'papers']) {
    await core.collections.create(systemActor, {
      ...{ name, type: 'base', ...open },
      fields: [{ name: 'attached', type: 'file', maxSize: 5000 }],
    });
  }
  const users = core.collections.get('users');
  const made = await core.records.create(systemActor, users, {
    ...{ email: 'mia@example.com', password: 'long enough', passwordConfirm: 'long enough' },
  });
  const record = await core.records.findStored(users, String(made.values.id));
  mia = accountActor(users, record ?? {}, guest.request);
  miaOwns = `${users.id}/${String(made.values.id)}`;
  post = await put(systemActor, 'posts', 'Zebra.png', PNG);
  clock.time += 1000;
  await put(mia, 'posts', 'apple 100%.txt', 'a'.repeat(300));
  clock.time += 1000;
  await put(systemActor, 'papers', 'apple_2.txt', 'b'.repeat(20));
});
afterAll(() => world.close());

const list = (query?: FileQuery) => world.core.files.list(systemActor, query);
const names = async (query?: FileQuery) => (await list(query)).items.map(({ originalName }) => originalName);

describe('all files', () => {
  test('are for superusers alone', async () => {
    const { files } = world.core;
    const refused = { code: 'forbidden', reason: 'superusers_only' };
    await expect(files.list(guest)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(files.list(mia, { owner: miaOwns })).rejects.toMatchObject(refused);
    await expect(files.usage(guest)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(files.usage(mia)).rejects.toMatchObject(refused);
    await expect(files.amount(guest, { collection: 'posts' })).rejects.toMatchObject({
      code: 'unauthorized',
    });
    await expect(files.amount(mia, { collection: 'posts' })).rejects.toMatchObject(refused);
  });

  test('are told with where they belong and what they are', async () => {
    const { items, next } = await list({ type: 'image/' });
    expect(next).toBeUndefined();
    expect(items).toEqual([
      {
        ...{
          objectId: expect.any(String),
          state: 'live',
          collection: 'posts',
          record: post,
          field: 'attached',
        },
        ...{ collectionId: expect.any(String), fieldId: expect.any(String), position: 0 },
        ...{ originalName: 'Zebra.png', name: expect.stringMatching(/^zebra_\w+\.png$/i), size: PNG.length },
        ...{ type: 'image/png', width: 1, height: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        ...{ storage: 'local', created: Date.UTC(2030, 0, 1), owner: '' },
      },
    ]);
  });

  test('are found by what is known of them', async () => {
    expect(await names({ collection: 'papers' })).toEqual(['apple_2.txt']);
    expect(await names({ collection: 'posts', field: 'attached' })).toEqual(['apple 100%.txt', 'Zebra.png']);
    expect(await names({ record: post })).toEqual(['Zebra.png']);
    expect(await names({ name: 'APPLE' })).toEqual(['apple_2.txt', 'apple 100%.txt']);
    expect(await names({ name: '0%' })).toEqual(['apple 100%.txt']);
    expect(await names({ name: 'e_2' })).toEqual(['apple_2.txt']);
    expect(await names({ minSize: 20, maxSize: 20 })).toEqual(['apple_2.txt']);
    expect(await names({ minSize: 21, type: 'text/' })).toEqual(['apple 100%.txt']);
    expect(await names({ owner: miaOwns })).toEqual(['apple 100%.txt']);
    expect(await names({ storage: 'elsewhere' })).toEqual([]);
    expect(await names({ type: '%' })).toEqual([]);
  });

  test('come in the order that is asked for, page by page', async () => {
    const orders = {
      created: ['Zebra.png', 'apple 100%.txt', 'apple_2.txt'],
      size: ['apple_2.txt', 'Zebra.png', 'apple 100%.txt'],
      name: ['apple 100%.txt', 'apple_2.txt', 'Zebra.png'],
    } as const;
    for (const by of ['created', 'size', 'name'] as const) {
      for (const descending of [false, true]) {
        const wanted = descending ? [...orders[by]].reverse() : [...orders[by]];
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await list({ sort: { by, descending }, limit: 1, after });
          seen.push(...page.items.map(({ originalName }) => originalName));
          after = page.next;
        } while (after !== undefined);
        expect([by, descending, seen]).toEqual([by, descending, wanted]);
      }
    }
  });

  test('are not asked for by what is none', async () => {
    const missing = (reason: string) => ({ code: 'not_found', reason });
    await expect(list({ collection: 'nowhere' })).rejects.toMatchObject(missing('collection'));
    await expect(list({ collection: 'posts', field: 'nowhere' })).rejects.toMatchObject(missing('field'));
    await expect(list({ field: 'attached' })).rejects.toMatchObject(missing('field'));
    for (const after of ['', '!', 'W10', Buffer.from('["1 OR 1",{}]').toString('base64url'), 'null']) {
      await expect(list({ after })).rejects.toMatchObject({
        issues: [{ path: 'after', code: 'invalid_cursor' }],
      });
    }
  });

  test('are summed up by collection and by storage', async () => {
    const png = PNG.length;
    expect(await world.core.files.usage(systemActor)).toEqual({
      total: { files: 3, bytes: 320 + png },
      collections: [
        { id: expect.any(String), name: 'posts', files: 2, bytes: 300 + png },
        { id: expect.any(String), name: 'papers', files: 1, bytes: 20 },
      ],
      storages: [{ name: 'local', files: 3, bytes: 320 + png }],
    });
  });

  test('that are abandoned are told apart from those that live', async () => {
    const { db } = world.database;
    const give = db.prepare(sql`UPDATE _objects SET state = 'abandoned' WHERE original_name = 'Zebra.png'`);
    await db.write((tx) => tx.run(give));
    expect(await names({ state: 'abandoned' })).toEqual(['Zebra.png']);
    expect(await names({ state: 'doomed' })).toEqual([]);
    expect(await names()).toEqual(['apple_2.txt', 'apple 100%.txt']);
  });

  test('of a collection, a field, or beyond the last of each record are counted', async () => {
    const { core } = world;
    const albums = await core.collections.create(systemActor, {
      ...{ name: 'albums', type: 'base' },
      fields: [{ name: 'pages', type: 'file', maxSelect: 3, maxSize: 5000 }],
    });
    const [pages] = albums.fields.filter(({ type }) => type === 'file');
    if (!pages) throw new Error('no field');
    for (const sizes of [[1, 10, 100], [1000]]) {
      const intake = await core.records.admit(systemActor, albums, undefined);
      const files = [];
      for (const size of sizes) {
        const stream = streamOf(new TextEncoder().encode('x'.repeat(size)));
        files.push(await intake.receive(pages, { filename: `${size}.txt`, stream }));
      }
      await core.records.create(systemActor, albums, { pages: files }, { intake });
    }
    const amount = (more: object) => core.files.amount(systemActor, { collection: 'albums', ...more });
    expect(await amount({})).toEqual({ files: 4, bytes: 1111 });
    expect(await amount({ field: 'pages', surplusOnly: true })).toEqual({ files: 2, bytes: 11 });
    await expect(amount({ field: 'nothing' })).rejects.toMatchObject({ reason: 'field' });
    await core.collections.delete(systemActor, 'albums');
  });
});

test('the newest files and what is stored where are read from indexes alone', async () => {
  using direct = new Database(join(world.database.dir, 'data.db'), { readonly: true });
  const plan = (text: string) =>
    direct
      .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${text}`)
      .all()
      .map(({ detail }) => detail);
  const newest = "SELECT id, type FROM _objects WHERE state = 'live' ORDER BY created DESC, id DESC LIMIT 51";
  expect(plan(newest)).toEqual(['SCAN _objects USING INDEX _objects_created']);
  const usage = `SELECT collection, backend, count(*), sum(size) FROM _objects WHERE state = 'live'
    GROUP BY collection, backend`;
  expect(plan(usage)).toEqual(['SCAN _objects USING COVERING INDEX _objects_place']);
});
