import { beforeEach, describe, expect, test } from 'bun:test';
import { noBackups } from '../../../test/support/core.ts';
import { createTestLog } from '../../../test/support/files.ts';
import { guest, superuser } from '../../../test/support/records.ts';
import { AppError } from '../errors.ts';
import type { BackupInfo, BackupSource, BackupStore } from '../ports/backup-store.ts';
import type { RestoreRequest, Restorer } from '../ports/restorer.ts';
import { type BackupKeeper, createBackups } from './create-backups.ts';

const HOUR = 3_600_000;
const forever = new AbortController().signal;

let clock: { time: number; now(): number };
let log: ReturnType<typeof createTestLog>;
let kept: BackupInfo[];
let store: BackupStore;
let backups: BackupKeeper;
let pins: number;

beforeEach(() => {
  clock = { time: Date.UTC(2030, 0, 1), now: () => clock.time };
  log = createTestLog();
  kept = [];
  pins = 0;
  store = {
    ...noBackups,
    sweep: async () => {},
    list: async () => [...kept],
    has: async (key) => kept.some((one) => one.key === key),
    async write(key) {
      const info = { key, size: 1, modified: '', storage: 'cellar' };
      kept.push(info);
      return info;
    },
    open: async () => undefined,
    async remove(key) {
      const before = kept.length;
      kept = kept.filter((one) => one.key !== key);
      return kept.length < before;
    },
  };
  const source = {
    snapshot: async () => {},
    readObject: async () => new Blob([]).stream(),
    sizeOf: async () => 0,
  };
  const pin = () => {
    pins++;
    return () => void pins--;
  };
  // The store is looked at anew for each call, so that a test may break it.
  const changing: BackupStore = {
    ...store,
    write: (...args) => store.write(...args),
    receive: (...args) => store.receive(...args),
    remove: (key) => store.remove(key),
  };
  backups = createBackups({ store: changing, files: { pin }, source, clock, log });
});

const noSource: BackupSource = {
  snapshot: async () => {},
  readObject: async () => new Blob([]).stream(),
  sizeOf: async () => 0,
};

const names = () => kept.map(({ key }) => key);

async function takeHourly(times: number, keep: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    clock.time += HOUR;
    await backups.takeScheduled(keep, forever);
  }
}

test('only the newest scheduled backups are kept, and those that somebody asked for stay', async () => {
  await backups.create(superuser, 'before_upgrade.zip');
  await backups.create(superuser);
  await takeHourly(5, 2);
  expect(names()).toEqual([
    'before_upgrade.zip',
    'dossier_backup_20300101000000.zip',
    'dossier_scheduled_20300101040000.zip',
    'dossier_scheduled_20300101050000.zip',
  ]);
});

test('nothing is removed when the new one fails', async () => {
  await takeHourly(3, 3);
  store.write = () => Promise.reject(new AppError('unavailable', { reason: 'storage' }));
  await expect(takeHourly(1, 1)).rejects.toMatchObject({ code: 'unavailable' });
  expect(kept.length).toBe(3);
  expect(pins).toBe(0);
});

test('an old one that cannot be removed is told, and goes the next time', async () => {
  await takeHourly(2, 2);
  const { remove } = store;
  store.remove = () => Promise.reject(new Error('no answer'));
  await takeHourly(1, 2);
  expect(log.events).toContain('warn backup.not_removed');
  store.remove = remove;
  await takeHourly(1, 2);
  expect(kept.length).toBe(2);
});

