import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../../test/support/core.ts';
import { PNG, streamOnce } from '../../../../test/support/files.ts';
import { type Actor, internalRequest, systemActor } from '../../actor.ts';
import { AppError } from '../../errors.ts';
import { collectionTemplates } from './index.ts';

let world: TestCore;
let ann: Actor & { readonly id: string };
let bob: Actor & { readonly id: string };
const guest: Actor = { kind: 'guest', request: internalRequest };

beforeEach(async () => {
  world = await openTestCore();
  ann = await account('ann');
  bob = await account('bob');
});
afterEach(() => world.close());

const collection = (name: string) => world.core.collections.get(name);

async function account(name: string) {
  const password = 'correct horse battery';
  const email = `${name}@example.com`;
  const { records } = world.core;
  const { values } = await records.create(systemActor, collection('users'), {
    ...{ email, password, passwordConfirm: password },
  });
  const record = await records.findStored(collection('users'), String(values.id));
  if (record === undefined) throw new Error('no account');
  const facts = { kind: 'account', collection: collection('users'), record } as const;
  return { ...facts, request: internalRequest, id: String(values.id) };
}

async function make(name: string): Promise<void> {
  const template = collectionTemplates.find((each) => each.name === name);
  await world.core.collections.createAll(systemActor, template?.collections ?? []);
}

async function create(actor: Actor, name: string, input: Readonly<Record<string, unknown>>): Promise<string> {
  return String((await world.core.records.create(actor, collection(name), input)).values.id);
}

const change = (actor: Actor, name: string, id: string, input: Readonly<Record<string, unknown>>) =>
  world.core.records.update(actor, collection(name), id, input);
const remove = (actor: Actor, name: string, id: string) =>
  world.core.records.delete(actor, collection(name), id);
const count = (actor: Actor, name: string) => world.core.records.count(actor, collection(name));

/** The code that work is refused with, and the paths of its issues. */
async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return [error.code, ...error.issues.map(({ path }) => path)].join(' ');
    throw error;
  }
  return 'done';
}

test('each template is made at once on a new server, and beside the others', async () => {
  for (const { name } of collectionTemplates) await make(name);
  const made = collectionTemplates.flatMap(({ collections }) => collections.map(({ name }) => name));
  expect(made.every((name) => world.core.collections.schema.byName(String(name)) !== undefined)).toBe(true);
});

test('of a template that clashes with what is there, nothing is made', async () => {
  await world.core.collections.create(systemActor, { name: 'comments' });
  expect(await refused(make('blog'))).toBe('invalid name');
  expect(world.core.collections.schema.byName('posts')).toBeUndefined();
});

describe('a blog', () => {
  test('shows posts when they are published, and lets their readers comment', async () => {
    await make('blog');
    const post = { title: 'First', slug: 'first', author: ann.id, tags: ['news', 'photo'] };
    const id = await create(ann, 'posts', post);
    expect([await count(guest, 'posts'), await count(bob, 'posts'), await count(ann, 'posts')]).toEqual([
      0, 0, 1,
    ]);
    expect(await refused(create(bob, 'comments', { post: id, author: bob.id, text: 'Early' }))).toBe(
      'invalid',
    );
    await change(ann, 'posts', id, { published: true });
    expect(await count(guest, 'posts')).toBe(1);
    const comment = await create(bob, 'comments', { post: id, author: bob.id, text: 'Well said' });
    expect(await count(guest, 'comments')).toBe(1);
    await change(bob, 'comments', comment, { text: 'Very well said' });
    expect(await refused(change(ann, 'comments', comment, { text: 'Mine' }))).toBe('not_found');
    await remove(ann, 'comments', comment);
    await create(bob, 'comments', { post: id, author: bob.id, text: 'Again' });
    await remove(ann, 'posts', id);
    expect(await count(systemActor, 'comments')).toBe(0);
  });

  test('lets nobody write for another, or give a post away', async () => {
    await make('blog');
    const post = { title: 'First', slug: 'first', author: ann.id };
    expect(await refused(create(guest, 'posts', { title: 'x', slug: 'x', author: ann.id }))).toBe('invalid');
    expect(await refused(create(bob, 'posts', post))).toBe('invalid');
    const id = await create(ann, 'posts', { ...post, published: true });
    expect(await refused(change(bob, 'posts', id, { title: 'Mine' }))).toBe('not_found');
    expect(await refused(change(ann, 'posts', id, { author: bob.id }))).toBe('not_found');
    expect(await refused(remove(bob, 'posts', id))).toBe('not_found');
    expect(await refused(create(ann, 'posts', post))).toBe('invalid slug');
    expect(await refused(create(ann, 'posts', { ...post, slug: 'Not a slug' }))).toBe('invalid slug');
  });
});

