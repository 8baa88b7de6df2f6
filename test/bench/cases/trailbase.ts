import { call, textOf } from '../api.ts';
import {
  type Benchmark,
  figureLine,
  inPairs,
  median,
  megabytes,
  milliseconds,
  perSecond,
  ratioLine,
  type World,
} from '../bench.ts';
import { POST } from '../data-set.ts';
import { type StreamKind, tapOf } from '../event-tap.ts';
import { type Load, load } from '../load.ts';
import { memoryOf, type Running } from '../processes.ts';
import { copyData, startDossier, startWithoutStreamLimit } from '../servers.ts';
import { watchMemory } from '../watch-memory.ts';

const CONNECTIONS = 64;
const WARM_UP = 4;
const SUBSCRIBERS = 10_000;
/** Streams that are opened at a time. */
const AT_ONCE = 100;
const UPLOAD_BYTES = 10_000_000;
const UPLOADS = 4;
const TRAILBASE = '/api/records/v1';
const POCKETBASE = '/api/collections';

/** TrailBase's wire beside PocketBase's, on the same server and the same records. */
export const trailbase: Benchmark = {
  name: 'trailbase',
  about: `the same records by TrailBase's wire and by PocketBase's, in turn on one server: create, read by id; ${SUBSCRIBERS} idle subscribers: memory in all, and the time until one change has reached each; memory grown by base64 uploads of ${UPLOAD_BYTES / 1e6} MB`,
  async *run(world) {
    yield* records(world);
    yield* subscribers(world);
    yield* uploads(world);
  },
};

/** The `Authorization` header of the data set's account, as this wire has it. */
async function signIn({ base }: Running): Promise<string> {
  const json = { email: 'member@example.com', password: 'correct-horse-battery' };
  return `Bearer ${textOf(await call(base, 'POST', '/api/auth/v1/login', { json }), 'auth_token')}`;
}

async function* records(world: World) {
  const dossier = await startDossier(world, copyData(world, 'trailbase'));
  try {
    const bearer = await signIn(dossier);
    const { base } = dossier;
    const create = { base, method: 'POST', body: POST, connections: CONNECTIONS } as const;
    yield await compare(world, 'create, against the PocketBase dialect', {
      ours: { ...create, paths: [`${TRAILBASE}/posts`], token: bearer },
      theirs: { ...create, paths: [`${POCKETBASE}/posts/records`], token: world.data.token },
    });
    const read = { base, connections: CONNECTIONS } as const;
    const { posts } = world.data;
    yield await compare(world, 'read by id, against the PocketBase dialect', {
      ours: { ...read, paths: posts.map((id) => `${TRAILBASE}/posts/${id}`), token: bearer },
      theirs: {
        ...{ ...read, paths: posts.map((id) => `${POCKETBASE}/posts/records/${id}`) },
        token: world.data.token,
      },
    });
  } finally {
    await dossier.stop();
  }
}

async function compare(world: World, name: string, { ours, theirs }: { ours: Load; theirs: Load }) {
  const rate = async (asked: Load) => (await load(world, asked)).rate;
  await load(world, { ...ours, seconds: WARM_UP });
  await load(world, { ...theirs, seconds: WARM_UP });
  const rates = await inPairs(
    world.rounds,
    () => rate(ours),
    () => rate(theirs),
  );
  return ratioLine(name, rates, perSecond, { atLeast: 0.9 });
}

async function* subscribers(world: World) {
  const dossier = await startWithoutStreamLimit(world, 'trailbase-many');
  const stream: StreamKind = {
    path: `${TRAILBASE}/posts/subscribe/*`,
    greeting: /\n: ?ping\r?\n/,
    event: 'data: {',
  };
  const tap = tapOf(dossier.base, stream);
  try {
    for (let made = 0; made < SUBSCRIBERS; made += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => tap.connect()));
    }
    await Bun.sleep(2000);
    const memory = memoryOf(dossier.pid)?.withChildren ?? Number.NaN;
    yield figureLine(`memory, ${SUBSCRIBERS} subscribers`, memory, megabytes, { atMost: 250 });
    const times: number[] = [];
    for (let round = 0; round <= world.rounds; round++) {
      const all = tap.untilAll(SUBSCRIBERS);
      const before = performance.now();
      await call(dossier.base, 'POST', `${POCKETBASE}/posts/records`, {
        token: world.data.token,
        json: POST,
      });
      await all;
      times.push(performance.now() - before);
      await Bun.sleep(300);
    }
    const after = memoryOf(dossier.pid)?.withChildren ?? Number.NaN;
    const note = `slowest ${milliseconds(Math.max(...times))}; memory after ${megabytes(after)}`;
    yield figureLine(
      `one change to ${SUBSCRIBERS} subscribers`,
      median(times),
      milliseconds,
      { atMost: 1000 },
      note,
    );
  } finally {
    tap.close();
    await dossier.stop();
  }
}

async function* uploads(world: World) {
  const dossier = await startDossier(world, copyData(world, 'trailbase-uploads'));
  try {
    const token = await signIn(dossier);
    const bytes = Buffer.allocUnsafe(UPLOAD_BYTES);
    for (let at = 0; at < bytes.length; at += 50_000) crypto.getRandomValues(bytes.subarray(at, at + 50_000));
    const upload = (data: Buffer) =>
      call(dossier.base, 'POST', `${TRAILBASE}/files`, {
        ...{ token, json: { doc: { filename: 'big.bin', data: data.toString('base64') } } },
      });
    await upload(bytes.subarray(0, 1000));
    const watch = watchMemory(dossier.pid);
    for (let sent = 0; sent < UPLOADS; sent++) await upload(bytes);
    const { own, withChildren } = watch.stop();
    const note = `${UPLOADS} in turn; with children ${megabytes(withChildren)}`;
    yield figureLine('memory grown by base64 uploads of 10 MB', own, megabytes, { atMost: 60 }, note);
  } finally {
    await dossier.stop();
  }
}
