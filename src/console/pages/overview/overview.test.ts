import { afterEach, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { noBackups } from '../../../../test/support/core.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { systemActor } from '../../../core/actor.ts';
import type { CorePorts } from '../../../core/core.ts';
import { AppError } from '../../../core/errors.ts';
import { openRequestLog } from '../../../drivers/request-log/sqlite/index.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const backupStore = {
  ...noBackups,
  list: async () => [
    { key: 'before-<b>.zip', size: 5000, modified: '2029-12-31 23:00:00.000Z', storage: '' },
  ],
};

let world: ConsoleWorld | undefined;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await world?.close();
  for (const close of closers.splice(0)) await close();
});

async function open(ports: Partial<CorePorts> = {}): Promise<ConsoleWorld> {
  world = await openConsoleWorld(ports);
  return world;
}

test('an empty server says what to do first; what is done is ticked off, and all of it can be hidden', async () => {
  const { get, core, post, put } = await open();
  const empty = await get('/_/');
  expect(empty.status).toBe(200);
  for (const part of ['Begin here', 'href="/_/collections/new"', 'href="/_/collections/users/connect"'])
    expect(empty.text).toContain(part);
  const steps = empty.text.split('first-steps')[1]?.split('</ol>')[0] ?? '';
  for (const [, path = ''] of steps.matchAll(/href="([^"]+)"/g))
    expect([path, (await get(path)).status]).toEqual([path, 200]);
  const ticked = (text: string) =>
    [...text.matchAll(/<li class="done"><a[^>]*>([^<]+)</g)].map(([, what]) => what);
  expect(ticked(empty.text)).toEqual([]);
  const next = (text: string) => /href="([^"]+)" class="button primary"/.exec(text)?.[1];
  expect(next(empty.text)).toBe('/_/collections/new');
  await core.collections.create(systemActor, { name: 'bare', type: 'base' });
  expect(next((await get('/_/')).text)).toBe('/_/collections/bare/definition');
  await core.collections.delete(systemActor, 'bare');
  const fields = [{ name: 'file', type: 'file' }];
  await core.collections.create(systemActor, { name: 'posts', type: 'base', fields });
  const one = (await get('/_/')).text;
  expect(ticked(one)).toEqual(['Make a collection']);
  expect(one).toContain('href="/_/collections/posts/rules"');
  expect(next(one)).toBe('/_/collections/posts/upload');
  await put('posts', 'a.txt', 'a');
  await core.collections.update(systemActor, 'posts', { listRule: '' });
  expect(ticked((await get('/_/')).text)).toEqual(['Make a collection', 'Drop files on it', 'Write a rule']);
  expect((await post('/_/overview/steps/hiding')).status).toBe(303);
  expect((await get('/_/')).text).not.toContain('Begin here');
});

test('it says what is stored; records are counted when that is asked for', async () => {
  const { get, core, put } = await open();
  await core.collections.create(systemActor, {
    ...{ name: 'papers', type: 'base' },
    fields: [{ name: 'file', type: 'file' }],
  });
  await put('papers', 'a.txt', 'a'.repeat(1500));
  await put('papers', 'b.txt', 'b'.repeat(500));
  const values = (text: string) =>
    [...text.matchAll(/<dt>([^<]+)<\/dt><dd>(?:<a [^>]+>)?([^<]+)/g)].slice(0, 5).map(([, ...pair]) => pair);
  const first = (await get('/_/')).text;
  expect(first).toContain('hx-get="/_/?totals=1"');
  expect(values(first)).toContainEqual(['Records', 'count']);
  const counted = (await get('/_/?totals=1')).text;
  expect(counted).not.toContain('hx-get="/_/?totals=1"');
  expect(values(counted)).toEqual([
    ['Collections', '2'],
    ['Records', '2'],
    ['Accounts', '0'],
    ['Files', '2'],
    ['Size of the files', '2 kB'],
  ]);
});

