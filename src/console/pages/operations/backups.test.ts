import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { noBackups } from '../../../../test/support/core.ts';
import { AppError } from '../../../core/errors.ts';
import type { BackupInfo, BackupStore } from '../../../core/ports/backup-store.ts';

let world: ConsoleWorld;
let kept: BackupInfo[];
let failure: Error | undefined;

const store: BackupStore = {
  ...noBackups,
  sweep: async () => {},
  list: async () => kept,
  has: async (key) => kept.some((one) => one.key === key),
  async write(key) {
    if (failure) throw failure;
    const info = { key, size: 1234, modified: '2030-01-01 10:00:00.000Z', storage: '' };
    kept.push(info);
    return info;
  },
  async open(key) {
    const info = kept.find((one) => one.key === key);
    return info && { info, read: async () => new Blob(['x'.repeat(info.size)]) };
  },
  async remove(key) {
    const before = kept.length;
    kept = kept.filter((one) => one.key !== key);
    return kept.length < before;
  },
};

const PATH = '/_/operations/backups';

beforeEach(async () => {
  kept = [];
  failure = undefined;
  world = await openConsoleWorld({ backupStore: store });
});
afterEach(() => world.close());

test('a backup is taken by a form, listed, and downloaded', async () => {
  expect((await world.get(PATH)).text).toContain('No backups yet');
  const taken = await world.post(PATH, { name: 'before-upgrade.zip' });
  expect([taken.status, taken.headers.get('location')]).toEqual([303, PATH]);
  const { text } = await world.get(PATH);
  expect(text).toContain('1.2 kB');
  expect(text).toContain('dossier backup restore before-upgrade.zip');
  const file = await world.get(`${PATH}/before-upgrade.zip`);
  expect(file.text).toHaveLength(1234);
  expect(file.headers.get('content-disposition')).toBe('attachment; filename=before-upgrade.zip');
  expect((await world.get(`${PATH}/none.zip`)).status).toBe(404);
});

test('a name that is not accepted comes back with its message', async () => {
  for (const [name, message] of [
    ['Not a "name"', 'A name has small letters'],
    ['twice.zip', 'There is a backup of this name already'],
  ] as const) {
    await world.post(PATH, { name: 'twice.zip' });
    const { status, text } = await world.post(PATH, { name });
    expect(status).toBe(422);
    expect(text).toContain(message);
    expect(text).toContain(`value="${Bun.escapeHTML(name)}"`);
  }
});

test('damaged files are named, and nothing is taken', async () => {
  const params = { objects: 'posts/1 <b>.png', more: false };
  failure = new AppError('internal', { reason: 'backup_damaged', params });
  const { status, text } = await world.post(PATH);
  expect(status).toBe(422);
  expect(text).toContain('posts/1 &lt;b&gt;.png');
  expect(text).toContain('No backups yet');
});

test('a backup is deleted once its name is typed', async () => {
  await world.post(PATH, { name: 'old.zip' });
  expect((await world.get(`${PATH}?confirm=delete-old.zip`)).text).toContain(' open>');
  const wrong = await world.post(`${PATH}/old.zip/deletion`, { confirm: 'new.zip' });
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('exactly as it is written');
  expect(kept).toHaveLength(1);
  expect((await world.forge(`${PATH}/old.zip/deletion`, { confirm: 'old.zip' })).status).toBe(403);
  expect((await world.post(`${PATH}/old.zip/deletion`, { confirm: 'old.zip' })).status).toBe(303);
  expect(kept).toHaveLength(0);
  expect((await world.post(`${PATH}/old.zip/deletion`, { confirm: 'old.zip' })).status).toBe(404);
});
