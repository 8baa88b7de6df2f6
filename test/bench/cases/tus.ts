import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { call } from '../api.ts';
import { type Benchmark, figureLine, inPairs, megabytes, ratioLine, type World } from '../bench.ts';
import { memoryOf, type Running, resetPeak } from '../processes.ts';
import { copyData, startDossier } from '../servers.ts';

const TUS = fileURLToPath(new URL('../tus-client.ts', import.meta.url));
const PLAIN = fileURLToPath(new URL('../upload-client.ts', import.meta.url));
const MEGABYTES = 1000;
const CHUNK_MEGABYTES = 8;

/** A resumable upload. */
export const tus: Benchmark = {
  name: 'storage-tus',
  about:
    'upload of 1 GB by tus in chunks of 8 MB, each durable when it is answered, and how far memory grows; the floor is the same file in multipart form on the same server',
  async *run(world) {
    const dossier = await startDossier(world, copyData(world, 'tus'));
    try {
      const growth: number[] = [];
      await send(world, dossier, plain(dossier, world, 20), 20);
      const rates = await inPairs(
        Math.ceil(world.rounds / 2),
        async () => {
          const before = memoryOf(dossier.pid)?.resident ?? Number.NaN;
          resetPeak(dossier.pid);
          const rate = await send(world, dossier, resumable(dossier, world), MEGABYTES);
          growth.push((memoryOf(dossier.pid)?.peak ?? Number.NaN) - before);
          return rate;
        },
        () => send(world, dossier, plain(dossier, world, MEGABYTES), MEGABYTES),
      );
      yield ratioLine('tus upload of 1 GB per second', rates, megabytes, { atLeast: 0.7 });
      yield figureLine(
        'memory grown by a tus upload of 1 GB',
        Math.max(...growth),
        megabytes,
        { atMost: 64 },
        `most of ${growth.length}`,
      );
    } finally {
      await dossier.stop();
      rmSync(world.place('tus'), { recursive: true, force: true });
    }
  },
};

/** Megabytes per second; the record goes again at once. */
async function send(
  world: World,
  { base }: Running,
  command: readonly string[],
  size: number,
): Promise<number> {
  const answer: unknown = JSON.parse(await world.processes.run([...command]));
  const { seconds, status } = Object(answer);
  if (Number(status) >= 300) throw new Error(`the upload was answered ${status}`);
  const token = world.data.superuser;
  await call(base, 'DELETE', '/api/collections/uploads/truncate', { token });
  return size / Number(seconds);
}

function plain({ base }: Running, world: World, size: number): readonly string[] {
  const address = base.slice('http://'.length);
  const path = '/api/collections/uploads/records';
  return [process.execPath, PLAIN, address, path, String(size), 'multipart', world.data.token];
}

function resumable({ base }: Running, world: World): readonly string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const metadata = `collection ${base64('uploads')},field ${base64('doc')},filename ${base64('big.bin')}`;
  const address = base.slice('http://'.length);
  return [
    process.execPath,
    TUS,
    address,
    String(MEGABYTES),
    String(CHUNK_MEGABYTES),
    metadata,
    world.data.token,
  ];
}
