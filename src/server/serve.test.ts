import { afterEach, describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { readBytes } from '../http/body.ts';
import { loadConfig } from './config.ts';
import type { RequestLine, ServerLog } from './log.ts';
import { OperatorError } from './operator-error.ts';
import { createRequests, type Requests } from './requests.ts';
import { type Handler, type Listening, listen } from './serve.ts';

const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.drain(0)));
});

function start(
  fetch: Handler['fetch'],
  flags: Record<string, string> = {},
  environment: Record<string, string> = {},
) {
  const lines: RequestLine[] = [];
  const ignore = () => undefined;
  const errors: unknown[] = [];
  const log: ServerLog = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (_event, facts) => void errors.push(facts?.error),
    flush: ignore,
    attach: ignore,
    hasLineFor: () => true,
    request: (line) => void lines.push(line),
  };
  const { config } = loadConfig({ flags: { http: '127.0.0.1:0', ...flags }, environment });
  const requests = createRequests('test', config.server.trustedProxies);
  const server = listen({ fetch }, config, log, requests);
  open.push(server);
  return { server, lines, requests, errors, config };
}

/** Sends bytes and gathers the answer until the server closes, or `settle` ms pass without more. */
function raw(url: string, bytes: string, settle = 150): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setTimeout(settle, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

const status = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

describe('listening', () => {
  test('port 0 takes a free one and tells which', async () => {
    const { server } = start(() => new Response('hello'));
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(await (await fetch(server.url)).text()).toBe('hello');
  });

  test('an address in use is named in one sentence', () => {
    const { server } = start(() => new Response());
    const http = server.url.slice('http://'.length);
    expect(() => start(() => new Response(), { http })).toThrow(
      new OperatorError(`The address ${http} is already in use.`),
    );
  });

  test('an address that this machine does not have is named too', () => {
    expect(() => start(() => new Response(), { http: '203.0.113.1:0' })).toThrow(
      /^The server cannot listen on 203\.0\.113\.1:0\.$/,
    );
  });
});

describe('the request line', () => {
  test('has method, address, status, length, time and id', async () => {
    const { server, lines } = start(
      () => new Response('four', { status: 201, headers: { 'content-length': '4' } }),
    );
    await fetch(`${server.url}/a?b=c`, { method: 'POST', body: 'x' });
    expect(lines).toEqual([
      {
        method: 'POST',
        url: `${server.url}/a?b=c`,
        status: 201,
        bytes: 4,
        milliseconds: expect.any(Number),
        id: expect.stringMatching(/^test-\w+$/),
        address: '127.0.0.1',
      },
    ]);
  });

  test('has the id that the handler was told', async () => {
    let told = '';
    const holder: { requests?: Requests } = {};
    const { server, lines, requests } = start(async (request) => {
      told = holder.requests?.id(request) ?? '';
      return new Response();
    });
    holder.requests = requests;
    await fetch(server.url);
    expect(told).not.toBe('');
    expect(lines[0]?.id).toBe(told);
  });

  test('believes X-Forwarded-For from trusted proxies only', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const plain = start(() => new Response());
    await fetch(plain.server.url, { headers });
    expect(plain.lines[0]?.address).toBe('127.0.0.1');
    const behind = start(() => new Response(), {}, { DOSSIER_SERVER_TRUSTED_PROXIES: '127.0.0.0/8' });
    await fetch(behind.server.url, { headers });
    expect(behind.lines[0]?.address).toBe('198.51.100.7');
  });
});

