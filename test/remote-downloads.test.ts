import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Elysia } from 'elysia';
import { pocketbase } from '../src/dialects/pocketbase/index.ts';
import { trailbase } from '../src/dialects/trailbase/index.ts';
import { createRemoteStorage } from '../src/drivers/storage/remote/index.ts';
import { createPipeline } from '../src/server/pipeline.ts';
import { openTestCore, type TestCore } from './support/core.ts';
import { createFakeService, type FakeService } from './support/fake-object-service.ts';
import { superuser } from './support/records.ts';

const SIZE = 3_000_000;
const bytes = new Uint8Array(SIZE).map((_, index) => (index * 7 + (index >> 12)) % 251);
/** Much larger than what the system keeps for a connection. */
const LARGE = new Uint8Array(48 * 1024 * 1024);
const settings = { bucket: 'bucket', credentials: 'access_key', endpoint: 'endpoint', other: 'region' };

let dir: string;
let service: FakeService;
let world: TestCore;
let server: ReturnType<typeof Bun.serve>;
let address: string;
/** The same file by TrailBase's wire. */
let trailbaseAddress: string;

/** The product's own server over a storage service that can be made to fail, with one file in it. */
async function serve(
  redirectSize = Number.POSITIVE_INFINITY,
  { name = 'film.mp4', isProtected = false, content = bytes } = {},
): Promise<void> {
  dir = mkdtempSync(join(tmpdir(), 'dossier-downloads-'));
  service = createFakeService(1024 * 1024, 3, 65_536);
  const storage = createRemoteStorage(service, {
    ...{ name: 'bucket', prefix: '', spoolDir: join(dir, 'spool'), settings },
    tuning: { attempts: 3, pause: 1 },
  });
  world = await openTestCore({
    ...{ storages: [storage], defaultStorage: 'bucket', fileLimits: { redirectSize } },
  });
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  const fields = [
    { name: 'file', type: 'file', maxSelect: 1, maxSize: LARGE.byteLength, protected: isProtected },
  ];
  await world.core.collections.create(superuser, {
    name: 'films',
    type: 'base',
    fields,
    indexes: [],
    ...open,
  });
  const surroundings = {
    settings: { publicUrl: undefined, redirectUris: [], redirectSchemes: [], transactions: true },
    maxBodySize: 2 * LARGE.byteLength,
    clientAddress: () => '127.0.0.1',
    proxyHeader: () => '',
    requestId: () => 'test',
    holdOpen: () => {},
    openSocket: () => 'unsupported' as const,
    openStream: () => undefined,
  };
  const root = new Elysia({ handler: { standardHostname: false }, strictPath: true })
    .use(pocketbase.routes(world.core, surroundings))
    .use(trailbase.routes(world.core, surroundings))
    .compile();
  server = Bun.serve({
    ...{ port: 0, hostname: '127.0.0.1', development: false },
    fetch: createPipeline((request) => root.fetch(request), ['*']),
  });
  const form = new FormData();
  form.set('file', new File([content], name));
  const made = await fetch(`${server.url}api/collections/films/records`, { method: 'POST', body: form });
  const record: unknown = await made.json();
  if (typeof record !== 'object' || record === null || !('id' in record) || !('file' in record)) {
    throw new Error(`not created: ${JSON.stringify(record)}`);
  }
  address = `${server.url}api/files/films/${record.id}/${record.file}`;
  trailbaseAddress = `${server.url}api/records/v1/films/${record.id}/file/file`;
  service.requests.length = 0;
  service.given.bytes = 0;
}

async function stop(): Promise<void> {
  await server.stop(true);
  await world.close();
  rmSync(dir, { recursive: true, force: true });
}

