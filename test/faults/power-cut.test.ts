import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { createPowerCut, powerCut } from './power-cut.ts';

const missing = await powerCut.unavailable?.();
const reason = missing === undefined ? '' : ` (${missing})`;

test.skipIf(missing !== undefined)(
  `a power cut loses nothing that was acknowledged and leaks nothing${reason}`,
  async () => {
    const report = await powerCut.run({ form: 'short', seconds: 4, seed: testSeed() });
    expect(report.violations).toEqual([]);
    expect(report.cycles).toBeGreaterThan(0);
    expect(report.acknowledged).toBeGreaterThan(0);
  },
  60_000,
);

test.skipIf(missing !== undefined)(
  `a power cut finds out a database that does not sync its commits${reason}`,
  async () => {
    const careless = createPowerCut({ DOSSIER_DATABASE_SYNCHRONOUS: 'normal' });
    const report = await careless.run({ form: 'short', seconds: 20, seed: testSeed() });
    expect(report.violations).not.toEqual([]);
  },
  60_000,
);
