import { expect, test } from 'bun:test';
import { createIds } from './id.ts';

const NOON = Date.UTC(2026, 5, 1, 12);

test('record ids are 15 lower-case letters and digits', () => {
  const ids = createIds({ now: Date.now });
  for (let i = 0; i < 1000; i++) expect(ids.recordId()).toMatch(/^[a-z0-9]{15}$/);
});

test('record ids of one millisecond rise and never repeat', () => {
  const ids = createIds({ now: () => NOON });
  let last = '';
  for (let i = 0; i < 50_000; i++) {
    const id = ids.recordId();
    expect(id > last).toBe(true);
    last = id;
  }
});

test('record ids rise when the clock goes back', () => {
  let now = NOON;
  const ids = createIds({ now: () => now });
  const before = ids.recordId();
  now -= 60_000;
  expect(ids.recordId() > before).toBe(true);
});

test('record ids sort by time from now until after 2100', () => {
  const made: string[] = [];
  for (let year = 2024; year <= 2112; year++) {
    const id = createIds({ now: () => Date.UTC(year, 6, 1) }).recordId();
    expect(id).toHaveLength(15);
    made.push(id);
  }
  expect(made.toSorted()).toEqual(made);
});

test('two makers with the same clock make different ids', () => {
  const clock = { now: () => NOON };
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) seen.add(createIds(clock).recordId());
  expect(seen.size).toBe(200);
});

test('a used-up millisecond borrows the next one', () => {
  const ids = createIds({ now: () => NOON, randomBytes: (target) => target.fill(255) });
  const first = ids.recordId();
  const second = ids.recordId();
  expect(second > first).toBe(true);
  expect(second.slice(0, 8) > first.slice(0, 8)).toBe(true);
});

test('uuids have version 7, the right variant, the time, and rise', () => {
  const ids = createIds({ now: () => NOON });
  let last = '';
  for (let i = 0; i < 10_000; i++) {
    const id = ids.uuid();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id > last).toBe(true);
    last = id;
  }
  expect(
    Number.parseInt(
      createIds({ now: () => NOON })
        .uuid()
        .replaceAll('-', '')
        .slice(0, 12),
      16,
    ),
  ).toBe(NOON);
});

test('object ids have more than 128 bits', () => {
  const ids = createIds({ now: Date.now });
  const id = ids.objectId();
  expect(id).toMatch(/^[a-z0-9]+$/);
  expect(id.length * Math.log2(36)).toBeGreaterThan(128);
  expect(ids.objectId()).not.toBe(id);
});

test('random text skips the bytes that would favour some characters', () => {
  let next = 250;
  const ids = createIds({
    now: Date.now,
    randomBytes: (target) => {
      for (let i = 0; i < target.length; i++) target[i] = next++ % 256;
    },
  });
  // 250 and 251 are below 252 = 7 × 36; 252..255 must be skipped; then 0, 1.
  expect(ids.random(4, 'abcdefghijklmnopqrstuvwxyz0123456789')).toBe('89ab');
});

test('random text uses the whole alphabet about evenly', () => {
  const ids = createIds({ now: Date.now });
  const counts = new Map<string, number>();
  for (const char of ids.random(60_000, 'xyz')) counts.set(char, (counts.get(char) ?? 0) + 1);
  for (const char of 'xyz') expect(Math.abs((counts.get(char) ?? 0) - 20_000)).toBeLessThan(1000);
});

test('an empty alphabet is refused', () => {
  expect(() => createIds({ now: Date.now }).random(1, '')).toThrow(RangeError);
});
