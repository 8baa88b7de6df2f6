import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { fullDisk } from './full-disk.ts';

const missing = await fullDisk.unavailable?.();

test.skipIf(missing !== undefined)(
  `on a full disk reads and deletes go on, and writes once there is room${missing ? ` (${missing})` : ''}`,
  async () => {
    const report = await fullDisk.run({ form: 'short', seconds: 8, seed: testSeed() });
    expect(report.violations).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(0);
  },
  60_000,
);
