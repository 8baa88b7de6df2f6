import { afterEach, describe, expect, test } from 'bun:test';
import { createEventStream, eventFrame } from '../http/sse.ts';
import { loadConfig } from './config.ts';
import type { RequestLine, ServerLog } from './log.ts';
import { createPipeline } from './pipeline.ts';
import { createRequests } from './requests.ts';
import { type Listening, listen } from './serve.ts';
import { createStreams } from './streams.ts';

const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.drain(0)));
});

const ignore = () => undefined;

/** A server that answers every GET with a stream, or 429. */
function start({
  most = 10,
  environment = {},
}: {
  most?: number;
  environment?: Record<string, string>;
} = {}) {
  const { config } = loadConfig({ flags: { http: '127.0.0.1:0' }, environment });
  const lines: RequestLine[] = [];
  const log: ServerLog = {
    ...{ debug: ignore, info: ignore, warn: ignore, error: ignore, flush: ignore },
    attach: ignore,
    hasLineFor: () => true,
    request: (line) => void lines.push(line),
  };
  const requests = createRequests('test', []);
  const streams = createStreams({ requests, most, idleTimeout: config.server.idleTimeout });
  let closed = 0;
  const answer = async (request: Request) => {
    if (request.method === 'POST') return new Response('posted');
    const leave = streams.open(request, () => stream.close());
    if (!leave) return new Response('too many', { status: 429 });
    const onClose = () => {
      closed++;
      leave();
      leave();
    };
    const stream = createEventStream({ buffer: 1000, onClose });
    stream.send(eventFrame({ data: 'hello' }));
    return new Response(stream.body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const fetch = createPipeline(answer, ['*'], requests.follow);
  const server = listen({ fetch, endStreams: streams.close }, config, log, requests);
  open.push(server);
  return { server, lines, closed: () => closed };
}

async function first(url: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  return response;
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 400; tries++) await Bun.sleep(5);
  expect(holds()).toBe(true);
}

describe('streams', () => {
  test('of one address have a bound, and give their place back when the client goes', async () => {
    const { server, closed } = start({ most: 2 });
    const abort = new AbortController();
    expect((await first(server.url, abort.signal)).status).toBe(200);
    expect((await first(server.url, abort.signal)).status).toBe(200);
    expect((await first(server.url)).status).toBe(429);
    abort.abort();
    await until(() => closed() === 2);
    expect((await first(server.url)).status).toBe(200);
  });

  test('do not count as requests that wait', async () => {
    const environment = { DOSSIER_SERVER_MAX_REQUESTS_PER_ADDRESS: '1' };
    const { server } = start({ environment });
    for (let one = 0; one < 3; one++) expect((await first(server.url)).status).toBe(200);
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(200);
  });

  test('are one line of the log each', async () => {
    const { server, lines } = start();
    await first(server.url);
    expect(lines.map(({ method, status }) => `${method} ${status}`)).toEqual(['GET 200']);
  });

  test('end at once when the server stops, which therefore need not wait for them', async () => {
    const { server } = start();
    const response = await first(server.url);
    const text = response.text();
    const before = performance.now();
    expect(await server.drain(20)).toBe(0);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(await text).toBe('data:hello\n\n');
  });

  test('outlast the time after which quiet connections are closed', async () => {
    const { server, closed } = start({ environment: { DOSSIER_SERVER_IDLE_TIMEOUT: '5' } });
    // Held on to: a response that is collected as garbage ends its connection.
    const response = await first(server.url);
    await Bun.sleep(7000);
    expect(closed()).toBe(0);
    await response.body?.cancel();
  }, 20_000);

  test('are not begun for HEAD', async () => {
    const { server, closed } = start();
    const response = await fetch(server.url, { method: 'HEAD' });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await until(() => closed() === 1);
  });
});
