import { call } from '../api.ts';
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
import { load } from '../load.ts';
import { memoryOf, type Running } from '../processes.ts';
import { startWithoutStreamLimit } from '../servers.ts';

const SUBSCRIBERS = 10_000;
/** Connections that are opened, or subscriptions that are sent, at a time. */
const AT_ONCE = 100;
const LISTENERS = 10;
const WARM_UP = 4;
const POSTS = '/api/collections/posts/records';
const STREAM: StreamKind = {
  path: '/api/realtime',
  greeting: /\nid:([A-Za-z0-9]{40})\n/,
  event: '\nevent:',
};

/** Many who wait for changes, and what it costs those who make them. */
export const realtime: Benchmark = {
  name: 'realtime',
  about: `${SUBSCRIBERS} idle realtime connections: memory in all, and the time until one change has reached each; creations per second beside subscribers of another collection and of this one, against none`,
  async *run(world) {
    yield* many(world);
    yield* creations(world);
  },
};

async function* many(world: World) {
  const dossier = await startWithoutStreamLimit(world, 'realtime-many');
  const tap = tapOf(dossier.base, STREAM);
  try {
    for (let made = 0; made < SUBSCRIBERS; made += AT_ONCE) {
      const ids = await Promise.all(Array.from({ length: AT_ONCE }, () => tap.connect()));
      await Promise.all(ids.map((id) => subscribe(dossier, id, 'posts/*')));
    }
    await Bun.sleep(2000);
    const memory = memoryOf(dossier.pid)?.withChildren ?? Number.NaN;
    yield figureLine(`memory, ${SUBSCRIBERS} realtime connections`, memory, megabytes, { atMost: 250 });
    const times: number[] = [];
    for (let round = 0; round <= world.rounds; round++) {
      const all = tap.untilAll(SUBSCRIBERS);
      const before = performance.now();
      await call(dossier.base, 'POST', POSTS, { token: world.data.token, json: POST });
      await all;
      times.push(performance.now() - before);
      await Bun.sleep(300);
    }
    const after = memoryOf(dossier.pid)?.withChildren ?? Number.NaN;
    const note = `slowest ${milliseconds(Math.max(...times))}; memory after ${megabytes(after)}`;
    const line = `one change to ${SUBSCRIBERS} connections`;
    yield figureLine(line, median(times), milliseconds, { atMost: 1000 }, note);
  } finally {
    tap.close();
    await dossier.stop();
  }
}

async function* creations(world: World) {
  const dossier = await startWithoutStreamLimit(world, 'realtime-create');
  const create = async (seconds = world.seconds) => {
    const { token } = world.data;
    const options = { method: 'POST', paths: [POSTS], token, body: POST, connections: 64, seconds } as const;
    return (await load(world, { base: dossier.base, ...options })).rate;
  };
  try {
    await create(WARM_UP);
    for (const [topic, name, atLeast] of [
      ['projects/*', 'beside a subscriber of another collection', 0.95],
      ['posts/*', `beside ${LISTENERS} subscribers of it`, 0.5],
    ] as const) {
      const rates = await inPairs(
        world.rounds,
        async () => {
          const tap = tapOf(dossier.base, STREAM);
          const ids = await Promise.all(Array.from({ length: LISTENERS }, () => tap.connect()));
          await Promise.all(ids.map((id) => subscribe(dossier, id, topic)));
          const rate = await create();
          tap.close();
          await Bun.sleep(200);
          return rate;
        },
        () => create(),
      );
      yield ratioLine(`create ${name}`, rates, perSecond, { atLeast });
    }
  } finally {
    await dossier.stop();
  }
}

async function subscribe({ base }: Running, clientId: string, topic: string): Promise<void> {
  const response = await fetch(`${base}/api/realtime`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ clientId, subscriptions: [topic] }),
  });
  if (response.status !== 204) throw new Error(`not subscribed: ${response.status} ${await response.text()}`);
}
