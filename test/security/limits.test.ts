import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { buildNewspaper } from '../scenarios/pocketbase/world.ts';
import { settledAudit } from '../support/audit.ts';
import { at } from '../support/json.ts';
import { MULTIPART_TYPE, multipart, type Part } from '../support/multipart.ts';
import { send, type World } from '../support/scenarios.ts';
import {
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

/** A server whose operator allows little. */
let server: TestServer;
let world: World;
const folder = temporaryFolder();
beforeAll(async () => {
  const dir = join(folder, 'data');
  await makeSuperuser(dir);
  server = await startServer({
    dir,
    env: {
      MAX_UPLOAD_FILE_SIZE: '0.1',
      DOSSIER_SERVER_MAX_BODY_SIZE: '1KB',
      DOSSIER_AUTH_FAILED_LOGINS: '2',
      DOSSIER_SERVER_CORS_ORIGINS: 'https://app.example',
    },
  });
  world = await buildNewspaper(server.base, dir);
}, 60_000);
afterAll(async () => {
  await server.stop();
  removeFolder(folder);
});

const post = (collection: string, parts: readonly Part[]) =>
  send(world, {
    method: 'POST',
    path: `/api/collections/${collection}/records`,
    headers: { 'content-type': MULTIPART_TYPE },
    body: multipart(parts),
  });

test('no file is larger than the operator allows, whatever its field says', async () => {
  const file = (size: number): Part => ({ name: 'cover', filename: 'a.bin', value: new Uint8Array(size) });
  expect((await post('albums', [file(104_857)])).status).toBe(200);
  const refused = await post('albums', [file(104_858)]);
  expect([refused.status, at(refused.json, 'data.cover.code')]).toEqual([400, 'validation_file_size_limit']);
  if (world.dir) expect(await settledAudit(world.dir)).toEqual([]);
});

test('no form is larger than the operator allows', async () => {
  expect((await post('comments', [{ name: 'text', value: 'a'.repeat(500) }])).status).toBe(200);
  expect((await post('comments', [{ name: 'text', value: 'a'.repeat(4000) }])).status).toBe(413);
});

test('the limit on failed logins is the operator’s', async () => {
  const statuses: number[] = [];
  for (let guess = 0; guess < 3; guess++) {
    const body = { identity: 'carol@example.com', password: `guess ${guess}` };
    statuses.push(
      (await send(world, { method: 'POST', path: '/api/collections/members/auth-with-password', body }))
        .status,
    );
  }
  expect(statuses).toEqual([400, 400, 429]);
});

test('pages of other origins than the listed may not read answers', async () => {
  const allowed = async (origin: string, method = 'GET') => {
    const { headers } = await send(world, { method, path: '/api/health', headers: { origin } });
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    return headers.get('access-control-allow-origin');
  };
  expect(await allowed('https://app.example')).toBe('https://app.example');
  for (const origin of [
    'https://app.example.evil',
    'http://app.example',
    'null',
    'https://evil.example',
    'https://APP.example:444',
  ]) {
    expect(await allowed(origin)).toBeNull();
    expect(await allowed(origin, 'OPTIONS')).toBeNull();
  }
});
