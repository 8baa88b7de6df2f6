import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { generator } from '../support/fault-harness.ts';
import { byChance, byRules, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';

// The tests of services believe that the proxy does what it says.
const BODY = new Uint8Array(300_000).map((_, index) => index % 251);
const received: { method: string; host: string; path: string; body: Uint8Array; broke: boolean }[] = [];

const service = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    const { pathname: path } = new URL(request.url);
    const seen = { method: request.method, host: request.headers.get('host') ?? '', path };
    const body = await request.bytes().catch(() => undefined);
    received.push({ ...seen, body: body ?? new Uint8Array(), broke: body === undefined });
    if (path === '/chunked') {
      return new Response(
        new ReadableStream({
          async start(controller) {
            for (let at = 0; at < BODY.byteLength; at += 50_000) {
              controller.enqueue(BODY.subarray(at, at + 50_000));
              await Bun.sleep(1);
            }
            controller.close();
          },
        }),
      );
    }
    if (path === '/empty') return new Response(null, { status: 204 });
    return new Response(BODY);
  },
});
let proxy: FaultProxy;

beforeAll(async () => {
  proxy = await startFaultProxy(`http://127.0.0.1:${service.port}`);
});

afterEach(() => {
  proxy.inject(() => undefined);
  received.length = 0;
});

afterAll(async () => {
  await proxy.stop();
  await service.stop(true);
});

const always = (fault: Parameters<typeof byRules>[0][number]['fault']) => proxy.inject(byRules([{ fault }]));
const put = () => fetch(`${proxy.url}/x`, { method: 'PUT', body: BODY });
/** How many bytes came, and whether the end was clean. */
async function readAll(path: string): Promise<{ bytes: number; clean: boolean }> {
  let bytes = 0;
  try {
    const { body } = await fetch(proxy.url + path);
    if (body !== null) for await (const piece of body) bytes += piece.byteLength;
    return { bytes, clean: true };
  } catch {
    return { bytes, clean: false };
  }
}

test('without faults everything passes as it is, with the Host that the client named', async () => {
  const answers = await Promise.all(
    ['/x', '/chunked', '/empty', '/x'].map((path) => fetch(proxy.url + path, { method: 'POST', body: BODY })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 204, 200]);
  expect(Buffer.compare(await (answers[0] ?? Response.error()).bytes(), BODY)).toBe(0);
  expect(Buffer.compare(await (answers[1] ?? Response.error()).bytes(), BODY)).toBe(0);
  expect(received.every(({ body }) => Buffer.compare(body, BODY) === 0)).toBe(true);
  expect(new Set(received.map(({ host }) => `http://${host}`))).toEqual(new Set([proxy.url]));
  expect(proxy.requests.length).toBe(4);
  const head = await fetch(`${proxy.url}/x`, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(String(BODY.byteLength));
});

test('a body in chunks passes as well', async () => {
  const body = new Blob([BODY]).stream();
  await fetch(`${proxy.url}/x`, { method: 'PUT', body });
  expect(Buffer.compare(received[0]?.body ?? new Uint8Array(), BODY)).toBe(0);
});

test('an answer of its own, before and after the service did the work', async () => {
  always({ kind: 'answer', status: 503, retryAfter: '2', body: '<Error/>', type: 'application/xml' });
  const refused = await put();
  expect([refused.status, refused.headers.get('retry-after'), await refused.text()]).toEqual([
    503,
    '2',
    '<Error/>',
  ]);
  expect(received.length).toBe(0);
  always({ kind: 'answer', status: 500, applied: true });
  expect((await put()).status).toBe(500);
  expect(Buffer.compare(received[0]?.body ?? new Uint8Array(), BODY)).toBe(0);
  expect(proxy.injected.get('answer')).toBe(1);
});

test('resets before, after and inside of the request', async () => {
  always({ kind: 'reset_before' });
  await expect(put()).rejects.toThrow();
  expect(received.length).toBe(0);
  always({ kind: 'reset_after' });
  await expect(put()).rejects.toThrow();
  expect(received.map(({ broke, body }) => [broke, body.byteLength])).toEqual([[false, BODY.byteLength]]);
  received.length = 0;
  always({ kind: 'reset_request', at: 0.5 });
  await expect(put()).rejects.toThrow();
  expect(received.every(({ broke }) => broke)).toBe(true);
});

test('a reset inside of the answer breaks the body', async () => {
  for (const path of ['/x', '/chunked']) {
    always({ kind: 'reset_answer', at: 0.5 });
    const { bytes, clean } = await readAll(path);
    expect([path, clean, bytes < BODY.byteLength]).toEqual([path, false, true]);
  }
});

test('a truncated body is shorter than its Content-Length', async () => {
  always({ kind: 'truncate', at: 0.5 });
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: Number(new URL(proxy.url).port),
    socket: {
      data(_, bytes) {
        raw += bytes.toString('latin1');
      },
      end: () => ended.resolve(),
    },
  });
  const ended = Promise.withResolvers<void>();
  let raw = '';
  socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await ended.promise;
  const [head = '', body = ''] = [
    raw.slice(0, raw.indexOf('\r\n\r\n')),
    raw.slice(raw.indexOf('\r\n\r\n') + 4),
  ];
  expect(head.toLowerCase()).toContain(`content-length: ${BODY.byteLength}`);
  expect(body.length).toBe(BODY.byteLength / 2);
});

test('a short body in chunks ends cleanly: nothing but its size can tell', async () => {
  always({ kind: 'short', at: 0.5 });
  expect(await readAll('/x')).toEqual({ bytes: BODY.byteLength / 2, clean: true });
});

test('one bit of the request is turned over', async () => {
  always({ kind: 'flip', at: 0.9 });
  expect((await put()).status).toBe(200);
  const other = (received[0]?.body ?? new Uint8Array()).filter((byte, index) => byte !== BODY[index]);
  expect(other.length).toBe(1);
});

test('silence ends with the patience of the client, a delay with an answer', async () => {
  always({ kind: 'silence' });
  await expect(fetch(proxy.url, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  expect(received.length).toBe(0);
  always({ kind: 'silence', applied: true });
  await expect(fetch(proxy.url, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  expect(received.length).toBe(1);
  always({ kind: 'delay', milliseconds: 50 });
  const started = performance.now();
  expect((await fetch(proxy.url)).status).toBe(200);
  expect(performance.now() - started).toBeGreaterThan(45);
});

test('rules count the requests that they fit; chances follow from a seed', async () => {
  proxy.inject(
    byRules([{ method: 'GET', target: /^\/b/, nth: 2, times: 2, fault: { kind: 'answer', status: 500 } }]),
  );
  const statuses: number[] = [];
  for (const path of ['/a', '/b', '/a', '/b', '/b', '/b'])
    statuses.push((await fetch(proxy.url + path)).status);
  expect(statuses).toEqual([200, 200, 200, 500, 500, 200]);
  const choices = () => {
    const decide = byChance(generator(7), 0.3, [{ kind: 'reset_before' }, { kind: 'reset_after' }]);
    const request = { method: 'GET', target: '/', headers: [], number: 1 };
    return Array.from({ length: 50 }, () => decide(request)?.kind ?? '-');
  };
  expect(choices()).toEqual(choices());
  expect(new Set(choices())).toEqual(new Set(['-', 'reset_before', 'reset_after']));
});
