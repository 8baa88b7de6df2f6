import { expect, test } from 'bun:test';
import { createTurns } from './turns.ts';

const wide = { items: 100, weight: 1000 };

test('work is done in the order of its coming, one after the other', async () => {
  const done: number[] = [];
  let atWork = 0;
  const turns = createTurns<number>(wide, async (item) => {
    expect(++atWork).toBe(1);
    await Bun.sleep(item % 3);
    done.push(item);
    atWork--;
  });
  for (let item = 0; item < 20; item++) turns.add(item, 1);
  expect(done).toEqual([]);
  await turns.idle();
  expect(done).toEqual(Array.from({ length: 20 }, (_, item) => item));
  turns.add(20, 1);
  await turns.idle();
  expect(done.at(-1)).toBe(20);
});

test('what waits is bounded by number and by weight, but one alone always fits', async () => {
  const done: number[] = [];
  const turns = createTurns<number>({ items: 3, weight: 10 }, async (item) => void done.push(item));
  expect(turns.add(1, 50)).toBe(true);
  expect(turns.add(2, 1)).toBe(false);
  await turns.idle();
  expect([turns.add(3, 1), turns.add(4, 1), turns.add(5, 1), turns.add(6, 1)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  await turns.idle();
  expect([turns.add(7, 6), turns.add(8, 6)]).toEqual([true, false]);
  turns.clear();
  await turns.idle();
  expect(done).toEqual([1, 3, 4, 5]);
  expect(turns.add(9, 10)).toBe(true);
  await turns.idle();
  expect(done.at(-1)).toBe(9);
});

test('long work lets others in', async () => {
  let others = 0;
  const timer = setInterval(() => others++, 1);
  const turns = createTurns<number>(wide, async (_item, breathe) => {
    const until = performance.now() + 50;
    while (performance.now() < until) await breathe();
  });
  turns.add(1, 1);
  await turns.idle();
  clearInterval(timer);
  expect(others).toBeGreaterThan(3);
});
