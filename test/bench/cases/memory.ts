import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { call } from '../api.ts';
import { type Benchmark, figureLine, inPairs, median, megabytes, ratioLine, type World } from '../bench.ts';
import { freePort, memoryOf, type Running } from '../processes.ts';
import { copyData, startDossier, startFloor } from '../servers.ts';
import { watchMemory } from '../watch-memory.ts';

const CLIENT = fileURLToPath(new URL('../upload-client.ts', import.meta.url));
const UPLOAD_MEGABYTES = 1000;
const STARTS = 10;

/** One large upload at a time. */
export const upload: Benchmark = {
  name: 'upload',
  about:
    'upload of 1 GB in multipart form, and how far the memory of a server that has answered only a few requests grows; the floor streams a raw body to disk with SHA-256 and fsync, without multipart',
  async *run(world) {
    const dossier = await startDossier(world, copyData(world, 'upload'));
    const floor = await startFloor(world, copyData(world, 'upload-floor'));
    try {
      await greet(world, dossier);
      const growth: number[] = [];
      const withChildren: number[] = [];
      const rates = await inPairs(
        Math.ceil(world.rounds / 2),
        async () => {
          const watch = watchMemory(dossier.pid);
          const rate = await send(world, dossier, '/api/collections/uploads/records', 'multipart');
          const grown = watch.stop();
          growth.push(grown.own);
          withChildren.push(grown.withChildren);
          await clear(world, dossier);
          return rate;
        },
        () => send(world, floor, '/upload', 'raw'),
      );
      yield ratioLine('upload of 1 GB per second', rates, megabytes, { atLeast: 0.6 });
      const note = `most of ${growth.length}; with children ${megabytes(Math.max(...withChildren))}`;
      yield figureLine(
        'memory grown by an upload of 1 GB',
        Math.max(...growth),
        megabytes,
        { atMost: 64 },
        note,
      );
    } finally {
      await dossier.stop();
      await floor.stop();
      rmSync(world.place('upload'), { recursive: true, force: true });
      rmSync(world.place('upload-floor'), { recursive: true, force: true });
    }
  },
};

/** Megabytes per second. */
async function send(
  world: World,
  { base }: Running,
  path: string,
  kind: 'multipart' | 'raw',
): Promise<number> {
  const address = base.slice('http://'.length);
  const command = [process.execPath, CLIENT, address, path, String(UPLOAD_MEGABYTES), kind, world.data.token];
  const answer: unknown = JSON.parse(await world.processes.run(command));
  const { seconds, status } = Object(answer);
  if (status !== 200) throw new Error(`the upload was answered ${status}`);
  return UPLOAD_MEGABYTES / Number(seconds);
}

async function clear(world: World, { base }: Running): Promise<void> {
  const token = world.data.superuser;
  await call(base, 'DELETE', '/api/collections/uploads/truncate', { token });
}

/** What a server takes that nobody uses. */
export const idle: Benchmark = {
  name: 'idle',
  about: 'resident memory of a server 5 s after its first few requests',
  async *run(world) {
    const dossier = await startDossier(world, copyData(world, 'idle'));
    try {
      await greet(world, dossier);
      await Bun.sleep(5_000);
      const memory = memoryOf(dossier.pid);
      if (memory === undefined) throw new Error('memory can be measured on Linux only');
      const note = `with children ${megabytes(memory.withChildren)}`;
      yield figureLine('idle memory', memory.resident, megabytes, { atMost: 120 }, note);
    } finally {
      await dossier.stop();
    }
  },
};

/** A few ordinary requests. */
async function greet(world: World, { base }: Running): Promise<void> {
  const { posts, small, token } = world.data;
  await call(base, 'GET', `/api/collections/posts/records/${posts[0]}`, { token });
  await call(base, 'GET', '/api/collections/posts/records?sort=-created&filter=status%3D%22draft%22', {
    token,
  });
  await (await fetch(`${base}/api/files/files/${small.record}/${small.name}`)).arrayBuffer();
}

/** How soon a server answers. */
export const start: Benchmark = {
  name: 'start',
  about:
    'from exec to the first answer on an existing data folder of 100,000 rows twice, median of 10 starts',
  async *run(world) {
    const dir = copyData(world, 'start');
    const times: number[] = [];
    for (let n = 0; n <= STARTS; n++) times.push(await startOnce(world, dir));
    // The first start reads the program and the database from disk.
    const [cold = Number.NaN, ...warm] = times;
    const show = (figure: number) => `${figure.toFixed(0)} ms`;
    yield figureLine(
      'first answer after exec',
      median(warm),
      show,
      { atMost: 150 },
      `first of all ${show(cold)}`,
    );
  },
};

async function startOnce(world: World, dir: string): Promise<number> {
  const address = `127.0.0.1:${freePort()}`;
  const command = [...world.binary, 'serve', '--http', address, '--dir', dir, '--log-format', 'json'];
  const started = performance.now();
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
  try {
    for (;;) {
      try {
        const response = await fetch(`http://${address}/api/health`);
        if (response.ok) return performance.now() - started;
      } catch {
        // Not yet.
      }
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      if (performance.now() - started > 10_000) throw new Error('no answer within 10 s');
      await Bun.sleep(1);
    }
  } finally {
    child.kill('SIGTERM');
    await child.exited;
  }
}
