import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { fetchFromService } from './file-body.ts';
import { ServiceError } from './object-service.ts';

/** Of nobody, for this test alone. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvTZoqBptDr4smVRN
xtUrue96bkWkv4jo4kU8YZumQlWhRANCAATmnDvPRqv86P4F5wv9NWIS46Vm6aIB
KOFQbME7Nx3XoSaYPzOFQH+A5SJMhGtsFVpk3maC+xg143ub8OAwnzPa
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUARrdX7fSYyKYtdZm6NzEa+wIQWEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA3Mzg0N1oYDzIxMjYxMDI5
MDczODQ3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATmnDvPRqv86P4F5wv9NWIS46Vm6aIBKOFQbME7Nx3XoSaYPzOFQH+A
5SJMhGtsFVpk3maC+xg143ub8OAwnzPao1MwUTAdBgNVHQ4EFgQURFFtYVQjJ4wl
fL5xiQEENTLOnrEwHwYDVR0jBBgwFoAURFFtYVQjJ4wlfL5xiQEENTLOnrEwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiA+AEBeuk69Tcwfdw/EYy3b
oa/hfgtwtyV1rI5l5uytMwIhAJoOWCh8twPuB9CdzErzyQcYhZfV+FVkT7VHCa/R
Q3yD
-----END CERTIFICATE-----`;

const SIZE = 8 * 1024 * 1024;
const content = new Uint8Array(SIZE).map((_, index) => (index * 7) % 251);
const checked = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
let dir: string;
let path: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'dossier-file-body-'));
  path = join(dir, 'part');
  await Bun.write(path, content);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
});
afterAll(() => {
  if (checked === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = checked;
  rmSync(dir, { recursive: true, force: true });
});

const put = (url: string, body: Blob, stall?: number) =>
  fetchFromService(url, { method: 'PUT', headers: new Headers(), body }, stall);

test('a part of a file arrives whole, with its length, with and without TLS', async () => {
  for (const tls of [undefined, { key: KEY, cert: CERTIFICATE }]) {
    using server = Bun.serve({
      ...{ port: 0, hostname: '127.0.0.1', tls },
      async fetch(request) {
        const hash = new Bun.CryptoHasher('sha256').update(await request.bytes()).digest('hex');
        return new Response(`${request.headers.get('content-length')} ${hash}`);
      },
    });
    for (const [start, end] of [
      [0, SIZE],
      [1000, 5_000_000],
      [0, 0],
    ] as const) {
      const hash = new Bun.CryptoHasher('sha256').update(content.subarray(start, end)).digest('hex');
      const answer = await put(server.url.href, Bun.file(path).slice(start, end));
      expect(await answer.text()).toBe(`${end - start} ${hash}`);
    }
  }
});

test('over TLS, files that nobody takes stay on the disk, and a silent service is given up', async () => {
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (socket) => {
    socket.on('error', () => {});
    socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  const puts = Array.from({ length: 24 }, () =>
    put(`https://127.0.0.1:${address.port}/`, Bun.file(path).slice(0, SIZE), 700).catch((error) => error),
  );
  await Bun.sleep(400);
  expect(process.memoryUsage.rss() - before).toBeLessThan((24 * SIZE * 4) / 5);
  for (const outcome of await Promise.all(puts)) {
    expect(outcome).toBeInstanceOf(ServiceError);
    expect(outcome.fault).toBe('unreachable');
  }
  server.close();
});
