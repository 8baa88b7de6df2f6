import { afterAll, beforeAll } from 'bun:test';
import { join } from 'node:path';
import { describeStorage } from '../../../../test/contracts/storage.ts';
import { type AzureServer, startAzure } from '../../../../test/support/azure-server.ts';
import { openAzureStorage } from './index.ts';

let server: AzureServer;
let opened = 0;
beforeAll(async () => {
  server = await startAzure();
});
afterAll(() => server.stop());

function open(options: Partial<Parameters<typeof openAzureStorage>[0]> = {}) {
  const { endpoint, account, container, accessKey, dir } = server;
  opened++;
  return openAzureStorage({
    name: 'azure',
    ...{ endpoint, account, container, accessKey },
    ...{ prefix: `p${opened}/`, spoolDir: join(dir, `spool-${opened}`), partSize: 256 * 1024 },
    tuning: { pause: 1, maxPause: 5 },
    ...options,
  });
}

describeStorage(
  'azure',
  async () => {
    const storage = await open();
    const spoolDir = join(server.dir, `spool-${opened}`);
    const interrupt = async () => {
      await Bun.write(join(spoolDir, 'left-1'), 'a part');
      await Bun.write(join(spoolDir, 'left-2'), 'another');
      return 2;
    };
    return { storage, interrupt, close: () => storage.close() };
  },
  { without: { adopt: 'a container is no folder of this machine' } },
);
