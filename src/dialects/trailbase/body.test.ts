import { expect, test } from 'bun:test';
import { queryValues, readBody, readJsonObject } from './body.ts';
import { toTrailBaseError } from './errors.ts';

function post(body: string | FormData | undefined, type?: string): Request {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  return new Request('http://localhost/', { method: 'POST', body, headers });
}

async function statusOf(reading: Promise<unknown>): Promise<number> {
  try {
    await reading;
    return 200;
  } catch (error) {
    return toTrailBaseError(error, () => undefined).status;
  }
}

test('a body comes in three formats', async () => {
  const form = new FormData();
  form.set('a', '1');
  expect(await readBody(post('{"a":1}', 'application/json; charset=utf-8'))).toEqual({
    kind: 'json',
    values: { a: 1 },
  });
  expect(await readBody(post('a=1&b=x+y', 'application/x-www-form-urlencoded'))).toEqual({
    kind: 'form',
    values: { a: '1', b: 'x y' },
  });
  expect(await readBody(post(form))).toEqual({ kind: 'multipart', values: { a: '1' } });
});

test.each([
  ['{', 'application/json'],
  ['', 'application/json'],
  ['[]', 'application/json'],
  ['"x"', 'application/json'],
  ['null', 'application/json'],
  ['['.repeat(100), 'application/json'],
  ['{}', 'text/plain'],
  ['{}', ''],
  ['a=1&a=2', 'application/x-www-form-urlencoded'],
  ['x', 'multipart/form-data'],
  ['x', 'multipart/form-data; boundary=b'],
])('%p of type %p is a bad request', async (body, type) => {
  expect(await statusOf(readBody(post(body, type)))).toBe(400);
});

test('a file is not taken where none belongs', async () => {
  const form = new FormData();
  form.set('email', new Blob(['x']), 'x.txt');
  expect(await statusOf(readBody(post(form)))).toBe(400);
});

test('a body beyond the limit is refused', async () => {
  const body = `{"a":"${'x'.repeat(2_000_000)}"}`;
  expect(await statusOf(readBody(post(body, 'application/json')))).toBe(413);
});

test('where only JSON will do: 415 for another type, 400 for bad syntax, 422 for another shape', async () => {
  expect(await statusOf(readJsonObject(post('a=1', 'application/x-www-form-urlencoded')))).toBe(415);
  expect(await statusOf(readJsonObject(post(undefined)))).toBe(415);
  expect(await statusOf(readJsonObject(post('{', 'application/json')))).toBe(400);
  expect(await statusOf(readJsonObject(post('', 'application/json')))).toBe(400);
  expect(await statusOf(readJsonObject(post('[]', 'application/json')))).toBe(422);
  expect(await statusOf(readJsonObject(post('{}', 'application/json')))).toBe(200);
});

test('no name of a body reaches a prototype', async () => {
  const { values } = await readBody(post('{"__proto__":{"admin":true},"a":1}', 'application/json'));
  expect(Object.getPrototypeOf(values)).toBeNull();
  expect(values.admin).toBeUndefined();
  const form = await readBody(post('__proto__=x', 'application/x-www-form-urlencoded'));
  expect(Object.getPrototypeOf(form.values)).toBeNull();
});

test('a parameter is given once', () => {
  expect(queryValues(new Request('http://localhost/?a=1&b='))).toEqual({ a: '1', b: '' });
  expect(() => queryValues(new Request('http://localhost/?a=1&a=2'))).toThrow();
});
