import { afterEach, describe, expect, test } from 'bun:test';
import type { Socket } from '../dialects/dialect.ts';
import { loadConfig } from './config.ts';
import type { RequestLine, ServerLog } from './log.ts';
import { createPipeline } from './pipeline.ts';
import { createRequests } from './requests.ts';
import { type Listening, listen } from './serve.ts';
import { createSockets } from './sockets.ts';
import { createStreams } from './streams.ts';

const open: Listening[] = [];
const clients: WebSocket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await Promise.all(open.splice(0).map((server) => server.drain(0)));
});

const ignore = () => undefined;

interface Options {
  readonly most?: number;
  readonly origins?: readonly string[];
  readonly publicUrl?: string;
  readonly now?: () => number;
}

/** A server that makes every GET a WebSocket, and says everything back. `/cookie` is for who comes with cookies. */
function start({ most = 10, origins = [], publicUrl, now = Date.now }: Options = {}) {
  const { config } = loadConfig({ flags: { http: '127.0.0.1:0' }, environment: {} });
  const lines: RequestLine[] = [];
  const log: ServerLog = {
    ...{ debug: ignore, info: ignore, warn: ignore, error: ignore, flush: ignore },
    attach: ignore,
    hasLineFor: () => true,
    request: (line) => void lines.push(line),
  };
  const requests = createRequests('test', []);
  const streams = createStreams({ requests, most, idleTimeout: config.server.idleTimeout });
  const openSocket = createSockets({ requests, streams, origins, publicUrl, now });
  const seen = { texts: [] as (string | undefined)[], closed: 0, roomy: 0 };
  const sockets: Socket[] = [];
  const answer = async (request: Request) => {
    // Identifying somebody takes a moment.
    await Bun.sleep(1);
    let own: Socket | undefined;
    const handler = {
      opened(socket: Socket) {
        own = socket;
        sockets.push(socket);
        socket.send('hello');
      },
      message(text: string | undefined) {
        seen.texts.push(text);
        own?.send(`${text}`);
      },
      roomy: () => void seen.roomy++,
      closed: () => void seen.closed++,
    };
    const result = openSocket(request, handler, { cookies: request.url.endsWith('/cookie') });
    return typeof result === 'string' ? new Response(result, { status: 400 }) : result;
  };
  const fetch = createPipeline(answer, ['https://listed.test'], requests.follow);
  const server = listen({ fetch, endStreams: streams.close }, config, log, requests);
  open.push(server);
  return { server, lines, seen, sockets, url: server.url };
}

/** A client and what it hears. */
async function connect(url: string, headers: Record<string, string> = {}, path = '/') {
  const client = new WebSocket(url.replace('http', 'ws') + path, { headers });
  clients.push(client);
  const heard: unknown[] = [];
  const closed = Promise.withResolvers<number>();
  const opened = Promise.withResolvers<boolean>();
  client.onmessage = ({ data }) => void heard.push(data);
  client.onopen = () => opened.resolve(true);
  client.onclose = ({ code }) => {
    closed.resolve(code);
    opened.resolve(false);
  };
  client.onerror = () => opened.resolve(false);
  return { client, heard, closed: closed.promise, isOpen: await opened.promise };
}

/** A client that answered nothing since its handshake, and reads no more. */
async function connectDeaf(url: string) {
  const port = Number(new URL(url).port);
  const upgraded = Promise.withResolvers<void>();
  const client = await Bun.connect({
    ...{ hostname: '127.0.0.1', port },
    socket: { data: () => upgraded.resolve(), error: ignore },
  });
  client.write(
    [
      ...['GET / HTTP/1.1', `host: 127.0.0.1:${port}`, 'upgrade: websocket', 'connection: Upgrade'],
      ...['sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==', '', ''],
    ].join('\r\n'),
  );
  await upgraded.promise;
  client.pause();
  return client;
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 400; tries++) await Bun.sleep(5);
  expect(holds()).toBe(true);
}

