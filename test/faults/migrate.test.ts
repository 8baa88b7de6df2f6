import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { SERVICES } from '../support/stand-ins.ts';
import { killMigration } from './migrate.ts';

for (const driver of SERVICES) {
  test(`killed while files move between the folder and ${driver}, a server loses and leaves nothing`, async () => {
    const { cycles, acknowledged, violations } = await killMigration(driver).run({
      ...{ form: 'short', seconds: 10, seed: testSeed() },
    });
    console.log(`moving, ${driver}: ${cycles} cycles, ${acknowledged} acknowledged`);
    expect(violations).toEqual([]);
    expect(acknowledged).toBeGreaterThan(0);
  }, 60_000);
}
