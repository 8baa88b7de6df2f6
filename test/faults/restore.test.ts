import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { killRestore } from './restore.ts';

test('a server that is killed while it restores has the old state or the new one, whole', async () => {
  const { cycles, acknowledged, violations } = await killRestore.run({
    form: 'short',
    seconds: 20,
    seed: testSeed(),
  });
  console.log(`restore: ${cycles} cycles, ${acknowledged} files compared, ${violations.length} violations`);
  expect(violations).toEqual([]);
  expect(cycles).toBe(4);
}, 120_000);
