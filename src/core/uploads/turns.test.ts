import { expect, test } from 'bun:test';
import { createTurns } from './turns.ts';

/** Work that says how many were at it at the same time. */
function createWork() {
  const seen = { now: 0, most: 0, done: 0 };
  const work = async () => {
    seen.most = Math.max(seen.most, ++seen.now);
    await Bun.sleep(1);
    seen.now--;
    seen.done++;
  };
  return { seen, work };
}

test('those who ask in the same moment are at it one after the other', async () => {
  const turns = createTurns();
  const { seen, work } = createWork();
  await Promise.all(Array.from({ length: 5 }, () => turns.take(['a'], work)));
  expect(seen).toEqual({ now: 0, most: 1, done: 5 });
  expect(turns.isTaken('a')).toBe(false);
});

test('those who waited for the same turn do not begin together', async () => {
  const turns = createTurns();
  const { seen, work } = createWork();
  const first = turns.take(['a', 'b'], () => Bun.sleep(5));
  await Bun.sleep(1);
  const waiting = [['a'], ['b', 'a'], ['a', 'c'], ['a']].map((ids) => turns.take(ids, work));
  await Promise.all([first, ...waiting]);
  expect(seen).toEqual({ now: 0, most: 1, done: 4 });
});

test('who sends is told to come to an end; who does not in time keeps the place', async () => {
  const turns = createTurns(20);
  const { promise: end, resolve } = Promise.withResolvers<void>();
  let told: unknown;
  const stubborn = turns.take(['a'], async (signal) => {
    signal.addEventListener('abort', () => {
      told = signal.reason;
    });
    await end;
  });
  const waiting = await Promise.allSettled([1, 2].map(() => turns.take(['a'], async () => {})));
  expect(waiting).toMatchObject([1, 2].map(() => ({ reason: { reason: 'upload_locked' } })));
  expect(told).toMatchObject({ code: 'busy', reason: 'interrupted' });
  expect(turns.isTaken('a')).toBe(true);
  resolve();
  await stubborn;
  await expect(turns.take(['a'], async () => 'mine')).resolves.toBe('mine');
});
