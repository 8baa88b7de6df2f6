import { describe, expect, test } from 'bun:test';
import { ServiceError } from './object-service.ts';
import { bodyOfAnswer, faultOfStatus, retryAfterOf, sendToService, textOfAnswer } from './service-fetch.ts';

const live = () => new AbortController().signal;

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.catch((reason) => reason);
  return error instanceof ServiceError ? error.fault : error;
}

test.each([
  [404, 'missing'],
  [410, 'missing'],
  [401, 'denied'],
  [403, 'denied'],
  [412, 'changed'],
  [429, 'throttled'],
  [503, 'throttled'],
  [408, 'failed'],
  [500, 'failed'],
  [502, 'failed'],
  [504, 'failed'],
  [301, 'failed'],
  [204, 'failed'],
  [400, 'rejected'],
  [409, 'rejected'],
  [416, 'rejected'],
] as const)('status %d is %s', (status, fault) => {
  expect(faultOfStatus(status)).toBe(fault);
});

test('Retry-After counts as seconds only', () => {
  expect(retryAfterOf('7')).toBe(7);
  expect(retryAfterOf('0')).toBe(0);
  expect(retryAfterOf('Wed, 21 Oct 2026 07:28:00 GMT')).toBeUndefined();
  expect(retryAfterOf('-1')).toBeUndefined();
  expect(retryAfterOf('1e9')).toBeUndefined();
  expect(retryAfterOf(null)).toBeUndefined();
});

describe('a request', () => {
  test('to where nothing listens, or cut off before its answer, is unreachable', async () => {
    expect(await faultOf(sendToService({ method: 'GET', url: 'http://127.0.0.1:1/' }, live()))).toBe(
      'unreachable',
    );
    const cutting = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: { data: (socket) => socket.terminate() },
    });
    const url = `http://127.0.0.1:${cutting.port}/`;
    expect(await faultOf(sendToService({ method: 'PUT', url, body: 'x' }, live()))).toBe('unreachable');
    cutting.stop(true);
  });

  test('whose answer breaks off is unreachable, not a short answer', async () => {
    const short = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this';
    const breaking = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data(socket) {
          socket.write(short);
          socket.end();
        },
      },
    });
    const url = `http://127.0.0.1:${breaking.port}/`;
    const response = await sendToService({ method: 'GET', url }, live());
    expect(await faultOf(textOfAnswer(response, live()))).toBe('unreachable');
    const streamed = await sendToService({ method: 'GET', url }, live());
    const { body } = bodyOfAnswer(streamed, undefined, '"a"');
    expect(await Array.fromAsync(body).catch((error) => error)).toBeInstanceOf(Error);
    breaking.stop(true);
  });

  test('does not follow redirects, asks for no compression, and ends with its signal', async () => {
    const seen: (string | null)[] = [];
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch(request) {
        seen.push(request.headers.get('accept-encoding'));
        if (new URL(request.url).pathname === '/away') return Response.redirect('/elsewhere', 307);
        return new Promise<Response>(() => {});
      },
    });
    expect((await sendToService({ method: 'GET', url: `${server.url}away` }, live())).status).toBe(307);
    const reason = new Error('client left');
    const controller = new AbortController();
    const waiting = sendToService({ method: 'GET', url: server.url.href }, controller.signal);
    setTimeout(() => controller.abort(reason), 5);
    expect(await faultOf(waiting)).toBe(reason);
    expect(await faultOf(sendToService({ method: 'GET', url: server.url.href }, controller.signal))).toBe(
      reason,
    );
    await server.stop(true);
    expect(seen).toEqual(['identity', 'identity']);
  });
});

test('an answer that never ends is given up, and not kept', async () => {
  let sent = 0;
  const chunk = new Uint8Array(1024 * 1024);
  using server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    fetch: () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += chunk.byteLength;
            controller.enqueue(chunk);
          },
        }),
        { status: 500 },
      ),
  });
  const response = await sendToService({ method: 'GET', url: server.url.href }, live());
  expect(await faultOf(textOfAnswer(response, live()))).toBe('failed');
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

describe('the body of an answer', () => {
  const range = { start: 2, end: 4 };

  test('is whole, or the range that was asked for', async () => {
    const whole = new Response('0123456789', { headers: { 'content-length': '10' } });
    expect(bodyOfAnswer(whole, undefined, '"a"')).toMatchObject({ size: 10, etag: '"a"' });
    const headers = { 'content-length': '3', 'content-range': 'bytes 2-4/10' };
    const part = bodyOfAnswer(new Response('234', { status: 206, headers }), range, '"a"');
    expect(part.size).toBe(3);
    expect(await new Response(part.body).text()).toBe('234');
  });

  test.each([
    ['the whole object where a range was asked for', 200, { 'content-length': '10' }, range, '"a"'],
    ['another range', 206, { 'content-length': '3', 'content-range': 'bytes 0-2/10' }, range, '"a"'],
    ['a range where the whole was asked for', 206, { 'content-length': '3' }, undefined, '"a"'],
    ['no length', 200, {}, undefined, '"a"'],
    ['no tag', 200, { 'content-length': '10' }, undefined, null],
  ])('is refused when it is %s', (_, status, headers, asked, etag) => {
    const response = new Response('0123456789', { status, headers });
    expect(() => bodyOfAnswer(response, asked, etag)).toThrow(ServiceError);
  });
});
