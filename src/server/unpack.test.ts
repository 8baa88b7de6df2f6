import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSuperuser, removeFolder, runCommand, temporaryFolder } from '../../test/support/server.ts';
import { loadConfig } from './config.ts';
import { unpackBeside } from './unpack.ts';

let dir: string;
let archive: string;
const forever = new AbortController().signal;

beforeEach(async () => {
  dir = join(temporaryFolder(), 'data');
  await makeSuperuser(dir);
  await runCommand(['backup', 'create', 'one.zip', '--dir', dir]);
  archive = join(dir, 'backups', 'one.zip');
}, 20_000);
afterEach(() => removeFolder(join(dir, '..')));

const config = () => loadConfig({ environment: {}, flags: { dir } }).config;
const left = () => readdirSync(dir).filter((name) => name.includes('restore'));

test('a backup lies unpacked beside what is there until it is discarded', async () => {
  const before = readFileSync(join(dir, 'data.db'));
  const unpacked = await unpackBeside(config(), archive, forever);
  expect(existsSync(join(dir, '.restore', 'new', 'data.db'))).toBe(true);
  expect(Buffer.compare(readFileSync(join(dir, 'data.db')), before)).toBe(0);
  await unpacked.discard();
  expect(left()).toEqual([]);
}, 20_000);

test('one that is not whole is told, and nothing of it stays', async () => {
  writeFileSync(archive, 'a story');
  await expect(unpackBeside(config(), archive, forever)).rejects.toMatchObject({
    ...{ code: 'invalid', reason: 'backup_unusable' },
    params: { why: expect.stringContaining('not a zip archive') },
  });
  expect(left()).toEqual([]);
}, 20_000);

test('the end of the server ends it, and nothing of it stays', async () => {
  const ending = new AbortController();
  const unpacking = unpackBeside(config(), archive, ending.signal);
  ending.abort(new Error('stopping'));
  await expect(unpacking).rejects.toThrow('stopping');
  expect(left()).toEqual([]);
}, 20_000);
