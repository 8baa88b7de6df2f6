import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { BodyError, parseJson, readForm, readJson, SHORT_BODY } from './body.ts';

function post(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
  headers: Record<string, string> = {},
): Request {
  return new Request('http://localhost/', { method: 'POST', body, headers });
}

function chunked(...parts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
}

async function kindOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
    return 'resolved';
  } catch (error) {
    return error instanceof BodyError ? error.kind : `other: ${error}`;
  }
}

test('json is read, whole or in pieces', async () => {
  expect(await readJson(post('{"a":[1,"é"]}'))).toEqual({ a: [1, 'é'] });
  expect(await readJson(post(chunked('{"a":', '[1,"é"]}')))).toEqual({ a: [1, 'é'] });
  expect(await readJson(post('{"a":1}', { 'content-length': '7' }))).toEqual({ a: 1 });
});

test('an empty body is no value', async () => {
  expect(await readJson(post(null))).toBeUndefined();
  expect(await readJson(post(' \n'))).toBeUndefined();
});

test.each(['{', '{"a":1}x', 'nope', '\u0001'])('%p is malformed', async (text) => {
  expect(await kindOf(readJson(post(text)))).toBe('malformed');
});

test('bytes that are not UTF-8 become the replacement character, in short bodies and in long ones', async () => {
  expect(await readJson(post(new Uint8Array([0x22, 0xff, 0x22])))).toBe('\ufffd');
  const long = new Uint8Array(SHORT_BODY + 10).fill(0x20);
  long.set([0x22, 0xff, 0x22]);
  expect(await readJson(post(long))).toBe('\ufffd');
});

test('the size limit holds for declared and undeclared lengths', async () => {
  expect(await kindOf(readJson(post('"12345678"'), { size: 9 }))).toBe('too_large');
  expect(await kindOf(readJson(post('"12345678"'), { size: 10 }))).toBe('resolved');
  expect(await kindOf(readJson(post(chunked('"1234', '5678"')), { size: 9 }))).toBe('too_large');
  expect(await kindOf(readJson(post(chunked('"1234', '5678"')), { size: 10 }))).toBe('resolved');
  expect(await kindOf(readJson(post('""', { 'content-length': '3000000' })))).toBe('too_large');
});

test('a broken connection is aborted', async () => {
  const body = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error('reset')) });
  expect(await kindOf(readJson(post(body)))).toBe('aborted');
});

test('a body that only drips is given up, whatever is left of it', async () => {
  let timer: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(new Uint8Array([0x20])), 20);
    },
    cancel: () => clearInterval(timer),
  });
  const pace = { stall: 1000, grace: 150, rate: 1000 };
  expect(await kindOf(readJson(post(body), { pace }))).toBe('too_slow');
});

test('depth is limited, and brackets in text do not count', () => {
  const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(() => parseJson(nest(64))).not.toThrow();
  expect(() => parseJson(nest(65))).toThrow(new BodyError('too_deep'));
  expect(() => parseJson(nest(1_000_000))).toThrow(new BodyError('too_deep'));
  expect(parseJson(JSON.stringify(['\\"['.repeat(100)]))).toEqual(['\\"['.repeat(100)]);
  expect(parseJson(JSON.stringify(Array(100).fill({})))).toHaveLength(100);
});

test('keys never become members of a prototype', () => {
  for (const name of ['__proto__', '\\u005f_proto__', '\\u005F\\u005Fproto__']) {
    const value = parseJson(`{"a":{"${name}":{"admin":true}},"constructor":1}`);
    expect(JSON.stringify(value)).toBe('{"a":{},"constructor":1}');
    const copy: Record<string, unknown> = Object.assign({}, value);
    expect(Reflect.get(Object.assign({}, copy.a), 'admin')).toBeUndefined();
  }
});

test('any JSON is read as the language reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!text.includes('__proto__'));
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('a form of very many names is refused without taking it apart', async () => {
  const names = (count: number) => Array.from({ length: count }, (_, at) => `a${at}=`).join('&');
  expect(await readForm(post(names(5000)))).toHaveLength(5000);
  expect(await kindOf(readForm(post(names(5001))))).toBe('malformed');
});

test('a form gives its pairs in order', async () => {
  expect(await readForm(post('a=1&b=%C3%A9+x&a=2&__proto__=3'))).toEqual([
    ['a', '1'],
    ['b', 'é x'],
    ['a', '2'],
    ['__proto__', '3'],
  ]);
});