/** All that the server sends for a request before it closes the connection, as it goes over the wire. */
function raw(headers: string): Promise<string> {
  return new Promise((resolve) => {
    const { host, hostname, port, pathname } = new URL(address);
    let text = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`);
    });
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!done() && Date.now() < deadline) await Bun.sleep(5);
  expect(done()).toBe(true);
}

describe('a file of a storage service', () => {
  beforeEach(() => serve());
  afterEach(stop);

  test('is sent whole, and in ranges', async () => {
    const whole = await fetch(address);
    expect(whole.status).toBe(200);
    expect(Buffer.compare(await whole.bytes(), bytes)).toBe(0);
    const part = await fetch(address, { headers: { range: 'bytes=1000000-1999999' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 1000000-1999999/${SIZE}`]);
    expect(Buffer.compare(await part.bytes(), bytes.subarray(1_000_000, 2_000_000))).toBe(0);
    expect(service.openBodies.count).toBe(0);
  });

  test('that breaks off once is sent whole all the same', async () => {
    service.mishaps = [{ kind: 'break', bytes: 1_500_000 }];
    expect(Buffer.compare(await (await fetch(address)).bytes(), bytes)).toBe(0);
  });

  test.each([
    ['', 200],
    ['Range: bytes=500000-2999999\r\n', 206],
  ])('that cannot be read to its end breaks the connection, after %p too', async (range, status) => {
    for (const kind of ['break', 'short'] as const) {
      // After the first part nothing comes any more, however often it is asked for.
      service.mishaps = [{ kind, bytes: 400_000 }];
      service.always = { kind, bytes: 0 };
      const answer = await raw(range);
      expect(answer.split('\r\n')[0]).toStartWith(`HTTP/1.1 ${status}`);
      expect(answer.length).toBeGreaterThan(100_000);
      // Neither the last chunk of a chunked body, nor as many bytes as a Content-Length says.
      expect(answer.endsWith('\r\n0\r\n\r\n')).toBe(false);
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? Number.POSITIVE_INFINITY);
      expect(answer.length).toBeLessThan(length);

      service.mishaps = [{ kind, bytes: 400_000 }];
      const headers: Record<string, string> = range === '' ? {} : { range: 'bytes=500000-2999999' };
      const read = async () => (await fetch(address, { headers })).bytes();
      await expect(read()).rejects.toThrow();
    }
  });

  test.skipIf(Bun.which('curl') === null)('that breaks off is a failed download for curl', async () => {
    service.mishaps = [{ kind: 'break', bytes: 400_000 }];
    service.always = { kind: 'break', bytes: 0 };
    for (const version of ['--http1.1', '--http1.0']) {
      const child = Bun.spawn(['curl', '-s', version, '-o', '/dev/null', address]);
      expect(await child.exited).not.toBe(0);
    }
  });

  test('that the service does not give is 503, with the pause it asks for, and no file', async () => {
    service.always = { kind: 'before', fault: 'throttled', retryAfter: 70 };
    const answer = await fetch(address);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '70']);
    expect(answer.headers.get('content-disposition')).toBeNull();
  });

  test('that somebody has replaced in the bucket is not found, and never sent as if it were whole', async () => {
    const [key] = [...service.objects.keys()].filter((name) => service.objects.get(name)?.length === SIZE);
    for (const other of [bytes.slice(0, SIZE - 1), new Uint8Array(SIZE + 1), new Uint8Array(0)]) {
      service.objects.set(key ?? '', other);
      expect((await fetch(address)).status).toBe(404);
      expect(service.openBodies.count).toBe(0);
    }
  });

  test('is not read for HEAD, which tells its length', async () => {
    const answer = await fetch(address, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(SIZE)]);
    await until(() => service.openBodies.count === 0);
    expect(service.given.bytes).toBe(0);
  });
});

describe('a large file of a storage service', () => {
  beforeEach(() => serve(Number.POSITIVE_INFINITY, { content: LARGE }));
  afterEach(stop);

  test('that the client leaves is not read on', async () => {
    const controller = new AbortController();
    const answer = await fetch(address, { signal: controller.signal });
    const reader = answer.body?.getReader();
    await reader?.read();
    controller.abort();
    await until(() => service.openBodies.count === 0);
    expect(service.given.bytes).toBeLessThan(LARGE.byteLength);
  });

  test('is not read faster than its client takes it', async () => {
    const { host, hostname, port, pathname } = new URL(address);
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    });
    socket.pause();
    await until(() => service.given.bytes > 0);
    await Bun.sleep(300);
    const taken = service.given.bytes;
    await Bun.sleep(200);
    expect(service.given.bytes).toBe(taken);
    expect(taken).toBeLessThan(LARGE.byteLength / 2);
    socket.destroy();
    await until(() => service.openBodies.count === 0);
  });
});

describe('a redirect to the bucket', () => {
  afterEach(stop);

  test('gives an address for a while, with the disposition of this server, and is kept by nobody', async () => {
    await serve(1_000_000);
    const answer = await fetch(address, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    const location = new URL(answer.headers.get('location') ?? '');
    expect([location.host, location.searchParams.get('seconds')]).toEqual(['bucket.example', '600']);
    expect(service.requests).toEqual([]);
  });

  test('is an attachment where the content could run, and is not made for small files', async () => {
    await serve(1_000_000, { name: 'page.html' });
    const answer = await fetch(address, { redirect: 'manual' });
    const location = new URL(answer.headers.get('location') ?? '');
    expect(location.searchParams.get('disposition')).toStartWith('attachment');
    await stop();
    await serve(SIZE + 1);
    expect((await fetch(address, { redirect: 'manual' })).status).toBe(200);
  });

  test('is not what a client gets whose copy is still good', async () => {
    await serve(1_000_000);
    const range = await fetch(address, { redirect: 'manual', headers: { range: `bytes=${SIZE}-` } });
    expect(range.status).toBe(416);
  });

  test('is not made for HEAD, which such an address would refuse', async () => {
    await serve(1_000_000);
    const answer = await fetch(address, { method: 'HEAD', redirect: 'manual' });
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(SIZE)]);
  });

  test('to a protected file works for a minute', async () => {
    await serve(1_000_000, { isProtected: true });
    const answer = await fetch(address, { redirect: 'manual' });
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('seconds')).toBe('60');
  });

  test('by TrailBase’s wire works for a minute where a rule decides who may read the file', async () => {
    await serve(1_000_000);
    const open = new URL(
      (await fetch(trailbaseAddress, { redirect: 'manual' })).headers.get('location') ?? '',
    );
    expect(open.searchParams.get('seconds')).toBe('600');
    expect(open.searchParams.get('disposition')).toBe('attachment');
    await world.core.collections.update(superuser, 'films', { viewRule: 'id != ""' });
    const guarded = await fetch(trailbaseAddress, { redirect: 'manual' });
    expect(new URL(guarded.headers.get('location') ?? '').searchParams.get('seconds')).toBe('60');
    expect([guarded.headers.get('referrer-policy'), guarded.headers.get('cache-control')]).toEqual([
      'no-referrer',
      'private, no-store',
    ]);
    await world.core.collections.update(superuser, 'films', { viewRule: null });
    expect((await fetch(trailbaseAddress, { redirect: 'manual' })).status).toBe(403);
  });
});
