import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type InProcessServer, startInProcess } from '../../test/support/in-process.ts';
import { textAt } from '../../test/support/json.ts';
import { removeFolder, temporaryFolder } from '../../test/support/server.ts';
import { systemActor } from '../core/actor.ts';
import type { LogFilter, StoredEntry } from '../core/ports/request-log.ts';

let folder: string;
let server: InProcessServer;
let token: string;

beforeAll(async () => {
  folder = temporaryFolder();
  server = await startInProcess(join(folder, 'data'));
  const { auth } = server.core;
  ({ token } = await auth.createFirstSuperuser(
    auth.setupToken(),
    'admin@example.com',
    'correct-horse-battery',
  ));
});

afterAll(async () => {
  await server.stop();
  removeFolder(folder);
});

async function logged(filter: LogFilter): Promise<readonly StoredEntry[]> {
  await server.core.logs.flush();
  return (await server.core.logs.list(systemActor, filter)).items;
}

describe('what the server logs for its admins', () => {
  test('says who asked what, by which client and in which dialect', async () => {
    const headers = { authorization: token, 'user-agent': 'x'.repeat(300) };
    const response = await fetch(`${server.base}/api/collections?page=1&token=secret`, { headers });
    const { length } = await response.text();
    expect(await logged({ path: '/api/collections?' })).toMatchObject([
      {
        ...{ kind: 'request', method: 'GET', path: '/api/collections?page=1&token=***', status: 200 },
        ...{ address: '127.0.0.1', account: expect.stringMatching(/^_superusers\/\w+$/) },
        ...{ dialect: 'pocketbase', agent: 'x'.repeat(200), ms: expect.any(Number) },
      },
    ]);
    expect(length).toBeGreaterThan(0);
  });

  test.each([
    ['/api/records/v1/none', 'trailbase'],
    ['/api/nothing-here', 'pocketbase'],
    ['/_/setup', 'console'],
    ['/elsewhere', ''],
  ])('knows who answered %s', async (path, dialect) => {
    await (await fetch(`${server.base}${path}`)).text();
    expect(await logged({ path })).toMatchObject([{ path, dialect, account: '' }]);
  });

  test('leaves out what pages of the console load, unless it fails', async () => {
    const page = await (await fetch(`${server.base}/_/login`)).text();
    const [style = ''] = /\/_\/assets\/\w+\/console\.css/.exec(page) ?? [];
    expect((await fetch(server.base + style)).status).toBe(200);
    expect((await fetch(`${server.base}/_/assets/none/console.css`)).status).toBe(404);
    await (await fetch(`${server.base}/_/login?next=/_/assets/`)).text();
    expect(await logged({ path: '/_/assets/' })).toMatchObject([
      { path: '/_/login?next=/_/assets/' },
      { path: '/_/assets/none/console.css' },
    ]);
  });

  test('ties what a request went through to it', async () => {
    server.core.log.error('request.failed', { id: 'test-x', cause: new Error('boom'), path: '/a?token=1' });
    const [event] = await logged({ kind: 'event', text: 'boom' });
    expect(event).toMatchObject({ level: 'error', event: 'request.failed', request: 'test-x' });
    const facts: unknown = JSON.parse(event?.kind === 'event' ? event.facts : '');
    expect(textAt(facts, 'path')).toBe('/a?token=***');
    expect(textAt(facts, 'cause')).toStartWith('Error: boom');
  });

  test('leaves lesser events out', async () => {
    server.core.log.info('nothing.much');
    expect(await logged({ kind: 'event', text: 'nothing.much' })).toEqual([]);
  });
});

test('the health of a running server has its own sizes and versions', async () => {
  const { core } = server;
  const report = await core.health.report(systemActor);
  expect(report.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(report.runtime).toBe(`Bun ${Bun.version}`);
  expect([report.databaseSize > 0, report.requestLogSize > 0, report.memory > 0]).toEqual([true, true, true]);
  expect(report.disk?.free).toBeLessThanOrEqual(report.disk?.total ?? 0);
  expect(report).toMatchObject({
    streams: 0,
    sockets: 0,
    imageWorkers: 0,
    storages: [{ name: 'local', ok: true }],
  });
  expect(report.uptime).toBeGreaterThan(0);
});

test('it is still there after a restart, and can be switched off', async () => {
  const own = temporaryFolder();
  try {
    const dir = join(own, 'data');
    const first = await startInProcess(dir);
    await (await fetch(`${first.base}/api/health`)).text();
    await first.stop();
    const second = await startInProcess(dir);
    expect((await second.core.logs.list(systemActor, { path: '/api/health' })).items).toHaveLength(1);
    await second.stop();
    const off = await startInProcess(join(own, 'off'), { DOSSIER_LOGS_REQUESTS: 'off' });
    await (await fetch(`${off.base}/api/health`)).text();
    await expect(off.core.logs.list(systemActor, {})).rejects.toMatchObject({ code: 'not_configured' });
    expect(existsSync(join(own, 'off', 'logs.db'))).toBe(false);
    await off.stop();
  } finally {
    removeFolder(own);
  }
});
