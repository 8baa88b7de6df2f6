import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { createDiskStaging } from '../../drivers/staging/disk/index.ts';
import { type Actor, internalRequest, systemActor } from '../actor.ts';
import type { QuotaLimits } from '../files/quota.ts';
import type { UploadBounds } from './bounds.ts';

const MB = 1024 * 1024;
const guest: Actor = { kind: 'guest', request: internalRequest };
const full = { code: 'storage_full', reason: 'staging' };

let dir: string;
let world: TestCore;
/** Bytes that are free on the volume, beside the 5 of 100 MB that are kept. */
let free: number;

async function open(bounds: Partial<UploadBounds> = {}, quotas?: QuotaLimits): Promise<void> {
  const disk = createDiskStaging({ dir });
  const room = async () => ({ free: free + 5 * MB, total: 100 * MB });
  world = await openTestCore({ staging: { ...disk, room }, uploadLimits: { bounds }, quotas });
  await world.core.collections.create(systemActor, {
    ...{ name: 'films', type: 'base', createRule: '' },
    fields: [{ name: 'video', type: 'file', maxSize: Number.MAX_SAFE_INTEGER }],
  });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dossier-bounds-'));
  free = 20 * MB;
});
afterEach(async () => {
  await world.close();
  await rm(dir, { recursive: true });
});

const begin = (actor: Actor, size: number | undefined) =>
  world.core.uploads.create(actor, {
    target: { collection: 'films', field: 'video' },
    ...{ filename: 'a', metadata: '', size },
  });

async function* megabytes(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) {
    free -= MB;
    yield new Uint8Array(MB);
  }
}

test('uploads that begin at the same time share the number that may be open', async () => {
  await open({ maxOpen: 3 });
  const begun = await Promise.allSettled(Array.from({ length: 10 }, () => begin(guest, 1)));
  expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  await expect(begin(systemActor, 1)).resolves.toMatchObject({ offset: 0 });
});

test('guests of many addresses share a number, which leaves others alone', async () => {
  await open({ maxOpen: 2, maxGuests: 5 });
  const guestAt = (host: number): Actor => ({
    kind: 'guest',
    request: { ...internalRequest, address: `192.0.2.${host}` },
  });
  const begun = await Promise.allSettled(Array.from({ length: 10 }, (_, at) => begin(guestAt(at + 1), 1)));
  expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  const refused = { code: 'busy', reason: 'too_many_uploads' };
  await expect(begin(guestAt(99), 1)).rejects.toMatchObject(refused);
  await expect(begin(systemActor, 1)).resolves.toMatchObject({ offset: 0 });
});

test('uploads that begin at the same time share the room', async () => {
  await open();
  const begun = await Promise.allSettled(Array.from({ length: 10 }, () => begin(systemActor, 6 * MB)));
  expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  for (const each of begun) if (each.status === 'rejected') expect(each.reason).toMatchObject(full);
});

test('what one caller has open is bounded by the quota, with some leave for what was given up', async () => {
  await open({ smallRoom: 0 }, { total: MB, perOwner: undefined });
  const exceeded = { code: 'storage_full', reason: 'quota_exceeded' };
  const begun = await Promise.allSettled(Array.from({ length: 10 }, () => begin(guest, MB)));
  expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  for (const each of begun) if (each.status === 'rejected') expect(each.reason).toMatchObject(exceeded);
  const { id } = await begin(systemActor, undefined);
  const more = (offset: number) =>
    world.core.uploads.append(systemActor, id, { offset, length: undefined, source: megabytes(4) });
  await more(0);
  await expect(more(4 * MB)).rejects.toMatchObject(exceeded);
});

test('a size that is told later needs room as one that is told at the beginning', async () => {
  await open();
  const { id } = await begin(systemActor, undefined);
  await expect(world.core.uploads.declareSize(systemActor, id, 21 * MB)).rejects.toMatchObject(full);
  expect(await world.core.uploads.declareSize(systemActor, id, 20 * MB)).toMatchObject({ size: 20 * MB });
  await expect(begin(systemActor, 1)).rejects.toMatchObject(full);
});

test('the share of guests holds for sizes that are told later, too', async () => {
  free = 100 * MB;
  await open();
  const { id } = await begin(guest, undefined);
  await expect(world.core.uploads.declareSize(guest, id, 26 * MB)).rejects.toMatchObject(full);
  await begin(guest, 15 * MB);
  await expect(world.core.uploads.declareSize(guest, id, 11 * MB)).rejects.toMatchObject(full);
  await expect(world.core.uploads.declareSize(guest, id, 10 * MB)).resolves.toMatchObject({ size: 10 * MB });
});

test('an upload that never tells its size ends where the room does, and what came is kept', async () => {
  await open();
  const { id } = await begin(systemActor, undefined);
  const endless = { offset: 0, length: undefined, source: megabytes(1000) };
  await expect(world.core.uploads.append(systemActor, id, endless)).rejects.toMatchObject(full);
  const { offset } = await world.core.uploads.find(systemActor, id);
  expect(offset).toBeGreaterThan(10 * MB);
  expect(free).toBeGreaterThan(-10 * MB);
  const more = { offset, length: 1, source: megabytes(1) };
  await expect(world.core.uploads.append(systemActor, id, more)).rejects.toMatchObject(full);
});