test('nobody but the schedule takes names of the schedule', async () => {
  const taking = backups.create(superuser, 'dossier_scheduled_20300101000000.zip');
  await expect(taking).rejects.toMatchObject({ issues: [{ path: 'name', code: 'match_invalid' }] });
  await expect(backups.create(guest, 'a.zip')).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a scheduled backup waits for one that is under way, a second by hand is refused', async () => {
  const gate = Promise.withResolvers<void>();
  const { write } = store;
  store.write = async (...args) => {
    await gate.promise;
    return write(...args);
  };
  const first = backups.create(superuser, 'a.zip');
  const scheduled = backups.takeScheduled(1, forever);
  await expect(backups.create(superuser, 'b.zip')).rejects.toMatchObject({ reason: 'backup_running' });
  await expect(backups.delete(superuser, 'a.zip')).rejects.toMatchObject({ reason: 'backup_in_use' });
  gate.resolve();
  await Promise.all([first, scheduled]);
  expect(names()).toEqual(['a.zip', 'dossier_scheduled_20300101000000.zip']);
});

test('an upload that takes its time keeps no backup waiting, but everything else', async () => {
  const gate = Promise.withResolvers<void>();
  store.receive = async (key) => {
    await gate.promise;
    const info = { key, size: 1, modified: '', storage: 'cellar' };
    kept.push(info);
    return info;
  };
  const body = new Blob([]).stream();
  const uploading = backups.upload(superuser, 'slow.zip', body);
  await backups.takeScheduled(1, forever);
  await backups.create(superuser, 'b.zip');
  expect(names()).toEqual(['dossier_scheduled_20300101000000.zip', 'b.zip']);
  for (const work of [
    () => backups.create(superuser, 'slow.zip'),
    () => backups.upload(superuser, 'other.zip', body),
  ])
    await expect(work()).rejects.toMatchObject({ code: 'busy', reason: 'backup_running' });
  await expect(backups.delete(superuser, 'slow.zip')).rejects.toMatchObject({ reason: 'backup_in_use' });
  gate.resolve();
  await uploading;
  expect(names()).toContain('slow.zip');
});

test('the end of the server ends a backup, and none begins after it', async () => {
  let writing = false;
  store.write = (_key, _source, { signal } = {}) => {
    writing = true;
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  };
  const taking = backups.create(superuser, 'a.zip');
  const outcome = taking.catch((error: AppError) => error.reason);
  while (!writing) await Bun.sleep(1);
  await backups.close();
  expect(await outcome).toBe('stopping');
  expect(pins).toBe(0);
  await expect(backups.create(superuser, 'b.zip')).rejects.toMatchObject({ reason: 'stopping' });
});

test('files that make a backup fail are named in the log', async () => {
  const params = { objects: ['posts/r1/a.png (local:k1)'], more: false };
  store.write = () => Promise.reject(new AppError('internal', { reason: 'backup_damaged', params }));
  await expect(backups.create(superuser, 'a.zip')).rejects.toMatchObject({ params });
  expect(log.events).toEqual(['error backup.damaged']);
});

