import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { injection } from './injection.ts';

const missing = await injection.unavailable?.();

test.skipIf(missing !== undefined)(
  `a system call that fails is answered with an error or made up for${missing ? ` (${missing})` : ''}`,
  async () => {
    const report = await injection.run({ form: 'short', seconds: 5, seed: testSeed() });
    expect(report.violations).toEqual([]);
    expect(report.cycles).toBeGreaterThan(0);
    expect(report.acknowledged).toBeGreaterThan(0);
  },
  60_000,
);
