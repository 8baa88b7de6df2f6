import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';

let world: ConsoleWorld;
beforeAll(async () => {
  const facts = {
    ...{
      version: '9.8.7',
      runtime: 'Bun',
      platform: 'linux',
      started: 0,
      memory: 5_000_000,
      databaseSize: 9000,
      walSize: 4000,
    },
    ...{ requestLogSize: 1, disk: { free: 1e9, total: 2e9 }, streams: 1, sockets: 2 },
    ...{ imageWorkers: 3, imagesWaiting: 4 },
  };
  const licences = [
    { name: '@a/b', version: '1', licence: 'MIT', text: 'Take <it>.' },
    { name: 'c', version: '2', licence: 'ISC', text: '' },
  ];
  world = await openConsoleWorld({ host: { facts: async () => facts, licences: async () => licences } });
});
afterAll(() => world.close());

test('health says how the server, its storages and its queues are', async () => {
  const { text } = await world.get('/_/operations/health');
  for (const part of [
    'All is well',
    '5 MB',
    '1 GB of 2 GB free',
    '9 kB, of it 4 kB of the write-ahead log',
    'local (local)',
    'Answers',
  ])
    expect(text).toContain(part);
});

test('about has the version, and each licence its whole text', async () => {
  const { text } = await world.get('/_/operations/about');
  expect(text).toContain('9.8.7');
  const path = /href="(\/_\/operations\/about\?licence=[^"]+)"/.exec(text)?.[1] ?? '';
  expect(text.match(/\?licence=/g)).toHaveLength(1);
  expect((await world.get(path)).text).toContain('Take &lt;it&gt;.');
  expect((await world.get('/_/operations/about?licence=none')).status).toBe(404);
});

test.each([
  ['?q=isc', ['c']],
  ['?q=%40A', ['@a/b']],
  ['?q=%3Cb%3E', []],
])('licences are found by name and kind: %s', async (query, found) => {
  const { text } = await world.get(`/_/operations/about${query}`);
  const rows = [...text.matchAll(/<th scope="row">(?:<a [^>]*>)?([^<]+)/g)].map(([, name]) => name);
  expect(rows).toEqual(found);
  expect(text).not.toContain('<b>');
});
