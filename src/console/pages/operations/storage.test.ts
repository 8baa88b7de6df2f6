import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { removeFolder, temporaryFolder } from '../../../../test/support/server.ts';
import { systemActor } from '../../../core/actor.ts';
import type { Core } from '../../../core/index.ts';
import { createLocalStorage } from '../../../drivers/storage/local/index.ts';
import { createStorageWorks } from './storage-works.ts';

const PATH = '/_/operations/storage';
const folder = temporaryFolder();
let world: ConsoleWorld;

beforeAll(async () => {
  const storages = ['local', 'second'].map((name) => createLocalStorage({ name, dir: join(folder, name) }));
  world = await openConsoleWorld({ storages });
  for (const name of ['posts', 'papers']) {
    const fields = [{ name: 'attached', type: 'file', maxSize: 5_000_000 }];
    await world.core.collections.create(systemActor, { name, type: 'base', fields });
  }
  await world.put('posts', 'a.txt', 'a'.repeat(3000));
  await world.put('papers', 'b.txt', 'b'.repeat(1000));
});
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

/** Begins a work, and waits for the page that shows its end. */
async function work(name: string, fields: Record<string, string> = {}): Promise<string> {
  expect((await world.post(`${PATH}/${name}`, fields)).status).toBe(303);
  for (;;) {
    const { text } = await world.get(PATH);
    if (!text.includes('id="progress"')) return text;
    await Bun.sleep(1);
  }
}

const filesIn = (storage: string) =>
  [...new Bun.Glob('**/*').scanSync({ cwd: join(folder, storage) })].filter((path) => /\w{20}$/.test(path));

test('usage is shown by collection, with its share', async () => {
  const { text } = await world.get(PATH);
  expect(text).toContain('2 files, 4 kB in all.');
  expect([...text.matchAll(/width="([\d.]+)%"/g)].map(([, width]) => width)).toEqual(['75.00', '25.00']);
});

test('a storage is tested step by step', async () => {
  const { status, text } = await world.post(`${PATH}/local/tests`);
  expect(status).toBe(200);
  expect(text).toContain('Everything works.');
  expect(text).toContain('Read a part of it');
  expect((await world.post(`${PATH}/none/tests`)).status).toBe(404);
  expect((await world.forge(`${PATH}/local/tests`)).status).toBe(403);
});

test('files move to another storage once that was asked for, and back', async () => {
  const ask = await world.get(`${PATH}?to=second&from=`);
  expect(ask.text).toContain('Move 2 files (4 kB) from local to second?');
  expect((await world.forge(`${PATH}/migrations`, { to: 'second' })).status).toBe(403);
  expect(await work('migrations', { to: 'nowhere' })).not.toContain('were moved');
  expect(await work('migrations', { to: 'second', from: '' })).toContain('2 files were moved to second.');
  expect((await world.core.files.usage(systemActor)).storages.map(({ name }) => name)).toEqual(['second']);
  expect(await work('migrations', { to: 'local', from: 'second' })).toContain('2 files were moved to local.');
});

test('files that nothing knows are shown first, and put aside only when that is confirmed', async () => {
  expect(await work('collection-trials', { keepDays: '7' })).toContain('every file is known');
  const [known = ''] = filesIn('local');
  const unknown = join(folder, 'local', known.slice(0, -20) + known.slice(-20).replace(/./g, 'q'));
  mkdirSync(dirname(unknown), { recursive: true });
  writeFileSync(unknown, 'orphan');
  expect((await world.post(`${PATH}/collection-trials`, { keepDays: 'x' })).status).toBe(422);
  const trial = await work('collection-trials', { keepDays: '7' });
  expect(trial).toContain('Would be put in quarantine: 1. Would be erased: 0. In all 6 bytes.');
  expect(existsSync(unknown)).toBe(true);
  const wrong = await world.post(`${PATH}/collections`, { confirm: 'yes' });
  expect([wrong.status, existsSync(unknown)]).toEqual([422, true]);
  expect(await work('collections', { confirm: 'collect' })).toContain('Put in quarantine: 1. Erased: 0.');
  expect(existsSync(unknown)).toBe(false);
  const again = await world.post(`${PATH}/collections`, { confirm: 'collect' });
  expect(again.headers.getSetCookie().join()).toContain('trialFirst');
});

test('a work is stopped after what it is at, and while one runs no other begins', async () => {
  const gate = Promise.withResolvers<void>();
  let isLeft = false;
  const storages: Pick<Core['storages'], 'verify'> = {
    async *verify() {
      try {
        for (let done = 0; ; done++) {
          yield { kind: 'progress', done, total: 9, bytes: 0 };
          await gate.promise;
        }
      } finally {
        isLeft = true;
      }
    },
  };
  const works = createStorageWorks({ ...world.core, storages: { ...world.core.storages, ...storages } });
  expect(works.start(systemActor, { kind: 'verification', content: false })).toBe(true);
  await Promise.resolve();
  expect(works.start(systemActor, { kind: 'collection', keepDays: 7, dryRun: false })).toBe(false);
  works.stop();
  gate.resolve();
  while (works.running !== undefined) await Promise.resolve();
  expect([works.last('verification')?.end, isLeft]).toEqual(['stopped', true]);
  expect((await world.post(`${PATH}/stops`)).status).toBe(303);
  expect((await world.get(`${PATH}/progress`)).headers.get('location')).toBe(PATH);
});

test('a comparison says that nothing is wrong, and then what is missing', async () => {
  expect(await work('verifications', { content: '1' })).toContain(
    '2 files were compared, and nothing is wrong.',
  );
  for (const path of filesIn('local')) rmSync(join(folder, 'local', path));
  const text = await work('verifications');
  expect(text).toContain('2 findings among 2 files.');
  expect(text).toContain('Missing');
  expect(text).toContain('a.txt');
});
