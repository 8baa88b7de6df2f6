import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import PocketBase, { ClientResponseError } from 'pocketbase';
import { type ChangeEvent, type Client, FetchError, filePath, filesPath, initClient } from 'trailbase';
import { quarters } from '../fixtures/images.ts';
import { settledAudit } from '../support/audit.ts';
import { provideEventSource } from '../support/event-source.ts';
import { ADMIN } from '../support/server.ts';
import { type ClientServer, startForClients } from './start.ts';

// One collection, two products' stock clients: what one writes, the other reads, changes, downloads and removes.
let running: ClientServer;
let admin: PocketBase;
let takeBack: () => void;
let picture: Uint8Array<ArrayBuffer>;

const PASSWORD = 'likes-both-clients';

beforeAll(async () => {
  takeBack = provideEventSource();
  running = await startForClients();
  admin = new PocketBase(running.server.base).autoCancellation(false);
  await admin.collection('_superusers').authWithPassword(ADMIN.email, ADMIN.password);
  const mine = 'owner = @request.auth.id';
  await admin.collections.create({
    ...{ name: 'trips', type: 'base', listRule: mine, viewRule: mine, updateRule: mine, deleteRule: mine },
    createRule: `@request.auth.id != '' && ${mine}`,
    fields: [
      { name: 'title', type: 'text', required: true },
      { name: 'days', type: 'number', onlyInt: true },
      { name: 'cost', type: 'number' },
      { name: 'done', type: 'bool' },
      { name: 'tags', type: 'select', values: ['sea', 'city', 'snow'], maxSelect: 3 },
      { name: 'notes', type: 'json' },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
      { name: 'cover', type: 'file', maxSelect: 1, thumbs: ['20x20'] },
      { name: 'pictures', type: 'file', maxSelect: 5, protected: true },
    ],
  });
  for (const name of ['ann', 'ben']) {
    const account = { email: `${name}@example.com`, password: PASSWORD, passwordConfirm: PASSWORD };
    await admin.collection('users').create({ ...account, verified: true });
  }
  picture = new Uint8Array(await quarters().png().toBuffer());
}, 180_000);

afterAll(async () => {
  takeBack?.();
  await running?.close();
});

async function pocketbase(name: string): Promise<PocketBase> {
  const pb = new PocketBase(running.server.base).autoCancellation(false);
  await pb.collection('users').authWithPassword(`${name}@example.com`, PASSWORD);
  return pb;
}

async function trailbase(name: string): Promise<Client> {
  const client = initClient(running.server.base);
  await client.login(`${name}@example.com`, PASSWORD);
  return client;
}

const file = (name: string) => new File([picture], name, { type: 'image/png' });
const auth = (client: Client) => ({ headers: new Headers(client.headers()) });

async function bytesOf(url: string | URL, init?: RequestInit): Promise<Uint8Array> {
  const response = await fetch(url, init);
  expect([String(url), response.status]).toEqual([String(url), 200]);
  return new Uint8Array(await response.arrayBuffer());
}

async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    if (error instanceof FetchError || error instanceof ClientResponseError) return error.status;
    throw error;
  }
}

test('what PocketBase writes, TrailBase reads, changes and removes', async () => {
  const pb = await pocketbase('ann');
  const tb = await trailbase('ann');
  const owner = pb.authStore.record?.id ?? '';
  expect(tb.user()?.id).toBe(owner);
  const made = await pb.collection('trips').create({
    ...{ title: 'To the sea', days: 12, cost: 99.5, done: true, tags: ['sea', 'city'] },
    ...{ notes: { by: 'train' }, owner, cover: file('sea.png'), pictures: [file('a.png'), file('b.png')] },
  });
  const api = tb.records('trips');
  const record = await api.read(made.id);
  expect(record).toMatchObject({
    ...{ id: made.id, title: 'To the sea', days: 12, cost: 99.5, done: true, tags: ['sea', 'city'] },
    ...{ notes: { by: 'train' }, owner },
    cover: {
      filename: made.cover,
      original_filename: 'sea.png',
      size: picture.length,
      mime_type: 'image/png',
    },
    pictures: [{ original_filename: 'a.png' }, { original_filename: 'b.png' }],
  });
  const { base } = running.server;
  expect(await bytesOf(new URL(filePath('trips', made.id, 'cover'), base), auth(tb))).toEqual(picture);
  const second = filesPath('trips', made.id, 'pictures', made.pictures[1]);
  expect(await bytesOf(new URL(second, base), auth(tb))).toEqual(picture);

  await api.update(made.id, { title: 'To the snow', tags: ['snow'], cover: null, done: false });
  const changed = await pb.collection('trips').getOne(made.id);
  expect(changed).toMatchObject({ title: 'To the snow', tags: ['snow'], cover: '', done: false, days: 12 });
  expect(changed.pictures).toEqual(made.pictures);

  await api.delete(made.id);
  expect(await statusOf(pb.collection('trips').getOne(made.id))).toBe(404);
});

