import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestCore, type TestCore } from '../../test/support/core.ts';
import { AppError } from '../core/errors.ts';
import type { Core } from '../core/index.ts';
import { type Control, openControl } from './control.ts';
import { type ControlAddress, readControlFile, removeControlFile } from './control-file.ts';

let world: TestCore;
let dir: string;
let control: Control;
let address: ControlAddress;
/** What left its loop early. */
const left: string[] = [];

beforeAll(async () => {
  world = await openTestCore();
  dir = mkdtempSync(join(tmpdir(), 'dossier-control-'));
  const storages: Core['storages'] = {
    ...world.core.storages,
    async *test(_actor, name) {
      if (name === 'refused') throw new AppError('not_found', { reason: 'storage', params: { name } });
      if (name === 'broken') throw new Error('a secret path');
      try {
        for (;;) {
          yield { kind: 'step', step: 'reach', ok: true, milliseconds: 1, error: '' };
          await Bun.sleep(5);
        }
      } finally {
        left.push(name);
      }
    },
  };
  control = openControl({ ...world.core, storages }, dir);
  const found = readControlFile(dir);
  if (found === undefined) throw new Error('no control.json');
  address = found;
});
afterAll(async () => {
  await control.stop();
  await world.close();
  rmSync(dir, { recursive: true, force: true });
});

const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`${control.url}/${path}`, {
    method: 'POST',
    body: '{}',
    ...init,
    headers: { authorization: `Bearer ${address.token}`, ...headers },
  });

test('who has the token is answered, line by line, with an end', async () => {
  const response = await ask('storage.list');
  expect(response.status).toBe(200);
  const lines = (await response.text()).trim().split('\n');
  expect(lines.map((line) => Object.keys(JSON.parse(line))[0])).toEqual(['item', 'end']);
});

describe('refused', () => {
  const token = () => address.token;
  test.each<[string, () => Record<string, string>, number]>([
    ['no token', () => ({ authorization: '' }), 401],
    ['another token', () => ({ authorization: `Bearer ${'0'.repeat(64)}` }), 401],
    ['a part of the token', () => ({ authorization: `Bearer ${token().slice(0, -1)}` }), 401],
    ['the token with more behind it', () => ({ authorization: `Bearer ${token()}0` }), 401],
    ['the token in another scheme', () => ({ authorization: `Basic ${token()}` }), 401],
    ['a page in a browser', () => ({ origin: 'http://127.0.0.1:8090' }), 403],
    ['a page without an origin', () => ({ origin: 'null' }), 403],
    ['what a browser sends itself', () => ({ 'sec-fetch-site': 'none' }), 403],
    ['a name that points here', () => ({ host: 'evil.example' }), 403],
    ['localhost by name', () => ({ host: `localhost:${new URL(control.url).port}` }), 403],
  ])('%s', async (_, headers, status) => {
    const response = await ask('storage.list', headers());
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('item');
  });

  test('other methods, names and arguments', async () => {
    expect((await ask('storage.list', {}, { method: 'PUT' })).status).toBe(405);
    for (const name of ['', 'storage', 'constructor', 'toString', '__proto__', 'storage.list/x'])
      expect([name, (await ask(name)).status]).toEqual([name, 404]);
    for (const body of ['[]', '1', '{', 'null'])
      expect((await ask('storage.list', {}, { body })).status).toBe(400);
    expect((await ask('storage.list', {}, { body: ' '.repeat(3_000_000) })).status).toBe(413);
  });

  test('on other addresses of this machine', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map((each) => each.address);
    for (const host of ['127.0.0.2', ...others]) expect([host, await reaches(host)]).toEqual([host, false]);
  });
});

function reaches(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(new URL(control.url).port) });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

test('errors come as codes; what is unknown is logged and not told', async () => {
  const refused = await (await ask('storage.test', {}, { body: '{"name":"refused"}' })).text();
  expect(JSON.parse(refused)).toEqual({
    error: { code: 'not_found', reason: 'storage', params: { name: 'refused' }, issues: [] },
  });
  const broken = await (await ask('storage.test', {}, { body: '{"name":"broken"}' })).text();
  expect(broken).toBe('{"error":{"code":"internal"}}\n');
  expect(await (await ask('storage.test')).text()).toContain('"path":"name"');
});

test('a client that leaves ends its operation', async () => {
  const leave = new AbortController();
  const response = await ask('storage.test', {}, { body: '{"name":"endless"}', signal: leave.signal });
  await response.body?.getReader().read();
  leave.abort();
  for (const deadline = Date.now() + 3000; !left.includes('endless') && Date.now() < deadline; )
    await Bun.sleep(10);
  expect(left).toContain('endless');
});

describe('control.json', () => {
  test('is for its owner alone, and has 256 bits', () => {
    expect(statSync(join(dir, 'control.json')).mode & 0o777).toBe(0o600);
    expect(address.token).toMatch(/^[0-9a-f]{64}$/);
    expect(address.pid).toBe(process.pid);
  });

  test('goes with the channel, and ends what is under way', async () => {
    const other = mkdtempSync(join(tmpdir(), 'dossier-control-'));
    const second = openControl(world.core, other);
    expect(existsSync(join(other, 'control.json'))).toBe(true);
    await second.stop();
    expect(existsSync(join(other, 'control.json'))).toBe(false);
    expect(fetch(second.url)).rejects.toThrow();
    rmSync(other, { recursive: true });
  });

  test.each([
    ['nothing'],
    ['{'],
    ['null'],
    ['{"pid":1,"url":"http://127.0.0.1:1"}'],
    [`{"pid":${process.pid},"url":"http://evil.example:80","token":"x"}`],
    [`{"pid":${process.pid},"url":"http://127.0.0.1:80@evil.example","token":"x"}`],
    ['{"pid":999999999,"url":"http://127.0.0.1:80","token":"x"}'],
  ])('that is stale or no good is passed over: %s', (text) => {
    const other = mkdtempSync(join(tmpdir(), 'dossier-control-'));
    if (text !== 'nothing') writeFileSync(join(other, 'control.json'), text);
    expect(readControlFile(other)).toBeUndefined();
    removeControlFile(other);
    expect(existsSync(join(other, 'control.json'))).toBe(false);
    rmSync(other, { recursive: true });
  });

  test('the token is in no log', () => {
    expect(readFileSync(join(dir, 'control.json'), 'utf8')).toContain(address.token);
    expect(JSON.stringify(world.log)).not.toContain(address.token);
  });
});
