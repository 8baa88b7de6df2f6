import { expect, test } from 'bun:test';
import { HEARTBEAT, inParallel } from './parallel.ts';

async function* numbers(count: number) {
  for (let index = 0; index < count; index++) yield index;
}

const { signal } = new AbortController();

test('every item is worked on once, no more at a time than the limit', async () => {
  let running = 0;
  let most = 0;
  const results: number[] = [];
  const work = async (item: number) => {
    most = Math.max(most, ++running);
    await Bun.sleep(item % 3);
    running--;
    return item;
  };
  for await (const result of inParallel(numbers(20), { limit: 3, work, signal })) {
    if (result !== HEARTBEAT) results.push(result);
  }
  expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(most).toBe(3);
});

test('left while works run it ends them, and waits until they are over', async () => {
  let over = 0;
  const work = (item: number, ending: AbortSignal) =>
    new Promise<number>((resolve, reject) => {
      if (item === 0) resolve(0);
      ending.addEventListener('abort', () =>
        setTimeout(() => {
          over++;
          reject(ending.reason);
        }, 5),
      );
    });
  for await (const _ of inParallel(numbers(9), { limit: 3, work, signal })) break;
  expect(over).toBe(3);
});

test('there are heartbeats while a work takes long', async () => {
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  const work = async (item: number) => {
    await enough;
    return item;
  };
  for await (const result of inParallel(numbers(1), { limit: 2, work, every: 1, signal })) {
    seen.push(result);
    if (seen.length === 3) resolve();
  }
  expect(seen.slice(0, 3)).toEqual([HEARTBEAT, HEARTBEAT, HEARTBEAT]);
  expect(seen.at(-1)).toBe(0);
});

test('a work that fails ends all with its error', async () => {
  const failure = new Error('one failed');
  const ended: number[] = [];
  const work = async (item: number, ending: AbortSignal) => {
    if (item === 2) throw failure;
    await new Promise((resolve) => ending.addEventListener('abort', resolve));
    ended.push(item);
    return item;
  };
  await expect(Array.fromAsync(inParallel(numbers(9), { limit: 3, work, signal }))).rejects.toBe(failure);
  expect(ended).toEqual([0, 1]);
});

test('the signal ends all with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('the core stops');
  const work = (_: number, ending: AbortSignal) =>
    new Promise<number>((_resolve, reject) => ending.addEventListener('abort', () => reject(ending.reason)));
  const all = Array.fromAsync(inParallel(numbers(9), { limit: 3, work, signal: controller.signal }));
  setTimeout(() => controller.abort(reason), 5);
  await expect(all).rejects.toBe(reason);
});
