import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { openFileLife, posts } from '../../../test/support/file-life.ts';
import {
  careFailpoints,
  failpointNames,
  restoreFailpoints,
  resumableFailpoints,
} from '../../lib/failpoints.ts';
import { systemActor } from '../actor.ts';
import { notFound } from '../errors.ts';

const program = join(import.meta.dir, '../../../test/support/file-life.ts');

/** Runs the life of some files in another process that is killed at a point. Returns its last words. */
async function liveUntil(dir: string, spec: string): Promise<string> {
  const child = Bun.spawn([process.execPath, program, dir, spec], { stdout: 'pipe', stderr: 'inherit' });
  const said = await child.stdout.text();
  await child.exited;
  expect(child.signalCode).toBe('SIGKILL');
  return said;
}

/** After recovery: what was acknowledged is there, what was released is gone, and nothing else is stored. */
async function audit(dir: string, said: string): Promise<void> {
  const { db, files, storage, close } = await openFileLife(dir);
  await files.recover();
  await files.eraseNow();
  const words = said
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  const released = new Set(words.filter(([verb]) => verb === 'released').map(([, record]) => record));
  for (const [, record = '', name = ''] of words) {
    // A release that was announced and not committed may have happened or not.
    if (released.has(record)) continue;
    const { file } = await files.find(systemActor, posts, record, name);
    expect((await storage.bytes(file.key)).byteLength).toBe(file.size);
  }
  const known = await db.all<{ key: string }>(
    db.prepare(sql`SELECT key FROM _objects WHERE state = 'live' UNION ALL SELECT key FROM _derivatives`),
  );
  const stored: string[] = [];
  for await (const { key } of storage.list('')) stored.push(key);
  const unknown = stored.filter((key) => !known.some((row) => row.key === key));
  expect(unknown).toEqual([]);
  const live = await db.all<{ key: string }>(db.prepare(sql`SELECT key FROM _objects`));
  for (const { key } of live) if (!stored.includes(key)) throw notFound(key);
  expect(await storage.sweep()).toBe(0);
  const counted = sql`SELECT files, bytes FROM _usage WHERE owner = '*'`;
  const inTruth = sql`SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM _objects WHERE state = 'live'`;
  expect(await db.all(db.prepare(counted))).toEqual(await db.all(db.prepare(inTruth)));
  await close();
}

/** What this life passes: on a folder nothing is sent in parts, and others end the care of storages and resumable uploads. */
const PASSED = failpointNames.filter(
  (name) =>
    !name.startsWith('upload.') &&
    !careFailpoints.has(name) &&
    !resumableFailpoints.has(name) &&
    !restoreFailpoints.has(name),
);

test.each(PASSED)(
  'a process killed at %s loses nothing that was acknowledged and leaks nothing',
  async (name) => {
    const dir = await mkdtemp(join(tmpdir(), 'dossier-kill-'));
    try {
      await (await openFileLife(dir)).close();
      const first = await liveUntil(dir, `${name}=kill`);
      await audit(dir, first);
      if (name.startsWith('recover')) return;
      await audit(dir, first + (await liveUntil(dir, `${name}=kill@2`)));
    } finally {
      await rm(dir, { recursive: true });
    }
  },
  20_000,
);
