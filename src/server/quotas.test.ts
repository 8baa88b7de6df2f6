import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { textAt } from '../../test/support/json.ts';
import {
  adminToken,
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../../test/support/server.ts';

let folder: string;
let server: TestServer;
let token: string;

beforeAll(async () => {
  folder = temporaryFolder();
  const dir = join(folder, 'data');
  await makeSuperuser(dir);
  server = await startServer({
    dir,
    env: { DOSSIER_QUOTAS_TOTAL: '100KB', DOSSIER_QUOTAS_PER_OWNER: '40KB' },
  });
  token = await adminToken(server.base);
  const people = { name: 'people', type: 'auth', createRule: '', fields: [] };
  const papers = {
    ...{ name: 'papers', type: 'base', viewRule: '', createRule: '', updateRule: '' },
    fields: [{ name: 'file', type: 'file', maxSelect: 1, maxSize: 10_000_000 }],
  };
  for (const collection of [people, papers]) {
    const made = await post('/api/collections', JSON.stringify(collection), token);
    expect(made.status).toBe(200);
  }
});
afterAll(async () => {
  await server.stop('SIGKILL');
  removeFolder(folder);
});

function post(path: string, body: string | FormData, as: string): Promise<Response> {
  const headers: Record<string, string> = as === '' ? {} : { authorization: as };
  if (typeof body === 'string') headers['content-type'] = 'application/json';
  return fetch(`${server.base}${path}`, { method: 'POST', headers, body });
}

function send(kilobytes: number, as: string): Promise<Response> {
  const form = new FormData();
  form.set('file', new File([new Uint8Array(kilobytes * 1024).fill(65)], 'a.txt'));
  return post('/api/collections/papers/records', form, as);
}

async function account(name: string): Promise<string> {
  const email = `${name}@example.com`;
  const password = 'correct-horse-battery';
  const person = JSON.stringify({ email, password, passwordConfirm: password });
  expect((await post('/api/collections/people/records', person, '')).status).toBe(200);
  const credentials = JSON.stringify({ identity: email, password });
  const login = await post('/api/collections/people/auth-with-password', credentials, '');
  return textAt(await login.json(), 'token');
}

test('beyond a quota the answer is 507 in words, for the account first and for everybody in the end', async () => {
  const anna = await account('anna');
  expect((await send(30, anna)).status).toBe(200);
  const refused = await send(20, anna);
  expect(refused.status).toBe(507);
  expect(await refused.json()).toEqual({
    data: {},
    message: 'There is not enough storage left for these files.',
    status: 507,
  });
  expect((await send(60, '')).status).toBe(200);
  expect((await send(20, token)).status).toBe(507);
  expect((await send(10, anna)).status).toBe(200);
  // A body that cannot fit is refused by its declared length.
  expect((await send(5_000, '')).status).toBe(507);
});

test('many uploads at once do not exceed a quota', async () => {
  const bert = await account('bert');
  const headers = { authorization: token };
  await fetch(`${server.base}/api/collections/papers/truncate`, { method: 'DELETE', headers });
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(9, bert)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBe(4);
  expect(statuses.filter((status) => status === 507).length).toBe(16);
});
