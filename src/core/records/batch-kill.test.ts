import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settledAudit } from '../../../test/support/audit.ts';
import { openBatchLife, ROUNDS, titlesAfter } from '../../../test/support/batch-life.ts';
import { superuser } from '../../../test/support/records.ts';

const program = join(import.meta.dir, '../../../test/support/batch-life.ts');

/** Runs batches in another process that is killed at a point. Returns how many were acknowledged. */
async function liveUntil(dir: string, spec: string): Promise<number> {
  const child = Bun.spawn([process.execPath, program, dir, spec], { stdout: 'pipe', stderr: 'inherit' });
  const said = await child.stdout.text();
  await child.exited;
  expect(child.signalCode).toBe('SIGKILL');
  return said.split('\n').filter((line) => line.startsWith('done ')).length;
}

test.each([
  'attach.before=kill@2',
  'attach.after=kill@3',
  'attach.after=kill@7',
  'database.commit=kill@12',
  'database.committed=kill@12',
  'reply.before=kill@5',
  'release.committed=kill@1',
])(
  'a process killed at %s leaves each batch done wholly or not at all, and no file without its record',
  async (spec) => {
    const dir = await mkdtemp(join(tmpdir(), 'dossier-batch-kill-'));
    try {
      await (await openBatchLife(dir)).close();
      const acknowledged = await liveUntil(dir, spec);
      expect(acknowledged).toBeLessThan(ROUNDS);
      const { core, close } = await openBatchLife(dir);
      const albums = core.collections.get('albums');
      const { items } = await core.records.list(superuser, albums, { page: 1, perPage: 100 });
      const titles = items.map(({ values }) => String(values.title)).sort();
      expect([titlesAfter(acknowledged), titlesAfter(acknowledged + 1)]).toContainEqual(titles);
      expect(await settledAudit(dir)).toEqual([]);
      await close();
    } finally {
      await rm(dir, { recursive: true });
    }
  },
  20_000,
);
