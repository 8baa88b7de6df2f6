import { expect, test } from 'bun:test';
import { type Pace, watchPace } from './pace.ts';

const pace: Pace = { stall: 200, grace: 300, rate: 1000 };

/** Feeds a watch `bytes` every `every` ms for `total` ms; tells whether it was found too slow. */
async function feed(bytes: number, every: number, total: number): Promise<boolean> {
  let isSlow = false;
  const watch = watchPace(() => {
    isSlow = true;
  }, pace);
  for (const end = performance.now() + total; performance.now() < end && !isSlow; ) {
    watch.waiting();
    await Bun.sleep(every);
    watch.received(bytes);
  }
  watch.stop();
  return isSlow;
}

test.each([
  ['nothing at all', 0, 1000, true],
  ['a byte now and then', 1, 40, true],
  ['a body at twice the least rate, for as long as it takes', 80, 40, false],
])('%s', async (_name, bytes, every, slow) => {
  expect(await feed(bytes, every, 900)).toBe(slow);
});

test('time that nobody waits for the client does not count', async () => {
  let isSlow = false;
  const watch = watchPace(() => {
    isSlow = true;
  }, pace);
  watch.waiting();
  watch.received(10);
  await Bun.sleep(500);
  watch.waiting();
  await Bun.sleep(20);
  watch.received(1);
  watch.stop();
  expect(isSlow).toBe(false);
});

test('a watch that was stopped stays silent', async () => {
  let calls = 0;
  const watch = watchPace(() => calls++, { stall: 20, grace: 20, rate: 1 });
  watch.waiting();
  watch.stop();
  await Bun.sleep(100);
  expect(calls).toBe(0);
});
