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
import { load } from '../load.ts';
import { memoryOf, type Running } from '../processes.ts';
import { copyData } from '../servers.ts';

const SUBSCRIBERS = 10_000;
/** Connections that are opened, or subscriptions that are sent, at a time. */
const AT_ONCE = 100;
const LISTENERS = 10;
const WARM_UP = 4;
const POST = {
  title: 'A title of some length',
  body: 'The body of a row, as long as a short note that somebody wrote down in a hurry.',
  status: 'live',
  views: 7,
  done: true,
};
const POSTS = '/api/collections/posts/records';

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
  const dossier = await start(world, 'realtime-many');
  const tap = tapOf(dossier);
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
  const dossier = await start(world, 'realtime-create');
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
          const tap = tapOf(dossier);
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

/** One address holds all the connections here. */
async function start(world: World, name: string): Promise<Running> {
  const dir = copyData(world, name);
  const config = world.place(`${name}.toml`);
  await Bun.write(config, '[server]\nmax_streams_per_address = 0\n');
  const command = [...world.binary, 'serve', '--http', 'ADDRESS', '--dir', dir, '--log-format', 'json'];
  return world.processes.serve({ command: [...command, '--config', config], ready: '/api/health' });
}

async function subscribe({ base }: Running, clientId: string, topic: string): Promise<void> {
  const response = await fetch(`${base}/api/realtime`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ clientId, subscriptions: [topic] }),
  });
  if (response.status !== 204) throw new Error(`not subscribed: ${response.status} ${await response.text()}`);
}

/** Clients that count events and keep nothing. */
function tapOf({ base }: Running) {
  const { hostname, port } = new URL(base);
  const sockets: Bun.Socket[] = [];
  let events = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let reached: (() => void) | undefined;

  function count(chunk: Uint8Array): void {
    events += chunk.toString().split('\nevent:').length - 1;
    if (events < wanted) return;
    wanted = Number.POSITIVE_INFINITY;
    reached?.();
  }

  return {
    /** The client's id. */
    async connect(): Promise<string> {
      const hello = Promise.withResolvers<string>();
      let greeting: string | undefined = '';
      const socket = await Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: (own) => void own.write(`GET /api/realtime HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`),
          data(_own, chunk) {
            if (greeting === undefined) {
              count(chunk);
              return;
            }
            greeting += chunk.toString();
            const id = /\nid:([A-Za-z0-9]{40})\n/.exec(greeting)?.[1];
            if (id === undefined) return;
            greeting = undefined;
            hello.resolve(id);
          },
          close: () => hello.reject(new Error(`a connection was closed: ${greeting}`)),
          error: (_own, error) => hello.reject(error),
        },
      });
      sockets.push(socket);
      return hello.promise;
    },
    /** Resolves when that many more events came, to all connections together. */
    untilAll(more: number): Promise<void> {
      events = 0;
      wanted = more;
      return new Promise((resolve) => {
        reached = resolve;
      });
    },
    close() {
      for (const socket of sockets) socket.terminate();
    },
  };
}
