import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rawConnection, statusOf } from '../support/raw.ts';
import { send } from '../support/scenarios.ts';
import { type AttackedWorld, openAttackedWorld } from './world.ts';

let world: AttackedWorld;
beforeAll(async () => {
  world = await openAttackedWorld();
}, 60_000);
afterAll(() => world.close());

/** Sends bytes and gives what came back, once the server closed or has said all it will. */
async function say(bytes: string): Promise<string> {
  const connection = await rawConnection(world.base);
  connection.write(bytes);
  await Promise.race([connection.closed, settled(connection.received)]);
  connection.end();
  return connection.received();
}

/** Resolves when something came and nothing more follows. */
async function settled(received: () => string): Promise<void> {
  let before = '';
  for (let quiet = 0; quiet < 3; ) {
    await Bun.sleep(25);
    quiet = received() !== '' && received() === before ? quiet + 1 : 0;
    before = received();
  }
}

const answers = (text: string) => text.match(/^HTTP\/1\.1 \d{3}/gm)?.length ?? 0;

describe('requests whose end is not certain are refused, and nothing in them is served', () => {
  const smuggled = 'GET /api/health HTTP/1.1\r\nHost: a\r\n\r\n';
  test.each([
    ['length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an unknown coding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['chunked, then another', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['another, then chunked', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['two codings', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n'],
    ['a tab before the coding', 'Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n'],
    ['other letters', 'tRANSFER-eNCODING: Chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n'],
    ['a vertical tab', 'Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n'],
    ['a list of lengths', 'Content-Length: 5, 5\r\n\r\nabcde'],
    ['a signed length', 'Content-Length: +5\r\n\r\nabcde'],
    ['a negative length', 'Content-Length: -5\r\n\r\nabcde'],
    ['a hexadecimal length', 'Content-Length: 0x5\r\n\r\nabcde'],
    ['a length beyond numbers', 'Content-Length: 99999999999999999999999\r\n\r\nabcde'],
    ['a space before the colon', 'Content-Length : 0\r\n\r\n'],
    ['a folded header', 'X: a\r\n b\r\n\r\n'],
    ['a bare CR in a value', 'X: a\rTransfer-Encoding: chunked\r\n\r\n'],
    ['NUL in a value', 'X: a\0b\r\n\r\n'],
  ])('%s', async (_name, rest) => {
    const text = await say(`POST /api/batch HTTP/1.1\r\nHost: a\r\n${rest}${smuggled}`);
    expect(statusOf(text)).toBe(400);
    expect(answers(text)).toBe(1);
    expect(text).not.toContain('healthy');
  });

  test('the body of a GET is not the next request', async () => {
    const text = await say(
      `GET /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    );
    expect([answers(text), text.includes('healthy')]).toEqual([1, false]);
  });

  test('a broken chunk ends the connection', async () => {
    for (const chunk of [
      'fffffffffffffffff\r\na\r\n0\r\n\r\n',
      '-1\r\na\r\n0\r\n\r\n',
      '1\r\nab\r\n0\r\n\r\n',
    ]) {
      const text = await say(
        `POST /api/collections/albums/records HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${smuggled}`,
      );
      expect(text).not.toContain('healthy');
    }
  });
});

describe('request targets', () => {
  test.each([
    ['an asterisk', 'GET *'],
    ['no slash', 'GET api/health'],
    ['NUL', 'GET /api/\0health'],
    ['the preface of HTTP/2', 'PRI *'],
    ['a path of 40,000 characters', `GET /api/${'a'.repeat(40_000)}`],
  ])('%s is refused', async (_name, line) => {
    expect(statusOf(await say(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`))).toBeOneOf([400, 414, 431, 505]);
  });

  test.each([
    '//api/health',
    '//evil.example/_/',
    '/%61pi/health',
    '/api/%2568ealth',
    '/api/health/',
    '/api/health%00',
    '/api/health;x=1',
    '/API/health',
    '/_//setup',
    '/_/..%2f..%2fetc/passwd',
    '/api/files/albums/x/..%2f..%2f..%2fdata.db',
    '/api/files/albums/x/%252e%252e%252fdata.db',
    `/api/${'a'.repeat(12_000)}`,
    '/storage/',
    '/data.db',
  ])('%s names nothing', async (target) => {
    const text = await say(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(statusOf(text)).toBe(404);
    expect(text).not.toMatch(/SQLite|node_modules|\.ts\b|stack/);
  });

  test('an escaped line break adds no header', async () => {
    const text = await say('GET /api/x%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(text).not.toMatch(/^set-cookie/im);
  });

  test('the host of an address in absolute form is only a name', async () => {
    const text = await say('GET http://evil.example/api/health HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(text).not.toContain('evil');
  });
});

test('headers beyond their bound are refused', async () => {
  expect(statusOf(await say(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`))).toBe(431);
  const many = Array.from({ length: 500 }, (_, at) => `X-${at}: 1\r\n`).join('');
  expect(statusOf(await say(`GET / HTTP/1.1\r\nHost: a\r\n${many}\r\n`))).toBe(431);
});

test('no header and no parameter stands for another method', async () => {
  const post = `/api/collections/posts/records/${world.values.published}`;
  for (const [path, headers] of [
    [post, { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE', 'x-http-method': 'DELETE' }],
    [`${post}?_method=DELETE`, { 'content-type': 'application/x-www-form-urlencoded' }],
  ] as const) {
    const answer = await send(world, { method: 'POST', path, headers, as: 'alice', body: '_method=DELETE' });
    expect(answer.status).toBe(404);
  }
  expect((await send(world, { path: post, as: 'alice' })).status).toBe(200);
});

test('forwarded headers change neither links nor the address of the caller', async () => {
  const headers = {
    'x-forwarded-for': '8.8.8.8',
    'x-forwarded-host': 'evil.example',
    'x-real-ip': '8.8.8.8',
  };
  const health = await send(world, { path: '/api/health', as: 'admin', headers });
  expect(health.text).toContain('"realIP":"127.0.0.1"');
  expect((await send(world, { path: '/_/', headers })).text).not.toContain('evil.example');
});

describe('every answer', () => {
  const asks: readonly [string, string, number][] = [
    ['GET', '/api/health', 200],
    ['GET', '/api/collections/posts/records', 200],
    ['GET', '/api/nowhere', 404],
    ['GET', '/nowhere', 404],
    ['GET', '/_/login', 200],
    ['GET', '/_/setup', 403],
    ['GET', '/_/nowhere', 404],
    ['POST', '/api/collections/posts/records', 400],
    ['PUT', '/', 404],
    ['GET', '/api/collections', 401],
    ['GET', '/api/files/albums/a/b', 404],
    ['GET', '/api/backups/x.zip', 403],
  ];

  test.each(asks)('%s %s says its type, cannot be sniffed, sets no cookie', async (method, path, status) => {
    const answer = await send(world, { method, path });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-type') ?? '').toMatch(
      /^(application\/json|text\/(html|plain|css); charset=utf-8)$/,
    );
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('server')).toBeNull();
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });

  test.each(asks.filter(([, , status]) => status >= 400))(
    '%s %s carries the id of its log line',
    async (method, path) => {
      const id = (await send(world, { method, path })).headers.get('x-request-id') ?? '';
      expect(id).toMatch(/^test-\w+$/);
      await Bun.sleep(80);
      expect(world.server.output()).toContain(`"id":"${id}"`);
    },
  );

  test('of the API cannot be framed by other sites', async () => {
    for (const path of ['/api/health', '/api/nowhere']) {
      expect((await send(world, { path })).headers.get('x-frame-options')).toBe('SAMEORIGIN');
    }
  });
});

test('a GET changes nothing', async () => {
  const before = (await send(world, { path: '/api/collections/albums/records', as: 'admin' })).text;
  for (const path of [
    '/api/collections/albums/records?title=x',
    '/api/files/token',
    '/api/collections/albums/truncate',
  ]) {
    await send(world, { path, as: 'admin' });
  }
  expect((await send(world, { path: '/api/collections/albums/records', as: 'admin' })).text).toBe(before);
});

test('the log holds no secret, and no line that somebody else wrote', async () => {
  const { admin = '', alice = '' } = world.tokens;
  await send(world, { path: '/api/x%0a%0dforged%1b[31m?token=SECRET-1&password=SECRET-2&Api_Key=SECRET-3' });
  await send(world, { path: `/api/health?token=${alice}`, headers: { 'user-agent': 'SECRET-4' } });
  await send(world, {
    method: 'POST',
    path: '/api/collections/users/auth-with-password',
    body: { identity: 'alice@example.com', password: 'SECRET-5' },
  });
  await send(world, {
    method: 'POST',
    path: '/api/collections/users/records',
    body: { password: 'SECRET-6', email: 3 },
  });
  await Bun.sleep(120);
  const output = world.server.output();
  expect(output).not.toMatch(/SECRET-\d/);
  for (const secret of [admin, alice, 'correct-horse-battery', 'alice-writes-well'])
    expect(output).not.toContain(secret);
  for (const line of output.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
});

test('a thousand connections that say nothing hinder nobody', async () => {
  const connections = await Promise.all(Array.from({ length: 1000 }, () => rawConnection(world.base)));
  const started = performance.now();
  expect((await send(world, { path: '/api/collections/posts/records' })).status).toBe(200);
  expect(performance.now() - started).toBeLessThan(2000);
  for (const connection of connections) connection.end();
}, 30_000);
