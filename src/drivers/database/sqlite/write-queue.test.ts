import { expect, test } from 'bun:test';
import { createWriteQueue } from './write-queue.ts';

test('a batch that breaks is refused, and those behind it still get their turn', async () => {
  let broken = true;
  const queue = createWriteQueue({ batchLimit: 1, queueLimit: 10, keeps: () => false }, async (jobs) => {
    if (broken) {
      broken = false;
      throw new Error('broken');
    }
    for (const job of jobs) job.reject('its turn');
  });
  const outcomes = await Promise.allSettled([
    queue.add(async () => {}, false),
    queue.add(async () => {}, true),
  ]);
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && String(outcome.reason))).toEqual([
    'Error: broken',
    'its turn',
  ]);
  await queue.drain();
});
