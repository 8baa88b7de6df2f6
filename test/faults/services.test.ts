import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { SERVICES } from '../support/stand-ins.ts';
import { serviceFaults } from './service-faults.ts';

for (const driver of SERVICES) {
  test(`whatever goes wrong between the ${driver} driver and its service, nothing is lost, left or wrong`, async () => {
    const { cycles, acknowledged, violations } = await serviceFaults(driver).run({
      ...{ form: 'short', seconds: 10, seed: testSeed() },
    });
    console.log(`service faults, ${driver}: ${cycles} cycles, ${acknowledged} acknowledged`);
    expect(violations).toEqual([]);
    expect(cycles).toBeGreaterThan(20);
  }, 60_000);
}
