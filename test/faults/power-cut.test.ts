import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { powerCut } from './power-cut.ts';

const missing = await powerCut.unavailable?.();
const reason = missing === undefined ? '' : ` (${missing})`;

test.skipIf(missing !== undefined)(
  `a power cut loses nothing that was acknowledged and leaks nothing${reason}`,
  async () => {
    const report = await powerCut.run({ form: 'short', seconds: 5, seed: testSeed() });
    expect(report.violations).toEqual([]);
    expect(report.cycles).toBe(2);
    expect(report.acknowledged).toBeGreaterThan(0);
  },
  60_000,
);
