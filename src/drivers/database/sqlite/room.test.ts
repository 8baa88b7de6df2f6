import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRoom, type Room } from './room.ts';

const MEGABYTE = 1024 * 1024;
let folder: string;
let path: string;
let reports: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dossier-room-'));
  path = join(folder, 'data.db-reserve');
  reports = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function openRoom(size: number, at = path): Promise<Room> {
  const room = createRoom({ path: at, size, report: (event) => reports.push(event) });
  room.start();
  await room.close();
  return room;
}

const held = () => statSync(path, { throwIfNoEntry: false })?.size;

test('a reserve is made, for its owner alone and without what was written to try', async () => {
  await openRoom(3 * MEGABYTE);
  expect(held()).toBe(3 * MEGABYTE);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  // Allocated, not only as long as it says.
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(3 * MEGABYTE);
  expect(reports).toEqual([]);
});

test('it is given up in pieces, the last one only for opening', async () => {
  const room = await openRoom(3 * MEGABYTE);
  expect([room.giveUp('write'), room.giveUp('write'), room.giveUp('write')]).toEqual([true, true, false]);
  expect(held()).toBe(MEGABYTE);
  expect([room.giveUp('opening'), room.giveUp('opening')]).toEqual([true, false]);
  expect(held()).toBe(0);
});

test('the next start makes what is missing', async () => {
  const room = await openRoom(3 * MEGABYTE);
  room.giveUp('write');
  await openRoom(3 * MEGABYTE);
  expect(held()).toBe(3 * MEGABYTE);
});

test('a fault on a disk with room does not count as full, and leaves nothing', async () => {
  const room = await openRoom(MEGABYTE);
  expect(room.suspect()).toBe(false);
  expect(statSync(`${path}.probe`, { throwIfNoEntry: false })).toBeUndefined();
});

test('a reserve that cannot be made for another reason is told, and refuses nothing', async () => {
  const room = await openRoom(MEGABYTE, join(folder, 'missing', 'reserve'));
  expect(reports).toEqual(['database.reserve_failed']);
  expect(room.full).toBe(false);
});

test('a room without a reserve is never full', async () => {
  const room = await openRoom(0);
  expect([room.suspect(), room.giveUp('opening'), held()]).toEqual([false, false, undefined]);
});