describe('a WebSocket', () => {
  test('carries text both ways, and is one line of the log', async () => {
    const { url, seen, lines } = start();
    const { client, heard, closed } = await connect(url);
    client.send('one');
    client.send(new Uint8Array([1]));
    await until(() => heard.length === 3);
    expect(heard).toEqual(['hello', 'one', 'undefined']);
    expect(seen.texts).toEqual(['one', undefined]);
    client.close();
    await closed;
    await until(() => seen.closed === 1);
    expect(lines.map(({ method, status }) => `${method} ${status}`)).toEqual(['GET 101']);
  });

  test('is not made of other requests', async () => {
    const { url } = start();
    expect(await (await fetch(url)).text()).toBe('unsupported');
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(400);
    const half = await fetch(url, { headers: { upgrade: 'websocket', connection: 'upgrade' } });
    expect(await half.text()).toBe('unsupported');
  });

  test('is not for pages of other sites', async () => {
    const { url } = start({ origins: ['https://listed.test'], publicUrl: 'https://site.test/app' });
    const host = new URL(url).host;
    const isOpen = async (origin: string | undefined, path?: string) =>
      (await connect(url, origin === undefined ? {} : { origin }, path)).isOpen;
    for (const origin of [undefined, `http://${host}`, `https://${host}`, 'https://site.test']) {
      expect(await isOpen(origin)).toBe(true);
      expect(await isOpen(origin, '/cookie')).toBe(true);
    }
    expect(await isOpen('https://listed.test')).toBe(true);
    expect(await isOpen('https://listed.test', '/cookie')).toBe(false);
    for (const origin of [
      'https://evil.test',
      'null',
      'https://listed.test.evil.test',
      `http://${host}1`,
      '',
      'x',
    ]) {
      expect(await isOpen(origin)).toBe(false);
    }
  });

  test('is for all pages where all are listed, but never with cookies', async () => {
    const { url } = start({ origins: ['*'] });
    expect((await connect(url, { origin: 'https://any.test' })).isOpen).toBe(true);
    expect((await connect(url, { origin: 'https://any.test' }, '/cookie')).isOpen).toBe(false);
  });

  test('of one address has a bound, and gives its place back', async () => {
    const { url, seen } = start({ most: 2 });
    const one = await connect(url);
    expect((await connect(url)).isOpen).toBe(true);
    expect((await connect(url)).isOpen).toBe(false);
    one.client.close();
    await until(() => seen.closed === 1);
    expect((await connect(url)).isOpen).toBe(true);
    expect((await connect(url)).isOpen).toBe(false);
  });

  test('ends when its client says too much', async () => {
    let time = 0;
    const { url, seen } = start({ now: () => time });
    const long = await connect(url);
    long.client.send('x'.repeat(65_536));
    await until(() => seen.texts.length === 1);
    long.client.send('x'.repeat(65_537));
    expect(await long.closed).toBe(1009);
    const often = await connect(url);
    for (let n = 0; n < 30; n++) often.client.send('x');
    await until(() => seen.texts.length === 31);
    time += 10_001;
    for (let n = 0; n < 31; n++) often.client.send('x');
    expect(await often.closed).toBe(1008);
    expect(seen.texts.length).toBe(61);
  });

  test('answers pings, but no flood of them', async () => {
    const { url, seen } = start({ now: () => 0 });
    const { client, closed } = await connect(url);
    const pongs: unknown[] = [];
    client.addEventListener('pong', () => pongs.push(0));
    for (let n = 0; n < 29; n++) client.ping('x');
    client.send('said');
    await until(() => seen.texts.length === 1 && pongs.length === 29);
    client.ping('x');
    expect(await closed).toBe(1008);
    expect(pongs.length).toBeLessThanOrEqual(30);
  });

  test('keeps little for a client that does not read, and says when there is room again', async () => {
    const { url, sockets, seen } = start();
    const client = await connectDeaf(url);
    let sent = 0;
    const text = 'x'.repeat(50_000);
    while (sockets[0]?.send(text) && sent < 1000) {
      sent++;
      await Bun.sleep(1);
    }
    // What the system's own buffers took, and no more than a megabyte beside it.
    expect(sent).toBeLessThan(500);
    expect(sockets[0]?.send(text)).toBe(false);
    expect(seen.roomy).toBe(0);
    client.resume();
    await until(() => seen.roomy === 1);
    expect(sockets[0]?.send(text)).toBe(true);
    client.terminate();
    await until(() => seen.closed === 1);
    expect(sockets[0]?.send(text)).toBe(false);
  }, 20_000);

  test('ends when what waits for all who do not read is too much', async () => {
    const { url, sockets, seen } = start();
    for (let n = 0; n < 9; n++) await connectDeaf(url);
    await until(() => sockets.length === 9);
    const text = 'x'.repeat(8_000_000);
    expect(sockets.map((socket) => socket.send(text))).toEqual([...Array(8).fill(true), false]);
    await until(() => seen.closed === 1);
    const { heard } = await connect(url);
    expect(sockets[9]?.send('there is room for who reads')).toBe(true);
    await until(() => heard.length === 2);
  });

  test('ends at once when the server stops', async () => {
    const { url, server, sockets } = start();
    const { closed } = await connect(url);
    // One that neither reads nor answers holds nothing up.
    await connectDeaf(url);
    while (sockets[1]?.send('x'.repeat(50_000))) await Bun.sleep(1);
    const before = performance.now();
    expect(await server.drain(20)).toBe(0);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(await closed).toBe(1001);
  });
});
