import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  FROM_SOURCE,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../../test/support/server.ts';

let folder = '';
let running: TestServer | undefined;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await running?.stop('SIGKILL');
  running = undefined;
  removeFolder(folder);
});

async function start(): Promise<TestServer> {
  running = await startServer({ dir: join(folder, 'data') });
  return running;
}

/** Begins a login and leaves its body unfinished: a request that is under way until `finish`. */
async function beginRequest(base: string): Promise<{ finish(): Promise<string>; socket: Socket }> {
  const body = JSON.stringify({ identity: 'nobody', password: 'a long password' });
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(
    'POST /api/collections/users/auth-with-password HTTP/1.1\r\nHost: localhost\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  );
  await Bun.sleep(150);
  return {
    socket,
    async finish() {
      socket.write(body.slice(10));
      await closed;
      return answer;
    },
  };
}

describe('stopping', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s finishes what is under way and ends with 0',
    async (signal) => {
      const server = await start();
      const request = await beginRequest(server.base);
      process.kill(server.pid, signal);
      await Bun.sleep(150);
      expect(fetch(`${server.base}/api/health`, { keepalive: false })).rejects.toThrow();
      expect(await request.finish()).toMatch(/^HTTP\/1\.1 400 /);
      expect(await server.exited).toBe(0);
      expect(server.output()).toContain('"message":"stopped"');
    },
    20_000,
  );

  test('a second signal ends it at once', async () => {
    const server = await start();
    const { socket } = await beginRequest(server.base);
    process.kill(server.pid, 'SIGTERM');
    await Bun.sleep(150);
    const asked = performance.now();
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exited).toBe(130);
    expect(performance.now() - asked).toBeLessThan(2000);
    socket.destroy();
  }, 20_000);
});

test('after kill -9 the data folder is free again, and no second first superuser is offered', async () => {
  const server = await start();
  const link = server.setupLink() ?? '';
  const fields = { email: 'ada@example.com', password: 'correct horse', passwordConfirm: 'correct horse' };
  const form = { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' } as const;
  expect((await fetch(link, form)).status).toBe(303);
  await server.stop('SIGKILL');
  const again = await start();
  expect(again.setupLink()).toBeUndefined();
  expect((await fetch(`${again.base}/api/health`)).status).toBe(200);
}, 20_000);

test('a reader of the output that goes away does not end the server', async () => {
  const command = [...FROM_SOURCE, 'serve', '--http', '127.0.0.1:0', '--dir', join(folder, 'data')];
  const child = Bun.spawn(command, { cwd: folder, stdout: 'pipe', stderr: 'ignore' });
  const reader = child.stdout.getReader();
  let output = '';
  while (!output.includes('"url"')) output += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  const base = /"url":"([^"]+)"/.exec(output)?.[1] ?? '';
  for (let index = 0; index < 5; index++) {
    expect((await fetch(`${base}/api/health`)).status).toBe(200);
    await Bun.sleep(70);
  }
  child.kill('SIGTERM');
  expect(await child.exited).toBe(0);
}, 20_000);
