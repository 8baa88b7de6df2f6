import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { type Benchmark, inPairs, median, perSecond, ratioLine, type World } from '../bench.ts';
import { POST, ROWS } from '../data-set.ts';
import { load } from '../load.ts';
import type { Running } from '../processes.ts';
import { copyData, startDossier, startFloor, withBoth } from '../servers.ts';

const CONNECTIONS = 64;
/** Seconds until the engine has compiled what is hot: writing takes more code than reading. */
const WRITE_WARM_UP = 5;
const READ_WARM_UP = 2;

/** Creating records; after each load the table is cut to the same 100,000 rows again. */
export const create: Benchmark = {
  name: 'create',
  about:
    'create a record of 5 fields and one index under the rule @request.auth.id != "", into 100,000 rows, 64 connections, durable; floors: the same group commit under FULL, and a commit per request under NORMAL',
  async *run(world) {
    const { token } = world.data;
    const dossier = await startInsert(world, 'create', (dir) => startDossier(world, dir), {
      path: '/api/collections/posts/records',
      token,
    });
    try {
      for (const { commit, name, atLeast, rounds } of FLOORS) {
        const start = (dir: string) => startFloor(world, dir, commit);
        const floor = await startInsert(world, `create-${commit}`, start, { path: '/posts' });
        try {
          const rates = await inPairs(rounds(world), dossier.insert, floor.insert);
          yield ratioLine(name, rates, perSecond, { atLeast });
        } finally {
          await floor.stop();
        }
      }
    } finally {
      await dossier.stop();
    }
  },
};

const FLOORS = [
  {
    commit: 'grouped',
    name: 'create, grouped floor',
    atLeast: 0.55,
    rounds: ({ rounds }: World) => rounds,
  },
  {
    commit: 'single',
    name: 'create, single-commit floor',
    atLeast: 1,
    rounds: ({ rounds }: World) => Math.ceil(rounds / 2),
  },
] as const;

/** A server on a copy of its own, warm; `insert` answers creations per second. */
async function startInsert(
  world: World,
  name: string,
  start: (dir: string) => Promise<Running>,
  { path, token }: { readonly path: string; readonly token?: string },
) {
  const dir = copyData(world, name);
  const server = await start(dir);
  const asked = { base: server.base, method: 'POST', paths: [path], token, body: POST } as const;
  const insert = async (seconds = world.seconds) => {
    const { rate } = await load(world, { ...asked, connections: CONNECTIONS, seconds });
    trim(join(dir, 'data.db'));
    return rate;
  };
  await insert(WRITE_WARM_UP);
  return { insert: () => insert(), stop: () => server.stop() };
}

/** Takes the rows away that were made, from beside the server, which does not mind. */
function trim(path: string): void {
  const db = new Database(path);
  db.run('PRAGMA busy_timeout = 5000');
  db.run(`DELETE FROM posts WHERE rowid > ${ROWS}`);
  db.run('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
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
    'list 30 of 100,000 with an indexed filter (2,000 match), a sort and the total (which the product counts anew only after a commit, the floor each time); then under a rule that reads another collection (1,000 match), the floor being the join written by hand',
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
  await load(world, { ...ask, seconds: READ_WARM_UP });
  await load(world, { ...askFloor, seconds: READ_WARM_UP });
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