test('what TrailBase writes, PocketBase reads, changes and removes', async () => {
  const pb = await pocketbase('ann');
  const tb = await trailbase('ann');
  const owner = pb.authStore.record?.id ?? '';
  const api = tb.records('trips');
  const data = Buffer.from(picture).toString('base64');
  const id = String(
    await api.create({
      ...{ title: 'To the city', days: 3, cost: 10.25, tags: ['city'], owner, notes: [1, 'two'] },
      cover: { filename: 'city.png', content_type: 'image/png', data },
    }),
  );
  const record = await pb.collection('trips').getOne(id, { expand: 'owner' });
  expect(record).toMatchObject({
    id,
    title: 'To the city',
    days: 3,
    cost: 10.25,
    tags: ['city'],
    notes: [1, 'two'],
  });
  expect(record.expand?.owner).toMatchObject({ id: owner });
  expect(await bytesOf(pb.files.getURL(record, record.cover))).toEqual(picture);
  expect((await bytesOf(pb.files.getURL(record, record.cover, { thumb: '20x20' }))).length).toBeGreaterThan(
    0,
  );

  await pb.collection('trips').update(id, { 'days+': 4, pictures: [file('late.png')] });
  expect(await api.read(id)).toMatchObject({ days: 7, pictures: [{ original_filename: 'late.png' }] });
  const removed = filePath('trips', id, 'cover');
  await pb.collection('trips').update(id, { cover: null });
  expect((await fetch(new URL(removed, running.server.base), auth(tb))).status).toBe(404);
  await pb.collection('trips').delete(id);
  expect(await statusOf(api.read(id))).toBe(403);
});

test('neither client shows what is not the caller’s', async () => {
  const pb = await pocketbase('ann');
  const tb = await trailbase('ben');
  const owner = pb.authStore.record?.id ?? '';
  const { id, cover } = await pb
    .collection('trips')
    .create({ title: 'Mine', owner, cover: file('mine.png') });
  const api = tb.records('trips');
  expect(await statusOf(api.read(id))).toBe(403);
  expect(await statusOf(api.update(id, { title: 'Stolen' }))).toBe(403);
  expect(await statusOf(api.delete(id))).toBe(403);
  expect(await statusOf(api.create({ title: 'Planted', owner }))).toBe(403);
  expect((await api.list()).records).toEqual([]);
  const { base } = running.server;
  expect((await fetch(new URL(filePath('trips', id, 'cover'), base), auth(tb))).status).toBe(403);
  expect((await fetch(new URL(filesPath('trips', id, 'cover', cover), base), auth(tb))).status).toBe(403);
  expect((await pb.collection('trips').getOne(id)).title).toBe('Mine');
});

describe('events', () => {
  test('of a write by either client reach subscribers of the other', async () => {
    const pb = await pocketbase('ann');
    const tb = await trailbase('ann');
    const owner = pb.authStore.record?.id ?? '';
    const reader = (await tb.records('trips').subscribeAll()).getReader();
    const { promise, resolve } = Promise.withResolvers<string>();
    await pb.collection('trips').subscribe('*', ({ action, record }) => {
      if (record.title === 'by TrailBase') resolve(`${action} ${record.title}`);
    });
    const { id } = await pb.collection('trips').create({ title: 'by PocketBase', owner });
    const heard: ChangeEvent | undefined = (await reader.read()).value;
    expect(heard).toMatchObject({ Insert: { id, title: 'by PocketBase', owner } });
    await tb.records('trips').create({ title: 'by TrailBase', owner });
    expect(await promise).toBe('create by TrailBase');
    await reader.cancel();
    await pb.collection('trips').unsubscribe();
  });
});

describe('a session', () => {
  test('of either client ends with the password, whoever changes it', async () => {
    const [pb, tb] = [await pocketbase('ben'), await trailbase('ben')];
    const changed = await tb.fetch('/api/auth/v1/change_password', {
      method: 'POST',
      body: JSON.stringify({
        old_password: PASSWORD,
        new_password: `${PASSWORD}!`,
        new_password_repeat: `${PASSWORD}!`,
      }),
    });
    expect(await changed.text()).toBe('password changed');
    expect(await statusOf(pb.collection('users').authRefresh())).toBe(401);

    const again = new PocketBase(running.server.base).autoCancellation(false);
    const { record } = await again.collection('users').authWithPassword('ben@example.com', `${PASSWORD}!`);
    const other = initClient(running.server.base);
    await other.login('ben@example.com', `${PASSWORD}!`);
    await again.collection('users').update(record.id, {
      ...{ oldPassword: `${PASSWORD}!`, password: PASSWORD, passwordConfirm: PASSWORD },
    });
    expect(await statusOf(other.records('trips').read('nothinghere0000'))).toBe(403);
    await other.refreshAuthToken({ force: true });
    expect(other.tokens()).toBeUndefined();
  });

  test('ends everywhere when its owner signs out of either', async () => {
    const [pb, tb] = [await pocketbase('ann'), await trailbase('ann')];
    await tb.logout();
    expect(await statusOf(pb.collection('users').authRefresh())).toBe(401);
  });
});

test('what both leave behind agrees', async () => {
  expect(await settledAudit(running.server.dir)).toEqual([]);
});
