import { type Benchmark, inPairs, milliseconds, ratioLine, type World } from '../bench.ts';
import { load } from '../load.ts';
import type { Running } from '../processes.ts';
import { copyData, startDossier } from '../servers.ts';

const CONNECTIONS = 8;

/** As many terms as a filter may have, none of which an index serves or any row meets. */
const MANY_TERMS = Array.from({ length: 170 }, (_, n) => `body~"%z%q${n}%"`).join('||');
/** Each of 100,000 rows against the 10,000 of the same project. */
const FAN_OUT = 'project.notes_via_project.body ?~ "%z%q%" || project.notes_via_project.title ?~ "%z%q%"';

/** What one expensive question does to everyone else. */
export const fairness: Benchmark = {
  name: 'fairness',
  about:
    'p99 of reads by id (8 connections) while one client asks the most expensive filters in a loop, against the same without it',
  async *run(world) {
    const dossier = await startDossier(world, copyData(world, 'fairness'), 'anywhere');
    try {
      await p99Of(world, dossier);
      yield await disturbed(world, dossier, 'p99 beside a filter of 170 terms', {
        path: `/api/collections/posts/records?sort=body&filter=${encodeURIComponent(MANY_TERMS)}`,
      });
      yield await disturbed(world, dossier, 'p99 beside a filter through back-relations', {
        path: `/api/collections/notes/records?sort=body&filter=${encodeURIComponent(FAN_OUT)}`,
        token: world.data.token,
      });
    } finally {
      await dossier.stop();
    }
  },
};

interface Question {
  readonly path: string;
  readonly token?: string;
}

async function disturbed(world: World, dossier: Running, name: string, question: Question) {
  const answers: string[] = [];
  const latencies = await inPairs(
    world.rounds,
    async () => {
      const loop = askInLoop(dossier, question);
      const p99 = await p99Of(world, dossier);
      answers.push(...(await loop.stop()));
      return p99;
    },
    () => p99Of(world, dossier),
  );
  return ratioLine(name, latencies, milliseconds, { atMost: 3 }, `filter: ${answers[0] ?? 'no answer'}`);
}

async function p99Of(world: World, { base }: Running): Promise<number> {
  const paths = world.data.posts.map((id) => `/api/collections/posts/records/${id}`);
  return (await load(world, { base, paths, connections: CONNECTIONS })).p99;
}

/** One client that asks again as soon as it is answered; `stop` gives up waiting and tells each answer. */
function askInLoop({ base }: Running, { path, token }: Question) {
  const abort = new AbortController();
  const answers: string[] = [];
  const headers: Record<string, string> = token === undefined ? {} : { authorization: token };
  const ask = async () => {
    const started = performance.now();
    const response = await fetch(`${base}${path}`, { headers, signal: abort.signal });
    await response.text();
    answers.push(`${response.status} after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  };
  const loop = (async () => {
    const started = performance.now();
    try {
      while (!abort.signal.aborted) await ask();
    } catch {
      const waited = ((performance.now() - started) / 1000).toFixed(1);
      if (answers.length === 0) answers.push(`not answered within ${waited} s`);
    }
  })();
  return {
    async stop(): Promise<readonly string[]> {
      abort.abort();
      await loop;
      return answers;
    },
  };
}
