import { expect, test } from 'bun:test';
import { testSeed } from '../support/fault-harness.ts';
import { tusFaults } from './tus.ts';

test('resumable uploads come to their end when connections are cut and the server is killed at every point', async () => {
  const { cycles, acknowledged, violations } = await tusFaults.run({
    form: 'short',
    seconds: 20,
    seed: testSeed(),
  });
  console.log(
    `tus: ${cycles} cycles, ${acknowledged} acknowledged offsets and files, ${violations.length} violations`,
  );
  expect(violations).toEqual([]);
  expect(acknowledged).toBeGreaterThan(cycles);
}, 120_000);
