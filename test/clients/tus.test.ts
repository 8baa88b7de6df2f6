import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Upload } from 'tus-js-client';
import { settledAudit } from '../support/audit.ts';
import { binaryPath } from '../support/binary.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { generator, testSeed } from '../support/fault-harness.ts';
import { adminToken, startServer, type TestServer } from '../support/server.ts';
import { FILMS, fileOf, numberedBytes, stagedIn, uploadByTus } from '../support/tus.ts';
import { type ClientServer, startForClients } from './start.ts';

// tus-js-client as it is published, against the compiled binary.
let running: ClientServer;
let server: TestServer;
let admin: string;
const random = generator(testSeed());

beforeAll(async () => {
  running = await startForClients();
  server = running.server;
  admin = await adminToken(server.base);
  await make(FILMS);
  await make({
    name: 'diaries',
    type: 'base',
    viewRule: 'owner = @request.auth.id',
    createRule: '@request.auth.id != "" && owner = @request.auth.id',
    updateRule: 'owner = @request.auth.id',
    fields: [
      { name: 'owner', type: 'text' },
      { name: 'scan', type: 'file', maxSize: 10_000_000, mimeTypes: ['text/plain'] },
    ],
  });
}, 180_000);
afterAll(async () => {
  await running?.close();
});

async function make(definition: object): Promise<void> {
  const response = await fetch(`${server.base}/api/collections`, {
    method: 'POST',
    headers: { authorization: admin, 'content-type': 'application/json' },
    body: JSON.stringify(definition),
  });
  expect(response.status).toBe(200);
}

const film = (more: Record<string, string> = {}) => ({
  collection: 'films',
  field: 'video',
  filename: 'film.bin',
  ...more,
});