test('a server in good health without a backup or a log says so', async () => {
  const { text } = await (await open()).get('/_/');
  for (const part of ['Everything is well.', 'There is no backup yet', 'switched off'])
    expect(text).toContain(part);
  for (const name of ['health', 'backups']) expect(text).toContain(`href="/_/operations/${name}"`);
});

test('it names the last backup, and what needs the admin', async () => {
  const scarce = { free: 3_000_000_000, total: 100_000_000_000 };
  const facts = {
    ...{ version: '1.2.3', runtime: 'Bun', platform: 'linux', started: NOON, memory: 1, databaseSize: 2000 },
    ...{ requestLogSize: 1, disk: scarce, streams: 0, sockets: 0, imageWorkers: 0, imagesWaiting: 0 },
  };
  const host = { facts: async () => facts, licences: async () => [] };
  const { get } = await open({ host, backupStore });
  const { text } = await get('/_/');
  for (const part of [
    'before-&lt;b&gt;.zip',
    '5 kB',
    'Something needs your attention.',
    'Only 3 GB are free',
  ])
    expect(text).toContain(part);
  expect(text).not.toContain('Everything is well.');
});

test('backups that cannot be reached leave the rest of the page', async () => {
  const list = () => Promise.reject(new AppError('unavailable', { reason: 'storage' }));
  const { text, status } = await (await open({ backupStore: { ...backupStore, list } })).get('/_/');
  expect(status).toBe(200);
  expect(text).toContain('The backups cannot be listed now');
});

test('the last errors are those of the server, newest first, and nothing in them is markup', async () => {
  const database = await openTestDatabase();
  const store = await openRequestLog(database.db);
  closers.push(() => database.close());
  const { get, core } = await open({
    requestLog: { store, limits: () => ({ keep: 1e9, maxSize: 1e9 }) },
  });
  expect((await get('/_/')).text).toContain('The log has no errors.');
  const request = {
    ...({ kind: 'request', time: NOON, request: 'r', method: 'GET', ms: 1, bytes: 1, address: '' } as const),
    ...{ account: '', dialect: '', agent: '' },
  };
  const event = { kind: 'event', time: NOON, request: '', facts: '{"to":"<i>"}' } as const;
  core.logs.request(404, () => ({ ...request, status: 404, path: '/honest' }));
  core.logs.request(500, () => ({ ...request, status: 500, path: '/broken?<b>' }));
  core.logs.event({ ...event, level: 'warn', event: 'disk.slow' });
  await core.logs.flush();
  core.logs.event({ ...event, level: 'error', event: 'mail.failed' });
  await core.logs.flush();
  const { text } = await get('/_/');
  const rows = [...text.matchAll(/<th scope="row" class="mono"><a href="[^"]+">([^<]+)/g)].map(
    ([, what]) => what,
  );
  expect(rows).toEqual(['mail.failed', 'GET /broken?&lt;b&gt;']);
  expect(text).toContain('&lt;i&gt;');
  const entry = /href="(\/_\/operations\/requests\/\d+)"/.exec(text)?.[1] ?? '';
  expect((await get(entry)).text).toContain('mail.failed');
});

test('many attempts to sign in that failed within a day are among what needs the admin', async () => {
  const database = await openTestDatabase();
  const store = await openRequestLog(database.db);
  closers.push(() => database.close());
  const { get, core, clock } = await open({
    requestLog: { store, limits: () => ({ keep: 1e12, maxSize: 1e9 }) },
  });
  const fail = async (count: number, time: number) => {
    const event = { kind: 'event', level: 'warn', event: 'auth.login_failed', facts: '{}' } as const;
    for (let at = 0; at < count; at++) core.logs.event({ ...event, time, request: '' });
    await core.logs.flush();
  };
  await fail(100, clock.now() - 25 * 3_600_000);
  await fail(19, clock.now());
  expect((await get('/_/')).text).not.toContain('attempts to sign in failed');
  await fail(1, clock.now());
  expect((await get('/_/')).text).toContain('At least 20 attempts to sign in failed within a day');
});
