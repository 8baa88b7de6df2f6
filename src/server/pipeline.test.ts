import { describe, expect, test } from 'bun:test';
import { createPipeline } from './pipeline.ts';

const hello = () =>
  new Response('hello', { headers: { 'content-type': 'text/plain', 'access-control-allow-origin': '*' } });
const ask = (method: string, headers: Record<string, string> = {}) =>
  new Request('http://localhost/x', { method, headers });

describe('CORS', () => {
  test('the star leaves what the dialects say', async () => {
    const response = await createPipeline(hello, ['*'])(ask('GET', { origin: 'https://a.example' }));
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const page = await createPipeline(() => new Response('page'), ['*'])(ask('GET'));
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a list allows only its members', async () => {
    const pipeline = createPipeline(hello, ['https://a.example']);
    const own = await pipeline(ask('GET', { origin: 'https://a.example' }));
    const foreign = await pipeline(ask('GET', { origin: 'https://a.example.evil' }));
    expect(own.headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    expect(foreign.headers.get('vary')).toBe('Origin');
  });

  test('a preflight is answered with the methods and the headers that were asked for', async () => {
    const response = await createPipeline(() => {
      throw new Error('must not be asked');
    }, ['*'])(
      ask('OPTIONS', { origin: 'https://a.example', 'access-control-request-headers': 'authorization,x-y' }),
    );
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toBe('GET,HEAD,PUT,PATCH,POST,DELETE');
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization,x-y');
  });
});

test('HEAD has the headers and the length of GET, no body, and no ranges', async () => {
  const seen: (string | null)[] = [];
  const pipeline = createPipeline(
    (request) => {
      seen.push(request.method, request.headers.get('range'));
      return hello();
    },
    ['*'],
  );
  const response = await pipeline(ask('HEAD', { range: 'bytes=0-1' }));
  expect(seen).toEqual(['GET', null]);
  expect(response.headers.get('content-length')).toBe('5');
  expect(response.headers.get('content-type')).toBe('text/plain');
  expect(await response.text()).toBe('');
});
