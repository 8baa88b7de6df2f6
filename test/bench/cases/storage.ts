import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type S3Server, startS3 } from '../../support/s3-server.ts';
import { type Benchmark, figureLine, inPairs, megabytes, ratioLine, type World } from '../bench.ts';

const CLIENT = fileURLToPath(new URL('../s3-client.ts', import.meta.url));
const MEGABYTE = 1_000_000;
/** Seconds for one run of the client. */
const LIMIT = 300;

type Side = 'driver' | 'sdk';

interface Work {
  readonly operation: 'put' | 'get';
  readonly size: number;
  readonly count: number;
  readonly atOnce: number;
}

/** The S3 driver against the SDK called directly, over the same stand-in. */
export const storage: Benchmark = {
  name: 'storage',
  about:
    'objects of 1 MB and 1 GB through the S3 driver, and how far its memory grows; the floor is the SDK called directly, against the same s3rver',
  async *run(world) {
    const dir = world.place('s3');
    mkdirSync(dir, { recursive: true });
    const server = await startS3({ dir });
    try {
      const spoolDir = `${dir}/spool`;
      const rounds = Math.ceil(world.rounds / 2);
      const small = { size: MEGABYTE, count: 200, atOnce: 4 };
      const large = { size: 1000 * MEGABYTE, count: 1, atOnce: 1 };
      for (const [label, work] of [['1 MB', small] as const, ['1 GB', large] as const]) {
        for (const operation of ['put', 'get'] as const) {
          const growth: number[] = [];
          const run = (side: Side) => move(world, { ...server, spoolDir }, side, { ...work, operation });
          const rates = await inPairs(
            rounds,
            async () => {
              const moved = await run('driver');
              growth.push(moved.growth);
              return moved.rate;
            },
            async () => (await run('sdk')).rate,
          );
          const name = operation === 'put' ? 'upload' : 'download';
          yield ratioLine(`S3 ${name} of ${label} per second`, rates, megabytes, { atLeast: 0.8 });
          if (work === large) {
            const most = Math.max(...growth) / MEGABYTE;
            yield figureLine(`memory grown by an S3 ${name} of 1 GB`, most, megabytes, { atMost: 64 });
          }
        }
      }
      const many: Work = { operation: 'put', size: 10 * MEGABYTE, count: 64, atOnce: 64 };
      const { growth } = await move(world, { ...server, spoolDir }, 'driver', many);
      const title = 'memory grown by 64 S3 uploads of 10 MB';
      yield figureLine(title, growth / MEGABYTE, megabytes, { atMost: 300 });
    } finally {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

/** Megabytes per second, and bytes that the memory of the process grew at most. */
async function move(
  world: World,
  server: S3Server & { readonly spoolDir: string },
  side: Side,
  { operation, size, count, atOnce }: Work,
): Promise<{ readonly rate: number; readonly growth: number }> {
  const numbers = [size, count, atOnce].map(String);
  const command = [process.execPath, CLIENT, side, operation, ...numbers, JSON.stringify(server)];
  const output: unknown = JSON.parse(await world.processes.run(command, { place: 'server', limit: LIMIT }));
  if (typeof output !== 'object' || output === null || !('seconds' in output) || !('growth' in output)) {
    throw new Error('the S3 client printed something else');
  }
  return { rate: (size * count) / MEGABYTE / Number(output.seconds), growth: Number(output.growth) };
}
