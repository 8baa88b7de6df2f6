import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { BodyError, type BodySource } from './body.ts';
import { parseLossless } from './json.ts';
import { type JsonPath, type JsonStringHandlers, readJsonStrings } from './json-strings.ts';

const limits = { bodySize: 1_000_000, textSize: 100_000 };
const isData = (path: JsonPath) => path.at(-1) === 'data';

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk.slice());
  return Buffer.concat(chunks).toString();
}

/** A body that comes in pieces of so many bytes. */
function source(text: string | Uint8Array, size = 7, headers: Record<string, string> = {}): BodySource {
  const bytes = new Uint8Array(Buffer.from(text));
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
  return { headers: new Headers(headers), body, arrayBuffer: unused, text: unused };
}

function unused(): Promise<never> {
  throw new Error('the body is read as it comes');
}

function read(text: string | Uint8Array, handlers: Partial<JsonStringHandlers> = {}, size?: number) {
  return readJsonStrings(source(text, size), {
    limits,
    takes: isData,
    onString: async (path, bytes) => ({ path: path.join('.'), taken: await collect(bytes) }),
    ...handlers,
  });
}

const kindOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'read',
    (error: unknown) => (error instanceof BodyError ? error.kind : String(error)),
  );

test('strings are taken out where they are wanted, and the rest is as it was', async () => {
  const body = {
    a: { filename: 'x "y" \\ z', data: 'QUJD' },
    list: [{ data: 'one' }, [{ data: 'two' }], { data: 3 }, 'data'],
    text: 'größer',
    null: null,
  };
  expect(await read(JSON.stringify(body))).toEqual({
    a: { filename: 'x "y" \\ z', data: { path: 'a.data', taken: 'QUJD' } },
    list: [
      { data: { path: 'list.0.data', taken: 'one' } },
      [{ data: { path: 'list.1.0.data', taken: 'two' } }],
      { data: 3 },
      'data',
    ],
    text: 'größer',
    null: null,
  });
});

test('escapes in a taken string are undone, wherever the body is cut', async () => {
  const body = String.raw`{"\u0064ata":"a\/b\"c\\d\u002Fe\u00e9f\n\ug000h\xi"}`;
  for (const size of [1, 2, 3, 5, 100]) {
    const taken = Reflect.get(Object(await read(body, {}, size)), 'data');
    expect(taken).toEqual({ path: 'data', taken: 'a/b"c\\d/e\0f\n\0h\0i' });
  }
});

test('any JSON is read as it is at once, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.integer({ min: 1, max: 40 }), async (text, size) => {
      const whole = parseLossless(text);
      expect(await read(text, { takes: () => false }, size)).toEqual(whole);
      // Escapes of what is no ASCII have a meaning of their own.
      if (text.includes('\\u')) return;
      const onString = async (_: JsonPath, bytes: AsyncIterable<Uint8Array>) => collect(bytes);
      expect(await read(text, { takes: (path) => path.length > 0, onString }, size)).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});

test('any text is read or refused, and never anything else', async () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ':',
    ',',
    'data',
    '"data"',
    '"data":"x"',
    '1',
    'é',
    ' ',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      async (pieces, size) => {
        expect(['read', 'malformed', 'too_deep']).toContain(await kindOf(read(pieces.join(''), {}, size)));
      },
    ),
    { numRuns: 300 },
  );
});

test('integers keep their digits, and an empty body has no value', async () => {
  expect(await read('{"n":9223372036854775807}')).toEqual({ n: 9223372036854775807n });
  expect(await read('\ufeff{"n":1}')).toEqual({ n: 1 });
  expect(await read('')).toBeUndefined();
  expect(await read(' \n')).toBeUndefined();
});

test('of a name that occurs twice the last value counts', async () => {
  const twice = '{"data":"first","data":"last"}';
  expect(await read(twice)).toEqual({ data: { path: 'data', taken: 'last' } });
  expect(await read('{"data":"first","data":1}')).toEqual({ data: 1 });
  expect(await read('{"a":{"data":"x"},"a":{"b":1}}')).toEqual({ a: { b: 1 } });
});

test('names that mean something to prototypes are dropped or are plain names', async () => {
  expect(await read('{"__proto__":{"data":"x"},"constructor":{"data":"y"}}')).toEqual({
    constructor: { data: { path: 'constructor.data', taken: 'y' } },
  });
  expect(Object.getPrototypeOf({})).not.toHaveProperty('data');
});

test('what a handler leaves of a string is skipped', async () => {
  const first = async (_: JsonPath, bytes: AsyncIterable<Uint8Array>) => {
    for await (const chunk of bytes) return Buffer.from(chunk).toString();
  };
  expect(await read('{"data":"abcdefghijklmnop","more":[1]}', { onString: first }, 12)).toEqual({
    data: 'abc',
    more: [1],
  });
  expect(await read('{"data":"abcdefghijklmnop","more":[1]}', { onString: async () => 5 })).toEqual({
    data: 5,
    more: [1],
  });
});

test('an error of a handler ends the reading and is passed on', async () => {
  const refuse = read('{"data":"abc"}', { onString: () => Promise.reject(new RangeError('no')) });
  expect(await kindOf(refuse)).toBe('RangeError: no');
});

test('bodies are bounded as a whole and without what is taken out, declared or not', async () => {
  const long = `{"data":"${'x'.repeat(5000)}"}`;
  expect(await kindOf(read(long, { limits: { bodySize: 10_000, textSize: 100 } }))).toBe('read');
  expect(await kindOf(read(long, { limits: { bodySize: 4000, textSize: 100 } }))).toBe('too_large');
  const text = `{"text":"${'x'.repeat(5000)}"}`;
  expect(await kindOf(read(text, { limits: { bodySize: 10_000, textSize: 100 } }))).toBe('too_large');
  const declared = readJsonStrings(source('{}', 7, { 'content-length': '11000' }), {
    limits: { bodySize: 10_000, textSize: 100 },
    takes: isData,
    onString: async () => {},
  });
  expect(await kindOf(declared)).toBe('too_large');
});

test('deep nesting and cut or broken bodies are refused', async () => {
  expect(await kindOf(read(`${'['.repeat(64)}${']'.repeat(64)}`))).toBe('read');
  expect(await kindOf(read(`${'['.repeat(65)}${']'.repeat(65)}`))).toBe('too_deep');
  for (const text of [
    '{"data":"abc',
    '{"data":"abc"',
    '{"data":"a\\',
    '{"data"',
    '"',
    '{"data":"a"}}',
    '{data:"a"}',
  ]) {
    expect([text, await kindOf(read(text))]).toEqual([text, 'malformed']);
  }
});

test('a body cannot name a stand-in', async () => {
  const sent = crypto.randomUUID();
  expect(await read(`{"data":"x","other":"${sent}:0"}`)).toMatchObject({ other: `${sent}:0` });
});
