import { afterAll, beforeAll } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStorage } from '../../../../test/contracts/storage.ts';
import { type S3Server, startS3 } from '../../../../test/support/s3-server.ts';
import { openS3Storage } from './index.ts';

let server: S3Server;
let spools: string;
let count = 0;
beforeAll(async () => {
  server = await startS3();
  spools = await mkdtemp(join(tmpdir(), 'dossier-s3-spool-'));
});
afterAll(async () => {
  await server.stop();
  await rm(spools, { recursive: true, force: true });
});

/** A storage of its own in the one bucket. */
function open(prefix = `t${count++}/`) {
  return openS3Storage({ ...server, name: 's3', prefix, spoolDir: join(spools, prefix) });
}

describeStorage(
  'the S3 storage',
  async () => {
    const prefix = `t${count++}/`;
    const storage = await open(prefix);
    return {
      storage,
      interrupt: async () => {
        await Bun.write(join(spools, prefix, 'half-sent'), 'x');
        return 1;
      },
      unfinished: async () => (await unfinishedUploads(server)).length,
      close: () => storage.close(),
    };
  },
  {
    without: { adopt: 'a service does not take files by name' },
    bigSize: 33 * 1024 ** 2,
    manyObjects: 1100,
  },
);

/** Uploads in parts that the stand-in still has. */
function unfinishedUploads({ dir, bucket }: S3Server): Promise<string[]> {
  return readdir(join(dir, 'store', bucket, '._S3rver_uploads')).catch(() => []);
}