describe('refused before any dialect', () => {
  const reached: string[] = [];
  const handler = (request: Request) => {
    reached.push(request.method);
    return new Response('reached');
  };

  test.each([
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', [405, 501, 400]],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', [405, 501, 400]],
    ['an unknown method', 'FROB / HTTP/1.1\r\nHost: a\r\n\r\n', [405, 501, 400]],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', [400]],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', [400]],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n', [400]],
    ['a Host with a port that is none', 'GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n', [400]],
    ['a Host like an address that is none', 'GET / HTTP/1.1\r\nHost: 1.2.3.256\r\n\r\n', [400]],
    ['two Hosts in one', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', [400]],
    [
      'length and chunks at once',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      [400],
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
      [400],
    ],
  ])('%s', async (_name, bytes, statuses) => {
    reached.length = 0;
    const { server } = start(handler);
    const answer = await raw(server.url, bytes);
    expect(reached).toEqual([]);
    // A broken connection is a refusal as well.
    if (answer !== '') expect(statuses).toContain(status(answer));
  });

  test.each(['a', 'localhost:8090', '127.0.0.1', '[::1]:8090', 'files.example.com'])(
    'not the Host %s',
    async (host) => {
      const { server } = start(handler);
      expect(status(await raw(server.url, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`))).toBe(200);
    },
  );
});

test('what the handler throws is a plain 500 that tells nothing', async () => {
  const { server, errors } = start(() => Promise.reject(new Error('secret detail')));
  const response = await fetch(server.url);
  expect([response.status, await response.text()]).toEqual([500, 'Something went wrong.\n']);
  expect(String(errors[0])).toContain('secret detail');
});

describe('draining', () => {
  test('finishes what is under way, an upload included, and takes nothing new', async () => {
    const arrived = Promise.withResolvers<void>();
    const { server } = start(async (request) => {
      arrived.resolve();
      return new Response(String((await request.bytes()).length));
    });
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new Uint8Array(1000));
        await arrived.promise;
        await Bun.sleep(150);
        controller.enqueue(new Uint8Array(1000));
        controller.close();
      },
    });
    const upload = fetch(server.url, { method: 'POST', body });
    await arrived.promise;
    const drained = server.drain(5);
    await Bun.sleep(50);
    const refused = await fetch(server.url, { keepalive: false }).then(
      () => 'answered',
      () => 'refused',
    );
    expect(refused).toBe('refused');
    expect(await (await upload).text()).toBe('2000');
    expect(await drained).toBe(0);
  });

  test('cuts what takes longer than it may', async () => {
    const arrived = Promise.withResolvers<void>();
    const { server } = start(() => {
      arrived.resolve();
      return new Promise<Response>(() => undefined);
    });
    const hanging = fetch(server.url).then(
      () => 'answered',
      () => 'cut',
    );
    await arrived.promise;
    const started = performance.now();
    expect(await server.drain(0.2)).toBe(1);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(await hanging).toBe('cut');
  });

  test('does not wait for idle connections', async () => {
    const { server } = start(() => new Response('x'));
    await (await fetch(server.url)).text();
    const started = performance.now();
    expect(await server.drain(5)).toBe(0);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('the id of a request', () => {
  test('is on every error answer and in its log line', async () => {
    const { server, lines } = start(() => new Response('no', { status: 404 }));
    const response = await fetch(server.url);
    expect(response.headers.get('x-request-id')).toMatch(/^test-\w+$/);
    expect(lines.map(({ id }) => id)).toEqual([response.headers.get('x-request-id') ?? '']);
    expect(await raw(server.url, 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n')).toMatch(
      /^x-request-id: test-\w+\r$/im,
    );
  });

  test('is the one that the handler logged, and its own for each request', async () => {
    const told: string[] = [];
    const { server, requests } = start((request) => {
      told.push(requests.id(request));
      return new Response('no', { status: 500 });
    });
    const ids = [await fetch(server.url), await fetch(server.url)].map(({ headers }) =>
      headers.get('x-request-id'),
    );
    expect(ids).toEqual(told);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('what one address has under way', () => {
  test('is bounded; the rest is told to come again, and may when there is room', async () => {
    const gate = Promise.withResolvers<void>();
    const { server } = start(
      async () => {
        await gate.promise;
        return new Response('done');
      },
      {},
      { DOSSIER_SERVER_MAX_REQUESTS_PER_ADDRESS: '3' },
    );
    const kept = [1, 2, 3].map(() => fetch(server.url));
    await Bun.sleep(50);
    const refused = await fetch(server.url);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    gate.resolve();
    expect((await Promise.all(kept)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await fetch(server.url)).status).toBe(200);
  });

  const failures: [string, Handler['fetch']][] = [
    ['later', () => Promise.reject(new Error('broken'))],
    [
      'at once',
      () => {
        throw new Error('broken');
      },
    ],
  ];
  test.each(failures)('counts a request that fails %s as done', async (_when, failing) => {
    const { server } = start(
      failing,
      {},
      {
        DOSSIER_SERVER_MAX_REQUESTS_PER_ADDRESS: '1',
      },
    );
    expect([(await fetch(server.url)).status, (await fetch(server.url)).status]).toEqual([500, 500]);
  });
});

describe('slow clients', () => {
  test('a head that only drips is cut', async () => {
    const { server } = start(() => new Response('reached'), {}, { DOSSIER_SERVER_IDLE_TIMEOUT: '5' });
    const { closed, stop } = drip(server.url, 'GET / HTTP/1.1\r\nHost: a\r\nX: ', 'a', 500);
    expect(await Promise.race([closed.then(() => 'cut'), Bun.sleep(16_000)])).toBe('cut');
    stop();
  }, 20_000);

  test('a long body may take longer than the idle time limit, and its connection ends with it again', async () => {
    const { server } = start(
      async (request) => new Response(String((await readBytes(request, 1e6)).length)),
      {},
      {
        DOSSIER_SERVER_IDLE_TIMEOUT: '5',
      },
    );
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n';
    const { closed, received } = drip(server.url, head, 'x'.repeat(700), 100, 100);
    await Promise.race([closed, Bun.sleep(25_000)]);
    expect(received()).toEndWith('\r\n\r\n70000');
  }, 30_000);
});

/** Sends a head, then a piece every so often, `times` times at most; says what came back. */
function drip(url: string, head: string, piece: string, every: number, times = 1000) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const done = Promise.withResolvers<void>();
  let answer = '';
  let left = times;
  socket.on('connect', () => void socket.write(head));
  const timer = setInterval(() => {
    if (left-- > 0) socket.write(piece);
    else clearInterval(timer);
  }, every);
  socket.on('data', (data) => {
    answer += data;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(timer);
    done.resolve();
  });
  return { closed: done.promise, received: () => answer, stop: () => void socket.destroy() };
}
