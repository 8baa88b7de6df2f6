import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from './lock.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dossier-lock-'));
});
afterEach(() => {
  other?.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** The process of a test, which must not outlive it, however it ends. */
let other: Bun.Subprocess | undefined;

/** Another process that locks the folder, says so, and keeps it. */
async function otherProcess() {
  const code = `
    const { lockDirectory } = await import(${JSON.stringify(join(import.meta.dir, 'lock.ts'))});
    // Held: what nothing refers to is collected, and its lock with it.
    globalThis.held = lockDirectory(${JSON.stringify(dir)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = Bun.spawn([process.execPath, '-e', code], { stdout: 'pipe' });
  other = child;
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe('locked\n');
  return child;
}

test('a folder is made when it is missing, and can be locked again after its release', () => {
  const path = join(dir, 'deep', 'data');
  lockDirectory(path).release();
  lockDirectory(path).release();
});

test('a second claim in the same process is refused in one sentence', () => {
  const lock = lockDirectory(dir);
  expect(() => lockDirectory(dir)).toThrow(`The data folder ${dir} is in use by another Dossier process.`);
  lock.release();
});

test('another process is refused while the first lives, and the lock goes with it when it is killed', async () => {
  const child = await otherProcess();
  expect(() => lockDirectory(dir)).toThrow('is in use by another Dossier process.');
  child.kill('SIGKILL');
  await child.exited;
  lockDirectory(dir).release();
});

test('a folder that cannot be made is named', () => {
  const path = join(dir, 'file');
  writeFileSync(path, '');
  expect(() => lockDirectory(join(path, 'data'))).toThrow(`The data folder ${path}/data cannot be written.`);
});
