import { afterAll, beforeAll } from 'bun:test';
import { join } from 'node:path';
import { describeStorage } from '../../../../test/contracts/storage.ts';
import { serveGcs } from '../../../../test/support/gcs-server.ts';
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

describeStorage(
  'gcs',
  async () => {
    const storage = await open();
    const spoolDir = join(server.dir, `spool-${opened}`);
    const interrupt = async () => {
      await Bun.write(join(spoolDir, 'left-1'), 'a part');
      await Bun.write(join(spoolDir, 'left-2'), 'another');
      return 2;
    };
    const unfinished = async () => server.state.sessions.unfinished().length;
    return { storage, interrupt, unfinished, close: () => storage.close() };
  },
  { without: { adopt: 'a bucket is no folder of this machine' }, manyObjects: 1100 },
);
