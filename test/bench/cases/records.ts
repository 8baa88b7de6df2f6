import { rmSync } from 'node:fs';
import { type Benchmark, inPairs, median, perSecond, ratioLine, type World } from '../bench.ts';
import { load } from '../load.ts';
import type { Running } from '../processes.ts';
import { copyData, type FloorCommit, startDossier, startFloor, withBoth } from '../servers.ts';

const CONNECTIONS = 64;

const POST = {
  title: 'A title of some length',
  body: 'The body of a row, as long as a short note that somebody wrote down in a hurry.',
  status: 'live',
  views: 7,
  done: true,
};

/** Creating records, each round on fresh copies of the same 100,000 rows. */
export const create: Benchmark = {
  name: 'create',
  about:
    'create a record of 5 fields and one index under the rule @request.auth.id != "", into 100,000 rows, 64 connections, durable; floors: the same group commit under FULL, and a commit per request under NORMAL',
  async *run(world) {
    const dossier = () =>
      onCopy(
        world,
        (dir) => startDossier(world, dir),
        ({ base }) => insert(world, base, '/api/collections/posts/records', world.data.token),
      );
    const floor = (commit: FloorCommit) => () =>
      onCopy(
        world,
        (dir) => startFloor(world, dir, commit),
        ({ base }) => insert(world, base, '/posts'),
      );
    const grouped = await inPairs(world.rounds, dossier, floor('grouped'));
    yield ratioLine('create, grouped floor', grouped, perSecond, { atLeast: 0.55 });
    const single = await inPairs(Math.ceil(world.rounds / 2), dossier, floor('single'));
    yield ratioLine('create, single-commit floor', single, perSecond, { atLeast: 1 });
  },
};

async function insert(world: World, base: string, path: string, token?: string): Promise<number> {
  const asked = { base, method: 'POST' as const, paths: [path], token, body: POST, connections: CONNECTIONS };
  await load(world, { ...asked, seconds: 1 });
  return (await load(world, asked)).rate;
}

async function onCopy(
  world: World,
  start: (dir: string) => Promise<Running>,
  work: (server: Running) => Promise<number>,
): Promise<number> {
  const dir = copyData(world, 'create', { files: false });
  const server = await start(dir);
  try {
    return await work(server);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Reading one record at a time. */
export const read: Benchmark = {
  name: 'read',
  about: 'read a record by id, 1,000 ids out of 100,000 rows in turn',
  run: (world) =>
    withBoth(world, async function* (dossier, floor) {
      const ours = world.data.posts.map((id) => `/api/collections/posts/records/${id}`);
      const theirs = world.data.posts.map((id) => `/posts/${id}`);
      yield await compareReads(world, 'read by id', 0.55, { dossier, ours, floor, theirs });
    }),
};

/** Lists with a filter and a sort that an index serves, and the total. */
export const list: Benchmark = {
  name: 'list',
  about:
    'list 30 of 100,000 with an indexed filter (2,000 match), a sort and the total; then under a rule that reads another collection (1,000 match), the floor being the join written by hand',
  run: (world) =>
    withBoth(world, async function* (dossier, floor) {
      const query = `filter=${encodeURIComponent('status = "draft"')}&sort=-created`;
      yield await compareReads(world, 'list of 30', 0.75, {
        dossier,
        ours: [`/api/collections/posts/records?${query}`],
        floor,
        theirs: ['/posts?status=draft'],
      });
      yield await compareReads(world, 'list of 30, rule with a join', 0.6, {
        dossier,
        ours: [`/api/collections/notes/records?${query}`],
        token: world.data.token,
        floor,
        theirs: [`/notes?status=draft&owner=${world.data.account}`],
      });
    }),
};

interface Reads {
  readonly dossier: Running;
  readonly ours: readonly string[];
  readonly token?: string;
  readonly floor: Running;
  readonly theirs: readonly string[];
}

async function compareReads(world: World, name: string, atLeast: number, reads: Reads) {
  await requireSameItems(reads);
  const connections = CONNECTIONS;
  const ask = { base: reads.dossier.base, paths: reads.ours, token: reads.token, connections };
  const askFloor = { base: reads.floor.base, paths: reads.theirs, connections };
  await load(world, { ...ask, seconds: 1 });
  await load(world, { ...askFloor, seconds: 1 });
  const results = await inPairs(
    world.rounds,
    () => load(world, ask),
    () => load(world, askFloor),
  );
  const rates = {
    ours: results.ours.map(({ rate }) => rate),
    theirs: results.theirs.map(({ rate }) => rate),
  };
  const p99 = median(results.ours.map((result) => result.p99));
  return ratioLine(name, rates, perSecond, { atLeast }, `p99 ${p99.toFixed(1)} ms`);
}

/** A comparison of servers that answer differently would mean nothing. */
async function requireSameItems({ dossier, ours, token, floor, theirs }: Reads): Promise<void> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: token };
  const idsOf = async (url: string) => {
    const text = await (await fetch(url, { headers })).text();
    const total = /"totalItems":\d+/.exec(text)?.[0];
    return JSON.stringify([total, [...text.matchAll(/"id":"[^"]+"/g)].map(([id]) => id)]);
  };
  const answer = await idsOf(`${dossier.base}${ours[0]}`);
  const expected = await idsOf(`${floor.base}${theirs[0]}`);
  if (answer !== expected) throw new Error(`the product answers ${answer}, the floor ${expected}`);
}
