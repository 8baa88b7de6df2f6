import { afterAll, beforeAll, expect, test } from 'bun:test';
import { serveGcs } from '../gcs-server.ts';

const QUANTUM = 256 * 1024;

let server: Awaited<ReturnType<typeof serveGcs>>;
let authorization = '';
beforeAll(async () => {
  server = await serveGcs();
  const { Storage } = await import('@google-cloud/storage');
  const storage = new Storage();
  storage.authClient.jsonContent = JSON.parse(server.serviceAccountKey);
  const client = await storage.authClient.getClient();
  client.transporter.interceptors.request.add({
    resolved: async (config) => ({ ...config, url: new URL(`${server.endpoint}/token`) }),
  });
  authorization = (await client.getRequestHeaders()).get('authorization') ?? '';
});
afterAll(() => server.stop());

const objects = (rest = '') => `${server.endpoint}/storage/v1/b/${server.bucket}/o${rest}`;

async function begin(metadata: Record<string, string>): Promise<string> {
  const url = `${server.endpoint}/upload/storage/v1/b/${server.bucket}/o?uploadType=resumable`;
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(metadata) });
  return response.headers.get('location') ?? '';
}

function send(session: string, range: string, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  const headers = { 'content-range': `bytes ${range}` };
  return fetch(session, { method: 'PUT', headers, body, redirect: 'manual' });
}

test('nothing is answered without a token of the service account', async () => {
  expect((await fetch(objects())).status).toBe(401);
  expect((await fetch(objects(), { headers: { authorization: 'Bearer guess' } })).status).toBe(401);
  expect((await fetch(objects(), { headers: { authorization } })).status).toBe(200);
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: 'e30.e30.e30',
  });
  expect((await fetch(`${server.endpoint}/token`, { method: 'POST', body })).status).toBe(400);
});

test('a session keeps chunks of 256 KiB, tells how much it has, and ends with the last', async () => {
  const session = await begin({ name: 'chunks' });
  expect((await send(session, `0-99/*`, new Uint8Array(100))).status).toBe(400);
  const first = await send(session, `0-${QUANTUM - 1}/*`, new Uint8Array(QUANTUM));
  expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
  expect((await send(session, `${2 * QUANTUM}-${2 * QUANTUM + 4}/*`, new Uint8Array(5))).status).toBe(400);
  const asked = await send(session, '*/*', new Uint8Array());
  expect([asked.status, asked.headers.get('range')]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
  const last = await send(session, `${QUANTUM}-${QUANTUM + 4}/${QUANTUM + 5}`, new Uint8Array(5));
  expect(await last.json()).toMatchObject({ name: 'chunks', size: String(QUANTUM + 5) });
  expect((await send(session, '*/*', new Uint8Array())).status).toBe(200);
});

test('a cancelled session answers 499 from then on', async () => {
  const session = await begin({ name: 'cancelled' });
  expect((await fetch(session, { method: 'DELETE' })).status).toBe(499);
  expect((await send(session, '0-4/5', new Uint8Array(5))).status).toBe(499);
  expect((await fetch(objects('/cancelled'), { headers: { authorization } })).status).toBe(404);
});

test('an object whose hash is another than announced does not come to be', async () => {
  const wrong = { md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==', crc32c: 'AAAAAA==' };
  for (const [name, hash] of Object.entries(wrong)) {
    const session = await begin({ name: 'damaged', [name]: hash });
    expect((await send(session, '0-4/5', new Uint8Array(5))).status).toBe(400);
  }
  // The CRC32C of "123456789" is the check value e3069283 of its definition (RFC 3720, B.4).
  const session = await begin({ name: 'sound', crc32c: '4waSgw==' });
  expect((await send(session, '0-8/9', new TextEncoder().encode('123456789'))).status).toBe(200);
  expect((await fetch(objects('/damaged'), { headers: { authorization } })).status).toBe(404);
});

test('an unknown bucket is told apart from an unknown object', async () => {
  const headers = { authorization };
  const bucket = await fetch(`${server.endpoint}/storage/v1/b/nobodys`, { headers });
  expect([bucket.status, await bucket.text()]).toEqual([
    404,
    expect.stringContaining('bucket does not exist'),
  ]);
  const object = await fetch(objects('/nothing'), { headers });
  expect([object.status, await object.text()]).toEqual([404, expect.stringContaining('No such object')]);
});
