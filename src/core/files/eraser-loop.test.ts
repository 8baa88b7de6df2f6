import { expect, test } from 'bun:test';
import { createTestLog } from '../../../test/support/files.ts';
import { createEraserLoop } from './eraser-loop.ts';

test('who wakes it while it looks for the next deletion is not forgotten', async () => {
  const looking = Promise.withResolvers<number | undefined>();
  let rounds = 0;
  const loop = createEraserLoop({
    round: async () => void rounds++,
    nextDue: () => (rounds === 1 ? looking.promise : Promise.resolve(undefined)),
    clock: { now: () => 0 },
    log: createTestLog(),
  });
  loop.wake();
  await Bun.sleep(1);
  expect(rounds).toBe(1);
  loop.wake();
  await Bun.sleep(1);
  looking.resolve(undefined);
  await Bun.sleep(1);
  expect(rounds).toBe(2);
  await loop.close();
});
