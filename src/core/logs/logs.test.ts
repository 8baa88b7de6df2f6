import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { openTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { createTestLog } from '../../../test/support/files.ts';
import { guest, superuser } from '../../../test/support/records.ts';
import { openRequestLog } from '../../drivers/request-log/sqlite/index.ts';
import type { LogEntry, LogFilter, RequestEntry, RequestLog, StoredEntry } from '../ports/request-log.ts';
import { createLogs, type LogLimits, type OpenLogs } from './create-logs.ts';
import { matchesFilter } from './matches.ts';
import { createRing } from './ring.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const MINUTE = 60_000;

let database: TestDatabase;
let store: RequestLog;
let clock: { time: number; now(): number };
let limits: LogLimits;
let logs: OpenLogs;
let log: ReturnType<typeof createTestLog>;

beforeEach(async () => {
  clock = { time: NOON, now: () => clock.time };
  limits = { keep: 60 * MINUTE, maxSize: 100_000_000 };
  database = await openTestDatabase({ now: clock.now });
  store = await openRequestLog(database.db);
  log = createTestLog();
  logs = createLogs({ store, clock, log, limits: () => limits });
});

afterEach(async () => {
  await logs.close();
  await database.close();
});

function request(facts: Partial<RequestEntry> = {}): RequestEntry {
  return {
    ...{ kind: 'request', time: clock.time, request: 'r-1', method: 'GET', path: '/api/health', status: 200 },
    ...{ ms: 1.5, bytes: 12, address: '192.0.2.1', account: '', dialect: 'pocketbase', agent: 'curl/8' },
    ...facts,
  };
}

const note = (facts: Partial<RequestEntry> = {}) => {
  const entry = request(facts);
  if (logs.admits(entry.status)) logs.request(entry.status, () => entry);
};

const failure = (facts: Partial<LogEntry & { kind: 'event' }> = {}): LogEntry & { kind: 'event' } => ({
  ...{
    kind: 'event',
    time: clock.time,
    request: 'r-1',
    level: 'error',
    event: 'request.failed',
    facts: '{}',
  },
  ...facts,
});

const paths = (items: readonly StoredEntry[]) =>
  items.map((item) => (item.kind === 'request' ? item.path : item.event));

describe('the request log', () => {
  test('gives requests and events back as they were, newest first', async () => {
    note({ path: '/one', bytes: undefined });
    clock.time += 5;
    logs.event(failure());
    clock.time += 5;
    note({ path: '/two', account: 'users/abc', request: 'r-2' });
    await logs.flush();
    const { items, next } = await logs.list(superuser, {});
    expect(paths(items)).toEqual(['/two', 'request.failed', '/one']);
    expect(next).toBeUndefined();
    expect(items[0]).toEqual({
      ...request({ path: '/two', account: 'users/abc', request: 'r-2' }),
      id: items[0]?.id ?? 0,
    });
    expect(items[1]).toEqual({ ...failure({ time: NOON + 5 }), id: items[1]?.id ?? 0 });
    expect(items[2]).toMatchObject({ bytes: undefined, time: NOON });
  });

  test('is read in pages', async () => {
    for (let index = 0; index < 5; index++) note({ path: `/${index}` });
    await logs.flush();
    const first = await logs.list(superuser, {}, { limit: 2 });
    const second = await logs.list(superuser, {}, { limit: 2, before: first.next });
    const third = await logs.list(superuser, {}, { limit: 2, before: second.next });
    expect([first, second, third].map(({ items }) => paths(items))).toEqual([
      ['/4', '/3'],
      ['/2', '/1'],
      ['/0'],
    ]);
    expect(third.next).toBeUndefined();
  });

  test('tells of one entry what else happened in its request', async () => {
    note({ status: 500 });
    logs.event(failure());
    note({ request: 'r-2' });
    await logs.flush();
    const { items } = await logs.list(superuser, { statusClass: 5 });
    const { entry, related } = await logs.get(superuser, items[0]?.id ?? 0);
    expect(entry).toMatchObject({ status: 500 });
    expect(paths(related)).toEqual(['request.failed']);
    await expect(logs.get(superuser, 1)).rejects.toMatchObject({ code: 'not_found', reason: 'log_entry' });
  });

  test('counts requests, failures and slowness of each stretch of time, also of empty ones', async () => {
    for (let index = 1; index <= 100; index++) note({ ms: index, status: index > 97 ? 503 : 200 });
    clock.time += 2 * MINUTE;
    note({ ms: 7 });
    logs.event(failure());
    await logs.flush();
    const range = { from: NOON, to: NOON + 3 * MINUTE };
    expect(await logs.buckets(superuser, range, MINUTE)).toEqual([
      { time: NOON, count: 100, errors: 3, p95: 95 },
      { time: NOON + MINUTE, count: 0, errors: 0, p95: 0 },
      { time: NOON + 2 * MINUTE, count: 1, errors: 0, p95: 7 },
    ]);
    const failed = await logs.buckets(superuser, { ...range, statusClass: 5 }, MINUTE);
    expect(failed.map(({ count }) => count)).toEqual([3, 0, 0]);
    await expect(logs.buckets(superuser, { from: 0, to: NOON }, MINUTE)).rejects.toMatchObject({
      reason: 'bad_range',
    });
  });

  test('forgets what is too old, and what is too much', async () => {
    for (let index = 0; index < 2500; index++) {
      note({ path: '/old' });
      if (index % 400 === 0) await logs.flush();
    }
    clock.time += 61 * MINUTE;
    note({ path: '/new' });
    await logs.flush();
    await logs.flush();
    await logs.flush();
    expect(paths((await logs.list(superuser, {})).items)).toEqual(['/new']);
    limits = { ...limits, maxSize: 1 };
    await logs.flush();
    expect((await logs.list(superuser, {})).items).toEqual([]);
  });

  test('leaves requests out under load, but no failures, and says how many', async () => {
    for (let index = 0; index < 2100; index++) note({ path: `/${index}` });
    note({ path: '/broken', status: 500 });
    expect(logs.waiting).toBe(2001);
    expect(logs.admits(200)).toBe(false);
    await logs.flush();
    const { items } = await logs.list(superuser, { kind: 'event' });
    expect(items).toMatchObject([{ event: 'logs.dropped', facts: '{"count":101}' }]);
    expect((await logs.list(superuser, { path: '/broken' })).items).toHaveLength(1);
    expect((await logs.list(superuser, { path: '/2099' })).items).toEqual([]);
    expect(logs.admits(200)).toBe(true);
  });

  test('goes on when its store fails, and says so once', async () => {
    const { append } = store;
    store.append = () => Promise.reject(new Error('disk'));
    for (let index = 0; index < 3; index++) {
      note();
      await logs.flush();
    }
    store.append = append;
    clock.time += MINUTE;
    note({ path: '/again' });
    await logs.flush();
    expect(log.events).toEqual(['warn logs.not_stored']);
    const { items } = await logs.list(superuser, {});
    expect(items).toMatchObject([{ event: 'logs.dropped', facts: '{"count":3}' }, { path: '/again' }]);
  });

  test('stores by itself, soon', async () => {
    note();
    const stop = Date.now() + 5000;
    const stored = async () => (await logs.list(superuser, {})).items.length;
    while ((await stored()) === 0 && Date.now() < stop) await Bun.sleep(20);
    expect(await stored()).toBe(1);
  });

  test('shows new entries to those who watch, and to them only', async () => {
    const seen: string[] = [];
    const end = logs.tail(superuser, { statusClass: 4 }, (items) => void seen.push(...paths(items)));
    note({ path: '/good' });
    note({ path: '/bad', status: 404 });
    await logs.flush();
    end();
    note({ path: '/later', status: 404 });
    await logs.flush();
    expect(seen).toEqual(['/bad']);
  });

  test('bounds those who watch', () => {
    const ends = Array.from({ length: 50 }, () => logs.tail(superuser, {}, () => undefined));
    expect(() => logs.tail(superuser, {}, () => undefined)).toThrow('too_many_tails');
    ends[0]?.();
    expect(logs.tail(superuser, {}, () => undefined)).toBeFunction();
  });

  test('answers superusers only', async () => {
    const refused = { code: 'unauthorized' };
    await expect(logs.list(guest, {})).rejects.toMatchObject(refused);
    await expect(logs.get(guest, 1)).rejects.toMatchObject(refused);
    await expect(logs.buckets(guest, { from: 0, to: 1 }, 1)).rejects.toMatchObject(refused);
    expect(() => logs.tail(guest, {}, () => undefined)).toThrow('unauthorized');
  });

  test('says when it is off', async () => {
    const off = createLogs({ store: undefined, clock, log, limits: () => limits });
    expect(off.admits(500)).toBe(false);
    await expect(off.list(superuser, {})).rejects.toMatchObject({ reason: 'request_log' });
  });
});

test('a filter means the same to the store and to those who watch', async () => {
  const entries: LogEntry[] = [
    request({ path: '/API/Äpfel?a=1', status: 404, method: 'POST', ms: 100, agent: 'Mozilla' }),
    request({ time: NOON + 1, account: 'users/abc', address: '::1', request: 'Q-7' }),
    request({ time: NOON + 2, status: 500, path: '/%_' }),
    failure({ time: NOON + 3, facts: '{"cause":"Äpfel"}', request: '' }),
    failure({ time: NOON + 4, level: 'warn', event: 'mail.failed' }),
  ];
  const stored = await store.append(entries);
  const words = fc.constantFrom('api', 'ÄPFEL', 'Äpf', '%', '_', 'q-7', 'moz', 'mail', 'users', '/');
  const filters: fc.Arbitrary<LogFilter> = fc.record(
    {
      kind: fc.constantFrom('request' as const, 'event' as const),
      statusClass: fc.integer({ min: 1, max: 5 }),
      method: fc.constantFrom('GET', 'POST'),
      path: words,
      account: fc.constantFrom('', 'users/abc'),
      address: fc.constantFrom('::1', '192.0.2.1'),
      minMs: fc.constantFrom(0, 1.5, 50),
      from: fc.integer({ min: NOON, max: NOON + 5 }),
      to: fc.integer({ min: NOON, max: NOON + 5 }),
      text: words,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      const found = (await store.list(filter, { limit: 10 })).map(({ id }) => id).reverse();
      expect(found).toEqual(stored.filter((entry) => matchesFilter(entry, filter)).map(({ id }) => id));
    }),
    { numRuns: 150 },
  );
});

test('a ring keeps the latest, in order, and counts the rest', () => {
  const ring = createRing<number>(3);
  for (const item of [1, 2, 3, 4]) ring.push(item);
  expect([ring.size, ring.takeDropped(), ring.takeDropped()]).toEqual([3, 1, 0]);
  expect(ring.take(2)).toEqual([2, 3]);
  ring.push(5);
  ring.push(6);
  expect(ring.take(9)).toEqual([4, 5, 6]);
  expect(ring.take(9)).toEqual([]);
});
