import { expect, test } from 'bun:test';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keysIn, openStoragesWorld, saidBy } from '../../../test/support/storages.ts';
import { contentOf, STRANGERS, settleIn, takeCare } from '../../../test/support/storages-life.ts';
import { careFailpoints } from '../../lib/failpoints.ts';
import { systemActor } from '../actor.ts';
import { QUARANTINE } from './reserved.ts';

const program = join(import.meta.dir, '../../../test/support/storages-life.ts');

/** Runs the care of a folder in another process that is killed at a point. */
async function dieAt(dir: string, spec: string): Promise<void> {
  const child = Bun.spawn([process.execPath, program, dir, spec], { stdout: 'inherit', stderr: 'inherit' });
  await child.exited;
  expect(child.signalCode).toBe('SIGKILL');
}

/** Copies a folder. The last reader of its database may close beside this, and take the log of writes away. */
async function copyFolder(from: string, to: string, tries = 5): Promise<void> {
  try {
    await cp(from, to, { recursive: true });
  } catch (error) {
    if (tries === 0 || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await rm(to, { recursive: true, force: true });
    await copyFolder(from, to, tries - 1);
  }
}

/** After a death, before anything was repaired: every file is read; then the work goes on to its end. */
async function audit(dir: string, names: ReadonlyMap<string, string>): Promise<void> {
  const world = await openStoragesWorld(dir);
  const verify = () => saidBy(world.storages.verify(systemActor, { content: true }));
  try {
    await world.files.recover();
    for (const [record, name] of names) {
      expect(await world.textOf(await world.find(record, { name }))).toBe(contentOf(record));
    }
    const wrong = (await verify()).of('finding').filter(({ problem }) => problem !== 'unknown');
    expect(wrong).toEqual([]);

    await takeCare(world);
    world.ahead = 120_000;
    await world.files.eraseNow();
    expect((await verify()).of('finding')).toEqual([]);
    expect(await keysIn(world.one)).toEqual(STRANGERS.map((key) => QUARANTINE + key));
    expect(await keysIn(world.two)).toHaveLength(names.size);
    for (const key of STRANGERS) {
      expect(new TextDecoder().decode(await world.one.bytes(QUARANTINE + key))).toBe(`I am ${key}`);
    }
    expect(await world.rows('SELECT key FROM _quarantine ORDER BY key')).toEqual(
      STRANGERS.map((key) => ({ key })),
    );
    for (const [record, name] of names) {
      expect(await world.textOf(await world.find(record, { name }))).toBe(contentOf(record));
    }
    expect(await world.rows('SELECT * FROM _file_deletions')).toEqual([]);
    expect(await world.one.sweep()).toBe(0);
    expect(await world.two.sweep()).toBe(0);
  } finally {
    await world.close();
  }
}

const POINTS = [
  ...[...careFailpoints].flatMap((name) => [`${name}=kill`, `${name}=kill@2`]),
  ...['write.mid', 'write.renamed', 'write.dirsynced', 'erase.removed'].map((name) => `${name}=kill@3`),
  ...[1, 4, 9, 14].map((hit) => `database.commit=kill@${hit}`),
  ...[2, 7, 12].map((hit) => `database.committed=kill@${hit}`),
];

test('a process killed anywhere in the care of storages loses nothing, and the work goes on', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dossier-care-kill-'));
  try {
    const first = await openStoragesWorld(join(dir, 'first'));
    const names = await settleIn(first);
    await first.close();
    for (const spec of POINTS) {
      const copy = join(dir, spec);
      await copyFolder(join(dir, 'first'), copy);
      await dieAt(copy, spec);
      await audit(copy, names);
    }
  } finally {
    await rm(dir, { recursive: true });
  }
}, 60_000);