async function user(name: string): Promise<{ token: string; id: string }> {
  const credentials = { email: `${name}@example.com`, password: `${name}-likes-photos` };
  const json = (path: string, body: object) =>
    fetch(`${server.base}/api/collections/users/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((response) => response.json());
  await json('records', { ...credentials, passwordConfirm: credentials.password });
  const signed: unknown = await json('auth-with-password', { ...credentials, identity: credentials.email });
  const { token, record } = Object(signed);
  return { token: String(token), id: String(Object(record).id) };
}

describe('whole uploads', () => {
  const data = numberedBytes(5_000_001, 1);
  const ways = [
    ['in one request', {}],
    ['in chunks', { chunkSize: 700_000 }],
    ['with the first bytes in the creation', { chunkSize: 700_000, uploadDataDuringCreation: true }],
    ['in parallel pieces that are joined', { parallelUploads: 3 }],
    ['in parallel pieces and chunks', { parallelUploads: 4, chunkSize: 400_000 }],
  ] as const;
  test.each(ways)('%s', async (_way, options) => {
    const { record } = await uploadByTus(server.base, data, {
      ...options,
      metadata: film({ data: '{"title":"Home"}' }),
    });
    expect((await fileOf(server.base, record)).equals(data)).toBe(true);
    const found: unknown = await (
      await fetch(`${server.base}/api/collections/${record.replace('/', '/records/')}`)
    ).json();
    expect(found).toMatchObject({ title: 'Home', video: expect.stringMatching(/^film_[a-z0-9]{10}\.bin$/) });
    expect(stagedIn(server.dir)).toEqual([]);
  });

  test('of a length that is told at the end', async () => {
    const { Readable } = await import('node:stream');
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let record = '';
    new Upload(Readable.from([data.subarray(0, 3_000_000), data.subarray(3_000_000)]), {
      endpoint: `${server.base}/tus/`,
      uploadLengthDeferred: true,
      chunkSize: 1_000_000,
      metadata: film(),
      onAfterResponse: (_request, response) => {
        record = response.getHeader('dossier-record') ?? record;
      },
      onSuccess: () => resolve(record),
      onError: reject,
    }).start();
    expect((await fileOf(server.base, await promise)).equals(data)).toBe(true);
  });

  test('to a record that is there: one file is replaced, several are appended', async () => {
    const { record } = await uploadByTus(server.base, data, { metadata: film() });
    const id = record.split('/')[1] ?? '';
    const second = numberedBytes(100_000, 2);
    await uploadByTus(server.base, second, { metadata: film({ record: id }) });
    expect((await fileOf(server.base, record)).equals(second)).toBe(true);
    for (const part of [data, second])
      await uploadByTus(server.base, part, { metadata: { ...film({ record: id }), field: 'clips' } });
    expect((await fileOf(server.base, record, 'clips')).equals(second)).toBe(true);
  });

  test('of nothing', async () => {
    const { record } = await uploadByTus(server.base, Buffer.alloc(0), { metadata: film() });
    expect(await fileOf(server.base, record)).toHaveLength(0);
  });

  test('ended by the client, with everything gone', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const upload = new Upload(data, {
      endpoint: `${server.base}/tus/`,
      chunkSize: 500_000,
      metadata: film(),
      onChunkComplete: () => resolve(upload.url ?? ''),
      onError: reject,
    });
    upload.start();
    const url = await promise;
    await upload.abort(true);
    const gone = await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
    expect(gone.status).toBe(404);
    expect(stagedIn(server.dir)).toEqual([]);
  });
});

describe('refusals', () => {
  const data = Buffer.from('Dear diary, today nothing happened.');

  test('a stranger can neither see nor continue nor end an upload', async () => {
    const [alice, bob] = [await user('alice'), await user('bob')];
    const metadata = {
      collection: 'diaries',
      field: 'scan',
      filename: 'a.txt',
      data: JSON.stringify({ owner: alice.id }),
    };
    const headers = { authorization: alice.token };
    const { url, record } = await uploadByTus(server.base, data, { metadata, headers });
    expect(record).toStartWith('diaries/');
    for (const token of [bob.token, '', admin]) {
      const as = { 'tus-resumable': '1.0.0', authorization: token };
      expect((await fetch(url, { method: 'HEAD', headers: as })).status).toBe(404);
      expect((await fetch(url, { method: 'DELETE', headers: as })).status).toBe(404);
      const patch = { ...as, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
      expect((await fetch(url, { method: 'PATCH', headers: patch, body: 'x' })).status).toBe(404);
    }
    expect(
      (await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0', ...headers } })).status,
    ).toBe(200);
  });

  test('a record that refuses the file: the client is told, nothing is stored, and it is not taken for done', async () => {
    const carol = await user('carol');
    const send = (owner: string, bytes: Buffer) =>
      uploadByTus(server.base, bytes, {
        metadata: {
          collection: 'diaries',
          field: 'scan',
          filename: 'a.txt',
          data: JSON.stringify({ owner }),
        },
        headers: { authorization: carol.token },
        retryDelays: [0],
      });
    await expect(send('somebody else', data)).rejects.toThrow('400');
    await expect(
      send(carol.id, Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0])),
    ).rejects.toThrow('invalid_mime_type');
    await expect(uploadByTus(server.base, data, { metadata: film({ record: 'nothing' }) })).rejects.toThrow(
      '404',
    );
    expect(await settledAudit(server.dir)).toEqual([]);
  });
});

test('connections cut at random offsets cost no byte that was acknowledged', async () => {
  const proxy = await startCuttingProxy(server.base, () =>
    random() < 0.15 ? Number.POSITIVE_INFINITY : random() * 2_500_000,
  );
  try {
    for (const chunkSize of [Number.POSITIVE_INFINITY, 1_000_000]) {
      const data = numberedBytes(12_000_000, chunkSize);
      const { url, violations } = await uploadByTus(proxy.base, data, { chunkSize });
      expect(violations).toEqual([]);
      const head = await fetch(url.replace(proxy.base, server.base), {
        method: 'HEAD',
        headers: { 'tus-resumable': '1.0.0' },
      });
      expect((await fileOf(server.base, head.headers.get('dossier-record') ?? '')).equals(data)).toBe(true);
    }
    expect(proxy.cuts()).toBeGreaterThan(5);
    expect(await settledAudit(server.dir)).toEqual([]);
  } finally {
    await proxy.stop();
  }
}, 60_000);

test('a server killed again and again and started on the same port loses nothing that it acknowledged', async () => {
  const port = new URL(server.base).port;
  const data = numberedBytes(40_000_000, 3);
  // Those that were refused wait for another try until they expire.
  const waiting = stagedIn(server.dir);
  let done = false;
  const uploading = uploadByTus(server.base, data, { chunkSize: 2_000_000 }).finally(() => {
    done = true;
  });
  uploading.catch(() => {});
  let kills = 0;
  while (!done && kills < 6) {
    await Bun.sleep(30 + random() * 100);
    if (done) break;
    await server.stop('SIGKILL');
    kills++;
    const command = [await binaryPath()];
    server = await startServer({ command, dir: server.dir, args: ['--http', `127.0.0.1:${port}`] });
  }
  const { url, violations } = await uploading;
  expect(violations).toEqual([]);
  const head = await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
  expect((await fileOf(server.base, head.headers.get('dossier-record') ?? '')).equals(data)).toBe(true);
  expect(kills).toBeGreaterThan(0);
  expect(stagedIn(server.dir)).toEqual(waiting);
  expect(await settledAudit(server.dir)).toEqual([]);
  await server.stop();
}, 90_000);
