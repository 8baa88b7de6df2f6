import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { describeStorage } from '../../../../test/contracts/storage.ts';
import { type GcsServer, serveGcs } from '../../../../test/support/gcs-server.ts';
import { openGcsStorage } from './index.ts';

let server: Awaited<ReturnType<typeof serveGcs>>;
let opened = 0;
beforeAll(async () => {
  server = await serveGcs();
});
afterAll(() => server.stop());

function open(options: Partial<Parameters<typeof openGcsStorage>[0]> = {}) {
  const { endpoint, bucket, keyFile, dir } = server;
  opened++;
  return openGcsStorage({
    name: 'gcs',
    ...{ endpoint, bucket, serviceAccountKey: keyFile },
    ...{ prefix: `p${opened}/`, spoolDir: join(dir, `spool-${opened}`), partSize: 256 * 1024 },
    tuning: { pause: 1, maxPause: 5 },
    ...options,
  });
}

describeStorage('gcs', async () => {
  const storage = await open();
  return { storage, close: () => storage.close() };
});
