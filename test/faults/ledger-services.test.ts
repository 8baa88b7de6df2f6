import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { SERVICES } from '../support/stand-ins.ts';
import { killLedger } from './kill.ts';

for (const driver of SERVICES) {
  test(`killed where uploads in parts and erasures are under way, a server on ${driver} loses and leaves nothing`, async () => {
    const { cycles, acknowledged, violations } = await killLedger(driver).run({
      ...{ form: 'short', seconds: 10, seed: testSeed() },
    });
    console.log(`ledger, ${driver}: ${cycles} cycles, ${acknowledged} acknowledged`);
    expect(violations).toEqual([]);
    expect(acknowledged).toBeGreaterThan(0);
  }, 120_000);
}