describe('a restore', () => {
  const asked: RestoreRequest[] = [];
  let released: number;
  let unpacked: string[];
  let restoring: BackupKeeper;
  const restorer: Restorer = {
    async unpack(path) {
      unpacked.push(path);
      return { discard: async () => void unpacked.pop() };
    },
    begin: (request) => void asked.push(request),
    last: undefined,
  };

  beforeEach(async () => {
    asked.length = 0;
    released = 0;
    unpacked = [];
    const contents = { created: '', version: '', records: 0, files: 0, bytes: 0 };
    const release = async () => void released++;
    restoring = createBackups({
      store: { ...store, check: async (key) => ({ path: `/${key}`, contents, release }) },
      ...{ files: { pin: () => () => {} }, source: noSource, clock, log },
      restorer,
    });
    await restoring.create(superuser, 'old.zip');
  });

  test('begins once the present state is saved, and nothing else begins after it', async () => {
    await restoring.restore(superuser, 'old.zip');
    const saved = 'dossier_before_restore_20300101000000.zip';
    expect(names()).toEqual(['old.zip', saved]);
    expect(asked).toEqual([{ key: 'old.zip', path: '/old.zip', saved }]);
    expect(unpacked).toEqual(['/old.zip']);
    expect(await restoring.restoration(superuser)).toEqual({
      running: { key: 'old.zip', stage: 'replacing' },
    });
    for (const work of [
      () => restoring.restore(superuser, 'old.zip'),
      () => restoring.create(superuser),
      () => restoring.upload(superuser, 'more.zip', new Blob([]).stream()),
    ])
      await expect(work()).rejects.toMatchObject({ code: 'busy', reason: 'backup_running' });
    await restoring.close();
    expect(asked).toHaveLength(1);
  });

  test('is refused while a backup is taken, and its archive is not deleted under it', async () => {
    const gate = Promise.withResolvers<void>();
    const held = createBackups({
      store: { ...store, check: () => gate.promise.then(() => undefined) },
      ...{ files: { pin: () => () => {} }, source: noSource, clock, log },
      restorer,
    });
    const first = held.restore(superuser, 'old.zip').catch((error: AppError) => error.reason);
    while ((await held.restoration(superuser)).running === undefined) await Bun.sleep(1);
    await expect(held.restore(superuser, 'old.zip')).rejects.toMatchObject({ reason: 'backup_running' });
    await expect(held.create(superuser)).rejects.toMatchObject({ reason: 'backup_running' });
    await expect(held.delete(superuser, 'old.zip')).rejects.toMatchObject({ reason: 'backup_in_use' });
    gate.resolve();
    expect(await first).toBe('backup');
    expect((await held.restoration(superuser)).last).toMatchObject({ key: 'old.zip' });
  });

  test('does not begin when the present state cannot be saved', async () => {
    const failing = createBackups({
      store: {
        ...store,
        write: () => Promise.reject(new AppError('storage_full')),
        check: async (key) => ({
          path: `/${key}`,
          contents: { created: '', version: '', records: 0, files: 0, bytes: 0 },
          release: async () => void released++,
        }),
      },
      ...{ files: { pin: () => () => {} }, source: noSource, clock, log },
      restorer,
    });
    await expect(failing.restore(superuser, 'old.zip')).rejects.toMatchObject({ code: 'storage_full' });
    expect([asked.length, released, unpacked]).toEqual([0, 1, []]);
    await failing.restore(superuser, 'old.zip', { unsaved: true });
    expect(asked).toEqual([{ key: 'old.zip', path: '/old.zip', saved: '' }]);
  });

  test('is looked into before, once for all who ask at the same time', async () => {
    const contents = { created: '', version: '', records: 7, files: 0, bytes: 0 };
    const waiting: ((found: typeof contents) => void)[] = [];
    const inspect = () => new Promise<typeof contents>((resolve) => waiting.push(resolve));
    const parts = { files: { pin: () => () => {} }, source: noSource, clock, log };
    const looking = createBackups({ ...parts, store: { ...store, inspect } });
    await store.write('old.zip', noSource, {});
    const all = [1, 2, 3].map(() => looking.inspect(superuser, 'old.zip'));
    await Bun.sleep(0);
    expect(waiting).toHaveLength(1);
    waiting[0]?.(contents);
    expect(await Promise.all(all)).toEqual([contents, contents, contents]);
    const again = looking.inspect(superuser, 'old.zip');
    await Bun.sleep(0);
    waiting[1]?.(contents);
    expect(await again).toEqual(contents);
  });

  test('is for superusers of a server', async () => {
    await expect(restoring.restore(guest, 'old.zip')).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(restoring.restoration(guest)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(restoring.inspect(guest, 'old.zip')).rejects.toMatchObject({ code: 'unauthorized' });
    const upload = restoring.upload(guest, 'a.zip', new Blob([]).stream());
    await expect(upload).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(backups.restore(superuser, 'old.zip')).rejects.toMatchObject({ reason: 'restore' });
    for (const key of ['none.zip', '../old.zip', 'OLD.zip'])
      await expect(restoring.restore(superuser, key)).rejects.toMatchObject({ code: 'not_found' });
  });
});
