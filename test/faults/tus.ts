import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { type FailpointName, resumableFailpoints } from '../../src/lib/failpoints.ts';
import { settledAudit } from '../support/audit.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { type FaultHarness, type FaultReport, generator } from '../support/fault-harness.ts';
import {
  adminToken,
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';
import { FILMS, fileOf, numberedBytes, stagedIn, type Uploaded, uploadByTus } from '../support/tus.ts';

const MEGABYTE = 1_000_000;

/** What happens to one upload. */
interface Cycle {
  /** The server dies when it gets there for the `hit`-th time. */
  readonly point?: FailpointName;
  readonly hit?: number;
  /** Milliseconds after which it is killed wherever it is. */
  readonly killAfter?: number;
  /** Whether connections break on the way. */
  readonly cuts: boolean;
  readonly size: number;
  readonly chunkSize: number;
  readonly pieces: number;
}

/**
 * Resumable uploads by the stock client while connections are cut and the server dies: at each point that only they pass, and
 * anywhere. Each upload must come to its end on the restarted server, no acknowledged offset may go back, the file must be the
 * same byte for byte, and neither objects nor staged bytes may be left that nobody owns.
 */
export const tusFaults: FaultHarness = {
  name: 'cuts and kill -9',
  driver: 'tus',
  async run({ form, seconds, seed }) {
    const random = generator(seed);
    const deadline = performance.now() + seconds * 1000;
    const folder = temporaryFolder();
    const dir = join(folder, 'data');
    const report = { cycles: 0, acknowledged: 0, violations: [] as string[] };
    try {
      await prepare(dir);
      for (const cycle of cycles(form, random)) {
        if (form === 'long' && report.cycles >= resumableFailpoints.size && performance.now() > deadline)
          break;
        await runCycle(dir, cycle, random, report);
      }
    } finally {
      removeFolder(folder);
    }
    return report satisfies FaultReport;
  },
};

async function prepare(dir: string): Promise<void> {
  await makeSuperuser(dir);
  const server = await startServer({ dir });
  try {
    const made = await fetch(`${server.base}/api/collections`, {
      method: 'POST',
      headers: { authorization: await adminToken(server.base), 'content-type': 'application/json' },
      body: JSON.stringify(FILMS),
    });
    if (!made.ok) throw new Error(`no collection: ${await made.text()}`);
  } finally {
    await server.stop();
  }
}

function* cycles(form: 'short' | 'long', random: () => number): Generator<Cycle> {
  for (const point of resumableFailpoints) {
    const often = point === 'stage.written' || point === 'stage.synced' || point === 'stage.recorded';
    const hit = often ? 1 + Math.floor(random() * 3) : 1;
    yield { point, hit, cuts: false, size: 3 * MEGABYTE + 17, chunkSize: 700_000, pieces: 1 };
  }
  yield { killAfter: 60, cuts: true, size: 6 * MEGABYTE, chunkSize: Number.POSITIVE_INFINITY, pieces: 1 };
  // The pieces' rows and the record change in one transaction, so here, too, a file is whole or not there.
  yield { killAfter: 40, cuts: true, size: 4 * MEGABYTE, chunkSize: MEGABYTE, pieces: 3 };
  while (form === 'long') {
    yield {
      killAfter: random() < 0.8 ? random() * 400 : undefined,
      cuts: random() < 0.7,
      size: Math.floor(1 + random() ** 2 * 40 * MEGABYTE),
      chunkSize: random() < 0.3 ? Number.POSITIVE_INFINITY : Math.floor(200_000 + random() * 8 * MEGABYTE),
      pieces: random() < 0.25 ? 3 : 1,
    };
  }
}

type Report = { cycles: number; acknowledged: number; violations: string[] };

async function runCycle(dir: string, cycle: Cycle, random: () => number, report: Report): Promise<void> {
  const { point, hit = 1, killAfter, cuts, size, chunkSize, pieces } = cycle;
  const say = (what: string) =>
    report.violations.push(`cycle ${report.cycles} (${JSON.stringify(cycle)}): ${what}`);
  const env = point === undefined ? undefined : { DOSSIER_FAILPOINTS: `${point}=kill@${hit}` };
  let server = await startServer({ dir, env });
  const { base } = server;
  const args = ['--http', new URL(base).host];
  const budget = () => (cuts && random() < 0.8 ? random() * 2 * MEGABYTE : Number.POSITIVE_INFINITY);
  const proxy = await startCuttingProxy(base, budget);
  try {
    const data = numberedBytes(size, report.cycles);
    const parallel = pieces > 1 ? { parallelUploads: pieces } : {};
    const uploading = tryUntilDone(
      () => uploadByTus(proxy.base, data, { chunkSize, ...parallel }),
      pieces > 1,
    );
    uploading.catch(() => {});
    if (point !== undefined) {
      const died = await Promise.race([server.exited.then(() => true), Bun.sleep(8000).then(() => false)]);
      if (!died) say('the point was not reached');
    } else if (killAfter !== undefined) {
      await Bun.sleep(killAfter);
    }
    if (point !== undefined || killAfter !== undefined) server = await restart(server, dir, args);
    const uploaded = await uploading;
    report.acknowledged += uploaded.acknowledged;
    for (const violation of uploaded.violations) say(violation);
    const record = uploaded.record || (await recordOf(uploaded.url.replace(proxy.base, base)));
    if (!(await fileOf(base, record)).equals(data)) say('the file is another one');
    report.acknowledged++;
    await checkLeftovers(dir, say);
  } catch (error) {
    say(`the upload did not come to its end: ${String(error)}`);
  } finally {
    await proxy.stop();
    await server.stop();
    report.cycles++;
  }
}

/** Pieces that were joined while the answer was lost are gone for the client's next try, which begins anew then. */
async function tryUntilDone(upload: () => Promise<Uploaded>, joined: boolean): Promise<Uploaded> {
  for (let tries = 0; ; tries++) {
    try {
      return await upload();
    } catch (error) {
      if (!joined || tries >= 20) throw error;
      await Bun.sleep(100);
    }
  }
}

async function restart(server: TestServer, dir: string, args: readonly string[]): Promise<TestServer> {
  await server.stop('SIGKILL');
  return startServer({ dir, args });
}

async function recordOf(url: string): Promise<string> {
  const head = await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
  const record = head.headers.get('dossier-record');
  if (record === null) throw new Error(`the upload is answered ${head.status} and names no record`);
  return record;
}

/** A killed creation may have left a session, but bytes only where a session is; after a start there is nothing else. */
async function checkLeftovers(dir: string, say: (what: string) => void): Promise<void> {
  for (const breach of await settledAudit(dir)) say(breach);
  using db = new Database(join(dir, 'data.db'), { readonly: true });
  const open = new Set(
    db
      .query<{ id: string }, []>("SELECT id FROM _uploads WHERE state = 'open'")
      .all()
      .map(({ id }) => id),
  );
  for (const name of stagedIn(dir)) if (!open.has(name)) say(`nobody owns the staged file ${name}`);
}
