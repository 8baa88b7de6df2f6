import { expect, test } from 'bun:test';
import { createLanes } from './lanes.ts';

const limits = { items: 5, weight: 1000, atOnce: 2 };

test('a lane keeps its order, and waits for no other', async () => {
  const lanes = createLanes(limits);
  const [slow, quick] = [{}, {}];
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  lanes.add(slow, 1, () => gate.promise.then(() => void done.push('slow 1')));
  lanes.add(slow, 1, async () => void done.push('slow 2'));
  for (const n of [1, 2, 3]) lanes.add(quick, 1, async () => void done.push(`quick ${n}`));
  while (done.length < 3) await Bun.sleep(1);
  expect(done).toEqual(['quick 1', 'quick 2', 'quick 3']);
  gate.resolve();
  await lanes.idle();
  expect(done.slice(3)).toEqual(['slow 1', 'slow 2']);
});

test('only so many work at once', async () => {
  const lanes = createLanes(limits);
  let atWork = 0;
  let most = 0;
  for (let n = 0; n < 10; n++) {
    lanes.add({}, 1, async () => {
      most = Math.max(most, ++atWork);
      await Bun.sleep(1);
      atWork--;
    });
  }
  await lanes.idle();
  expect([most, atWork]).toEqual([2, 0]);
});

test('what waits is bounded in each lane and in all', async () => {
  const lanes = createLanes(limits);
  const gate = Promise.withResolvers<void>();
  const wait = () => gate.promise;
  const one = {};
  const added = Array.from({ length: 6 }, () => lanes.add(one, 1, wait));
  expect(added).toEqual([true, true, true, true, true, false]);
  expect(lanes.add({}, 990, wait)).toBe(true);
  expect(lanes.add({}, 10, wait)).toBe(false);
  gate.resolve();
  await lanes.idle();
  expect(lanes.add({}, 2000, wait)).toBe(true);
  expect(lanes.add({}, 1, wait)).toBe(false);
  await lanes.idle();
});

test('what is thrown away is not done, and leaves room', async () => {
  const lanes = createLanes(limits);
  let done = 0;
  const key = {};
  for (let n = 0; n < 5; n++) lanes.add(key, 200, async () => void done++);
  lanes.clear();
  await lanes.idle();
  expect(done).toBe(0);
  expect(lanes.add(key, 1000, async () => void done++)).toBe(true);
  await lanes.idle();
  expect(done).toBe(1);
});
