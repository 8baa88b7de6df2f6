import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { binaryPath } from '../support/binary.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { generator, testSeed } from '../support/fault-harness.ts';
import { type S3Server, startS3 } from '../support/s3-server.ts';
import {
  adminToken,
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';
import { FILMS, fileOf, numberedBytes, stagedIn, uploadByTus } from '../support/tus.ts';

// tus-js-client against the compiled binary that keeps its files in a bucket.
const folder = temporaryFolder();
let s3: S3Server;
let server: TestServer;

beforeAll(async () => {
  s3 = await startS3({ dir: join(folder, 's3') });
  const command = [await binaryPath()];
  const dir = join(folder, 'data');
  await makeSuperuser(dir, command);
  server = await startServer({
    command,
    dir,
    env: {
      DOSSIER_STORAGE_TYPE: 's3',
      DOSSIER_STORAGE_BUCKET: s3.bucket,
      DOSSIER_STORAGE_ACCESS_KEY: s3.accessKey,
      DOSSIER_STORAGE_SECRET_KEY: s3.secretKey,
      DOSSIER_STORAGE_ENDPOINT: s3.endpoint,
    },
  });
  const made = await fetch(`${server.base}/api/collections`, {
    method: 'POST',
    headers: { authorization: await adminToken(server.base), 'content-type': 'application/json' },
    body: JSON.stringify(FILMS),
  });
  expect(made.status).toBe(200);
}, 180_000);
afterAll(async () => {
  await server?.stop('SIGKILL');
  await s3?.stop();
  removeFolder(folder);
});

test('an upload over broken connections arrives in the bucket, in one piece or joined from several', async () => {
  const random = generator(testSeed());
  const proxy = await startCuttingProxy(server.base, () =>
    random() < 0.3 ? Number.POSITIVE_INFINITY : random() * 3_000_000,
  );
  try {
    const data = numberedBytes(7_000_000, 1);
    const { url } = await uploadByTus(proxy.base, data, { chunkSize: 2_000_000 });
    expect(
      (await fileOf(server.base, await recordOf(url.replace(proxy.base, server.base)))).equals(data),
    ).toBe(true);
    const joined = await uploadByTus(server.base, data, { parallelUploads: 3 });
    expect((await fileOf(server.base, joined.record)).equals(data)).toBe(true);
    expect(stagedIn(server.dir)).toEqual([]);
  } finally {
    await proxy.stop();
  }
}, 60_000);

test('a bucket that is away when the last byte comes: the client goes on asking, and nothing is taken for done', async () => {
  const data = numberedBytes(3_000_000, 2);
  const { port } = new URL(s3.endpoint);
  await s3.stop();
  let isDone = false;
  const uploading = uploadByTus(server.base, data, { chunkSize: 1_000_000 }).finally(() => {
    isDone = true;
  });
  uploading.catch(() => {});
  await Bun.sleep(2000);
  expect(isDone).toBe(false);
  s3 = await startS3({ dir: s3.dir, port: Number(port) });
  const { record, url } = await uploading;
  expect((await fileOf(server.base, record || (await recordOf(url)))).equals(data)).toBe(true);
}, 90_000);

async function recordOf(url: string): Promise<string> {
  const head = await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
  return head.headers.get('dossier-record') ?? '';
}