describe('a shop', () => {
  const price = { name: 'Tea', cents: 450, available: true };

  test('sells at the prices of the catalogue, while an order is open', async () => {
    await make('shop');
    const category = await create(systemActor, 'categories', { name: 'Hot', slug: 'hot' });
    const tea = await create(systemActor, 'products', { ...price, category });
    const old = await create(systemActor, 'products', { ...price, available: false });
    expect(await count(guest, 'products')).toBe(1);
    const order = await create(ann, 'orders', { customer: ann.id, status: 'open' });
    const item = { order, product: tea, quantity: 2, cents: 450 };
    expect(await refused(create(ann, 'order_items', { ...item, cents: 1 }))).toBe('invalid');
    expect(await refused(create(ann, 'order_items', { ...item, product: old }))).toBe('invalid');
    expect(await refused(create(bob, 'order_items', item))).toBe('invalid');
    expect(await refused(create(ann, 'order_items', { ...item, quantity: 0.5 }))).toBe('invalid quantity');
    const line = await create(ann, 'order_items', item);
    expect(await refused(create(ann, 'order_items', item))).toMatch(/^invalid/);
    await change(ann, 'orders', order, { status: 'placed', address: 'Elm Street 1' });
    expect(await refused(change(ann, 'orders', order, { address: 'Elsewhere' }))).toBe('not_found');
    expect(await refused(remove(ann, 'order_items', line))).toBe('not_found');
    expect(await refused(remove(ann, 'orders', order))).toBe('not_found');
    await change(systemActor, 'orders', order, { status: 'paid' });
    expect([await count(ann, 'order_items'), await count(bob, 'order_items')]).toEqual([1, 0]);
  });

  test('is kept by superusers, and nobody pays their own order', async () => {
    await make('shop');
    expect(await refused(create(ann, 'products', price))).toBe('forbidden');
    expect(await refused(create(ann, 'orders', { customer: ann.id, status: 'paid' }))).toBe('invalid');
    expect(await refused(create(guest, 'orders', { customer: ann.id, status: 'open' }))).toBe('invalid');
    const order = await create(ann, 'orders', { customer: ann.id, status: 'open' });
    expect(await refused(change(ann, 'orders', order, { status: 'paid' }))).toBe('not_found');
    expect(await refused(change(ann, 'orders', order, { customer: bob.id }))).toBe('not_found');
  });
});

describe('profiles', () => {
  test('are one for each account, hidden until they are public, and can be followed', async () => {
    await make('profiles');
    const id = await create(ann, 'profiles', { account: ann.id, handle: 'ann', place: { lon: 13, lat: 52 } });
    expect([await count(bob, 'profiles'), await count(ann, 'profiles')]).toEqual([0, 1]);
    expect(await refused(create(ann, 'profiles', { account: ann.id, handle: 'ann2' }))).toBe(
      'invalid account',
    );
    expect(await refused(create(bob, 'profiles', { account: bob.id, handle: 'ann' }))).toBe('invalid handle');
    expect(await refused(create(bob, 'profiles', { account: ann.id, handle: 'bob' }))).toMatch(/^invalid/);
    const follow = { follower: bob.id, followed: id };
    expect(await refused(create(bob, 'follows', follow))).toBe('invalid');
    await change(ann, 'profiles', id, { public: true });
    expect(await count(guest, 'profiles')).toBe(1);
    expect(await refused(create(ann, 'follows', { follower: ann.id, followed: id }))).toBe('invalid');
    expect(await refused(create(ann, 'follows', follow))).toBe('invalid');
    const followed = await create(bob, 'follows', follow);
    expect([await count(ann, 'follows'), await count(bob, 'follows'), await count(guest, 'follows')]).toEqual(
      [1, 1, 0],
    );
    expect(await refused(remove(ann, 'follows', followed))).toBe('not_found');
    await remove(ann, 'profiles', id);
    expect(await count(systemActor, 'follows')).toBe(0);
  });
});

describe('attachments', () => {
  test('are for their owner and those they are shared with, and their files go with them', async () => {
    await make('attachments');
    const folder = await create(ann, 'folders', { name: 'Letters', owner: ann.id });
    const documents = collection('documents');
    const files = documents.fields.find(({ name }) => name === 'files');
    if (files === undefined) throw new Error('no field');
    const intake = await world.core.records.admit(ann, documents, undefined);
    const upload = await intake.receive(files, { filename: 'a.png', stream: streamOnce(PNG) });
    const made = await world.core.records.create(
      ann,
      documents,
      { title: 'Scan', owner: ann.id, folder, files: [upload] },
      { intake },
    );
    const id = String(made.values.id);
    expect(await refused(world.core.records.view(bob, documents, id))).toBe('not_found');
    await change(ann, 'documents', id, { readers: [bob.id] });
    expect((await world.core.records.view(bob, documents, id)).values.files).toHaveLength(1);
    expect(await count(guest, 'documents')).toBe(0);
    expect(await refused(change(bob, 'documents', id, { title: 'Mine' }))).toBe('not_found');
    expect(await refused(change(bob, 'documents', id, { owner: bob.id }))).toBe('not_found');
    expect(await world.storedKeys()).toHaveLength(1);
    await remove(ann, 'documents', id);
    // Files are erased after the answer.
    const until = Date.now() + 5000;
    while ((await world.storedKeys()).length > 0 && Date.now() < until) await Bun.sleep(10);
    expect(await world.storedKeys()).toEqual([]);
  });

  test('cannot be put into folders of others', async () => {
    await make('attachments');
    const folder = await create(ann, 'folders', { name: 'Letters', owner: ann.id });
    await create(ann, 'folders', { name: 'Old', owner: ann.id, parent: folder });
    expect(await refused(create(bob, 'folders', { name: 'In', owner: bob.id, parent: folder }))).toBe(
      'invalid',
    );
    expect(await refused(create(bob, 'documents', { title: 'In', owner: bob.id, folder }))).toBe('invalid');
    expect(await count(bob, 'folders')).toBe(0);
    await remove(ann, 'folders', folder);
    expect(await count(systemActor, 'folders')).toBe(0);
  });
});
