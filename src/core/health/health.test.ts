import { afterEach, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { guest, superuser } from '../../../test/support/records.ts';
import { AppError } from '../errors.ts';
import { createHealth } from './create-health.ts';

const facts = {
  ...{ version: '1.2.3', runtime: 'Bun', platform: 'linux', started: Date.UTC(2029, 11, 31), memory: 100 },
  ...{ databaseSize: 10, requestLogSize: 20, disk: { free: 30, total: 40 }, streams: 1, sockets: 2 },
  ...{ imageWorkers: 3, imagesWaiting: 4 },
};

let world: TestCore | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

test('tells how the server is', async () => {
  world = await openTestCore();
  expect(await world.core.health.report(superuser)).toEqual({
    ...facts,
    uptime: 24 * 3600 * 1000,
    storages: [{ name: 'local', type: 'local', isDefault: true, objects: 0, bytes: 0, ok: true, error: '' }],
    queues: { deletions: 0, abandoned: 0, uploads: 0, mail: 0, log: 0 },
    jobs: [],
  });
});

test('counts uploads that wait', async () => {
  world = await openTestCore();
  const { core } = world;
  await core.collections.create(superuser, {
    ...{ name: 'papers', type: 'base' },
    fields: [{ name: 'file', type: 'file', maxSelect: 1, maxSize: 1000 }],
  });
  const target = { collection: 'papers', field: 'file' };
  await core.uploads.create(superuser, { target, filename: 'a.txt', metadata: '', size: 10 });
  expect((await core.health.report(superuser)).queues).toMatchObject({ uploads: 1 });
});

test('says of a storage that does not answer why', async () => {
  world = await openTestCore();
  const { database, clock, core } = world;
  const health = createHealth({
    ...{ db: database.db, clock, jobs: core.jobs },
    host: { facts: () => Promise.resolve(facts), licences: async () => [] },
    storages: { list: async () => [{ name: 's3', type: 's3', isDefault: true, objects: 1, bytes: 2 }] },
    ports: [{ name: 's3', head: () => Promise.reject(new AppError('unavailable', { reason: 'storage' })) }],
    waiting: () => ({ mail: 5, log: 6 }),
  });
  const { storages, queues } = await health.report(superuser);
  expect(storages).toMatchObject([{ name: 's3', ok: false, error: 'unavailable: storage', objects: 1 }]);
  expect(queues).toMatchObject({ mail: 5, log: 6 });
});

test('answers superusers only', async () => {
  world = await openTestCore();
  const { health } = world.core;
  await expect(health.report(guest)).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(health.licences(guest)).rejects.toMatchObject({ code: 'unauthorized' });
  expect(await health.licences(superuser)).toHaveLength(1);
});
