import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { openTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import type { LogEntry } from '../../../core/ports/request-log.ts';
import { openRequestLog } from '../../../drivers/request-log/sqlite/index.ts';

const NOW = Date.UTC(2030, 0, 1);
const PATH = '/_/operations/requests';

let world: ConsoleWorld;
let database: TestDatabase;

const entry = (path: string, status: number, ago: number, ms = 2): LogEntry => ({
  ...{ kind: 'request', time: NOW - ago, request: `r${status}`, method: 'GET', path, status, ms },
  ...{ bytes: 12, address: '192.0.2.7', account: 'users/mia', dialect: 'pocketbase', agent: 'curl/8' },
});

beforeAll(async () => {
  database = await openTestDatabase({ now: () => NOW });
  const store = await openRequestLog(database.db);
  await store.append([
    entry('/old', 200, 3 * 3600_000),
    entry('/fine?a=<b>', 200, 5000),
    entry('/slow', 200, 4000, 900),
    entry('/broken', 500, 3000),
    {
      ...{ kind: 'event', time: NOW - 2000, request: 'r500', level: 'error' },
      ...{ event: 'request.failed', facts: '{"path":"/broken"}' },
    },
  ]);
  const limits = () => ({ keep: 30 * 86_400_000, maxSize: 1e9 });
  world = await openConsoleWorld({ requestLog: { store, limits } });
});
afterAll(async () => {
  await world.close();
  await database.close();
});

const shown = (text: string) =>
  [...text.matchAll(/<div class="cell mono">([^<]+)</g)].map(([, what]) => what);

test('the last hour is shown, newest first, with its chart', async () => {
  const { text } = await world.get(PATH);
  expect(shown(text)).toEqual(['request.failed', 'GET /broken', 'GET /slow', 'GET /fine?a=&lt;b&gt;']);
  expect(text).toContain('Last hour: 3 requests, 1 failed (500 and above).');
  expect(text.match(/class="chart-bad"/g)).toHaveLength(1);
});

test.each([
  ['?span=day', 5],
  ['?kind=event', 1],
  ['?status=5', 1],
  ['?method=POST', 0],
  ['?text=SLOW', 1],
  ['?least=100', 1],
  ['?span=year&kind=x&status=9&least=-1&before=x', 4],
])('%s shows %i', async (query, count) => {
  const { text, status } = await world.get(PATH + query);
  expect(status).toBe(200);
  expect(shown(text)).toHaveLength(count);
});

test('an entry has a page, with what else happened in its request', async () => {
  const { text: list } = await world.get(`${PATH}?status=5`);
  const path = /href="(\/_\/operations\/requests\/\d+)"/.exec(list)?.[1] ?? '';
  const { text } = await world.get(path);
  expect(text).toContain('<h1>GET /broken</h1>');
  expect(text).toContain('192.0.2.7');
  expect(shown(text)).toEqual(['request.failed']);
  for (const id of ['999', 'x', '-1']) expect((await world.get(`${PATH}/${id}`)).status).toBe(404);
});

test('without a log the page says that it is off', async () => {
  const other = await openConsoleWorld();
  const { text, status } = await other.get(PATH);
  expect([status, text.includes('The request log is off')]).toEqual([200, true]);
  await other.close();
});
