import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { textAt } from '../../../test/support/json.ts';
import { superuser } from '../../../test/support/records.ts';
import { AppError } from '../../core/index.ts';
import { createLocalStorage } from '../../drivers/storage/local/index.ts';
import type { DialectOptions } from '../dialect.ts';
import { trailbase } from './index.ts';

const HOUR = 3_600_000;
const PATH = '/api/records/v1/profiles';

const options: DialectOptions = {
  settings: { publicUrl: undefined, redirectUris: [], redirectSchemes: [], transactions: true },
  ...{ maxBodySize: 1_000_000, proxyHeader: () => '', requestId: () => '', clientAddress: () => '' },
  ...{ holdOpen: () => undefined, openStream: () => undefined, openSocket: () => 'full' },
};

let dir: string;
let world: TestCore;
let isDown: boolean;
let ask: (method: string, path: string, body?: FormData) => Promise<Response>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dossier-file-life-'));
  isDown = false;
  const storage = createLocalStorage({ name: 'local', dir });
  const refused = () => Promise.reject(new AppError('unavailable', { reason: 'storage' }));
  const faulty = { ...storage, remove: (key: string) => (isDown ? refused() : storage.remove(key)) };
  world = await openTestCore({ storages: [faulty] });
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  await world.core.collections.create(superuser, {
    ...{ name: 'profiles', type: 'base', ...open },
    fields: [
      { name: 'name', type: 'string', maxLength: 20 },
      { name: 'avatar', type: 'file', maxSelect: 1 },
    ],
  });
  const app = trailbase.routes(world.core, options);
  ask = (method, path, body) => app.handle(new Request(`http://localhost${PATH}${path}`, { method, body }));
});

afterEach(async () => {
  await world.close();
  await rm(dir, { recursive: true, force: true });
});

function formOf(content: string, name = 'John Doe'): FormData {
  const form = new FormData();
  form.append('name', name);
  form.append('avatar', new File([content], 'avatar.jpg', { type: 'image/jpeg' }));
  return form;
}

async function upload(): Promise<string> {
  const response = await ask('POST', '', formOf('first'));
  return `/${textAt(await response.json(), 'ids.0')}`;
}

const queue = () => world.core.storages.deletions(superuser).list();

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !(await holds()); tries++) await Bun.sleep(5);
  expect(await holds()).toBe(true);
}

async function storedFiles(): Promise<number> {
  let count = 0;
  for await (const _ of createLocalStorage({ name: 'local', dir }).list('')) count++;
  return count;
}

test('the old file of a change is marked for deletion with it, and deleted afterwards', async () => {
  const path = await upload();
  isDown = true;
  expect((await ask('PATCH', path, formOf('second'))).status).toBe(200);
  expect(await (await ask('GET', `${path}/file/avatar`)).text()).toBe('second');
  await until(async () => (await queue())[0]?.attempts === 1);
  expect(await storedFiles()).toBe(2);
  isDown = false;
  world.clock.time += HOUR;
  world.core.files.wakeEraser();
  await until(async () => (await storedFiles()) === 1);
  await until(async () => (await queue()).length === 0);
});

test('a deletion that fails is tried 10 times, then abandoned and logged as an error', async () => {
  const path = await upload();
  isDown = true;
  expect(await (await ask('DELETE', path)).text()).toBe('deleted');
  expect((await ask('GET', `${path}/file/avatar`)).status).toBe(404);
  for (let attempts = 1; attempts <= 9; attempts++) {
    await until(async () => (await queue())[0]?.attempts === attempts);
    expect((await queue())[0]).toMatchObject({ attempts, abandoned: false, originalName: 'avatar.jpg' });
    world.clock.time += 2 * HOUR;
    world.core.files.wakeEraser();
  }
  await until(async () => (await queue())[0]?.abandoned === true);
  expect((await queue())[0]?.attempts).toBe(10);
  expect(world.log.events.filter((event) => event.startsWith('error '))).toEqual([
    expect.stringContaining('abandoned'),
  ]);
  world.clock.time += 1000 * HOUR;
  world.core.files.wakeEraser();
  await Bun.sleep(50);
  expect((await queue())[0]?.attempts).toBe(10);

  isDown = false;
  expect(await world.core.storages.deletions(superuser).retryAbandoned()).toBe(1);
  await until(async () => (await queue()).length === 0);
  expect(await storedFiles()).toBe(0);
});

test('a change that fails keeps the old file and cleans the new one up', async () => {
  const path = await upload();
  expect((await ask('PATCH', path, formOf('second', 'a name of too many letters'))).status).toBe(400);
  await until(async () => (await storedFiles()) === 1);
  expect(await (await ask('GET', `${path}/file/avatar`)).text()).toBe('first');
  await until(async () => (await queue()).length === 0);
});

test('a record that cannot be made keeps no file', async () => {
  expect((await ask('POST', '', formOf('first', 'a name of too many letters'))).status).toBe(400);
  await until(async () => (await storedFiles()) === 0);
  await until(async () => (await queue()).length === 0);
});

test('an object that the storage has lost is not found, and logged', async () => {
  const path = await upload();
  await rm(dir, { recursive: true });
  const response = await ask('GET', `${path}/file/avatar`);
  expect([response.status, await response.text()]).toEqual([404, '']);
  expect(world.log.events).toContain('error files.missing_object');
});
