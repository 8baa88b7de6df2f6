import { afterAll, beforeAll, expect, test } from 'bun:test';
import { streamOf } from '../../test/contracts/storage.ts';
import { type InProcessServer, startInProcess } from '../../test/support/in-process.ts';
import { adminToken, makeSuperuser, removeFolder, temporaryFolder } from '../../test/support/server.ts';
import { systemActor } from '../core/actor.ts';
import type { Collection } from '../core/index.ts';
import { dialects } from './index.ts';

const folder = temporaryFolder();
const NAME = 'Ä "b" %41.txt';
let server: InProcessServer;
let token: string;

beforeAll(async () => {
  await makeSuperuser(`${folder}/data`);
  server = await startInProcess(`${folder}/data`);
  token = await adminToken(server.base);
});
afterAll(async () => {
  await server.stop();
  removeFolder(folder);
});

async function made(name: string, more: object, isProtected = false): Promise<Collection> {
  const field = { name: 'paper', type: 'file', protected: isProtected, thumbs: ['10x10'] };
  await server.core.collections.create(systemActor, { ...{ name, type: 'base', fields: [field] }, ...more });
  return server.core.collections.get(name);
}

/** Puts a file in a new record; its links, by the dialect that gives them. */
async function linksOf(collection: Collection) {
  const { core, base: origin } = server;
  const field = collection.fields.find(core.holdsFiles);
  if (field === undefined) throw new Error('no field');
  const intake = await core.records.admit(systemActor, collection, undefined);
  const stream = streamOf(new TextEncoder().encode('the bytes'));
  const file = await intake.receive(field, { filename: NAME, stream });
  const { values } = await core.records.create(systemActor, collection, { paper: file }, { intake });
  const place = { collection, field, record: String(values.id), name: String(values.paper) };
  return dialects.flatMap((dialect) =>
    (dialect.fileLinks?.(place, { origin, core }) ?? []).map((link) => ({ ...link, by: dialect.name })),
  );
}

const bytesAt = async (address: string, headers = {}) => {
  const answer = await fetch(address, { headers });
  return [answer.status, await answer.text()];
};
const fileToken = async () => {
  const headers = { authorization: token };
  const answer = await fetch(`${server.base}/api/files/token`, { method: 'POST', headers });
  return String(Object(await answer.json()).token);
};

test('a file of a public collection is read by anybody at each address that a dialect gives', async () => {
  const links = await linksOf(await made('papers', { viewRule: '' }));
  expect(links.map(({ by, variant, access }) => [by, variant, access])).toEqual([
    ['pocketbase', '', 'anybody'],
    ['pocketbase', '10x10', 'anybody'],
    ['trailbase', '', 'anybody'],
  ]);
  for (const { address } of links) expect(await bytesAt(address)).toEqual([200, 'the bytes']);
});

test('a protected file is read with a file token, and nothing leads to where nobody may', async () => {
  const links = await linksOf(await made('secrets', {}, true));
  expect(links.map(({ by, access }) => [by, access])).toEqual([
    ['pocketbase', 'file_token'],
    ['pocketbase', 'file_token'],
  ]);
  for (const { address } of links) {
    expect((await bytesAt(address))[0]).toBe(404);
    const withToken = `${address}${address.includes('?') ? '&' : '?'}token=${await fileToken()}`;
    expect(await bytesAt(withToken)).toEqual([200, 'the bytes']);
  }
});

test('where a rule decides, the link says so, and those whom it lets get the bytes', async () => {
  const collection = await made('letters', { viewRule: '@request.auth.id != ""' });
  const links = await linksOf(collection);
  expect(links.map(({ by, access }) => [by, access])).toContainEqual(['trailbase', 'account']);
  const address = links.find(({ by }) => by === 'trailbase')?.address ?? '';
  expect((await bytesAt(address))[0]).toBe(403);
  const login = { email: 'reader@example.com', password: 'correct horse battery' };
  const users = server.core.collections.get('users');
  await server.core.records.create(systemActor, users, {
    ...{ ...login, verified: true, passwordConfirm: login.password },
  });
  const answer = await fetch(`${server.base}/api/auth/v1/login`, {
    ...{ method: 'POST', body: JSON.stringify(login) },
    headers: { 'content-type': 'application/json' },
  });
  const authorization = `Bearer ${Object(await answer.json()).auth_token}`;
  expect(await bytesAt(address, { authorization })).toEqual([200, 'the bytes']);
});

test('ids of every kind stand in the addresses as each dialect writes them', async () => {
  for (const idKind of ['integer', 'uuid']) {
    const links = await linksOf(await made(`by_${idKind}`, { idKind, viewRule: '' }));
    expect(links.length).toBe(3);
    for (const { address } of links) expect(await bytesAt(address)).toEqual([200, 'the bytes']);
  }
});
