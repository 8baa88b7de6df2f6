import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Staging } from '../../../core/ports/staging.ts';
import { createDiskStaging } from './index.ts';

let dir: string;
let staging: Staging;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dossier-staging-'));
  staging = createDiskStaging({ dir: join(dir, 'uploads') });
});
afterEach(() => rm(dir, { recursive: true }));

async function stage(id: string, text: string): Promise<void> {
  const writer = await staging.open(id, 0);
  await writer.write(Buffer.from(text));
  await writer.sync();
  await writer.close();
}

const names = async () => (await readdir(join(dir, 'uploads'))).sort();

test('a second name can be taken over, and another be asked for', async () => {
  await stage('abc', 'hello');
  for (const taken of ['one', 'two']) {
    const path = (await staging.link('abc')) ?? '';
    await rename(path, join(dir, taken));
    await staging.unlink(path);
    expect(await readFile(join(dir, taken), 'utf8')).toBe('hello');
  }
  expect(await names()).toEqual(['abc']);
});

test('a second name that nobody took over is replaced by the next, and goes with the file', async () => {
  await stage('abc', 'hello');
  await stage('abcd', 'another');
  await staging.link('abc');
  await rm(join(dir, 'uploads', 'abc'));
  await stage('abc', 'anew');
  expect(await readFile((await staging.link('abc')) ?? '', 'utf8')).toBe('anew');
  expect(await staging.list()).toEqual(new Set(['abc', 'abcd']));
  await staging.remove('abc');
  expect(await names()).toEqual(['abcd']);
});

test('a second name without its file is listed, and removed by its id', async () => {
  await stage('abc', 'hello');
  await staging.link('abc');
  await rm(join(dir, 'uploads', 'abc'));
  expect(await staging.list()).toEqual(new Set(['abc']));
  await staging.remove('abc');
  expect(await names()).toEqual([]);
});

test('a file that is shorter than it should be is missing, one that is longer is cut', async () => {
  await stage('abc', 'hello');
  await expect(staging.open('abc', 6)).rejects.toMatchObject({ code: 'not_found', reason: 'staged' });
  await expect(staging.open('nothing', 1)).rejects.toMatchObject({ code: 'not_found', reason: 'staged' });
  await (await staging.open('abc', 4)).close();
  expect(await staging.size('abc')).toBe(4);
});

test('a folder whose parents are missing, too, has the room of its volume, and is made with the first file', async () => {
  staging = createDiskStaging({ dir: join(dir, 'some', 'where', 'uploads') });
  const { free, total } = await staging.room();
  expect(free).toBeGreaterThan(0);
  expect(total).toBeGreaterThanOrEqual(free);
  await stage('abc', 'hello');
  expect(await staging.size('abc')).toBe(5);
});

test('memory of whole chunks is given back once they are written; what is a part of more is left alone', async () => {
  const whole = new Uint8Array(1_000_000).fill(1);
  const small = new Uint8Array(20_000).fill(2);
  const shared = new Uint8Array(60_000).fill(3);
  const writer = await staging.open('abc', 0);
  for (const chunk of [whole, small, small.slice(), shared.subarray(0, 30_000), shared.subarray(30_000)])
    await writer.write(chunk);
  expect(await writer.sync()).toBe(1_100_000);
  await writer.close();
  expect([whole.byteLength, small.byteLength, shared.byteLength]).toEqual([0, 0, 60_000]);
  const bytes = await readFile(join(dir, 'uploads', 'abc'));
  const counts = [1, 2, 3].map((value) => bytes.reduce((sum, byte) => sum + (byte === value ? 1 : 0), 0));
  expect(counts).toEqual([1_000_000, 40_000, 60_000]);
});
