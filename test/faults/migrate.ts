import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import type { Storage } from '../../src/core/ports/storage.ts';
import { QUARANTINE } from '../../src/core/storages/reserved.ts';
import { careFailpoints, type FailpointName } from '../../src/lib/failpoints.ts';
import { readControlFile } from '../../src/server/control-file.ts';
import { plain } from '../fixtures/images.ts';
import { type Looked, settledAudit } from '../support/audit.ts';
import { type FaultHarness, type FaultReport, type FaultRun, generator } from '../support/fault-harness.ts';
import { textAt } from '../support/json.ts';
import { createLedger, isAlive } from '../support/ledger.ts';
import { makeLedgerFolder } from '../support/ledger-folder.ts';
import { removeFolder, startServer, type TestServer, temporaryFolder } from '../support/server.ts';
import { type ServiceName, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { HUGE, observe } from './kill.ts';
import { pieces } from './service-operations.ts';

/** The service's storage, beside that of the folder, which is called `local`. */
const AWAY = 'away';
/** How long the server is worked on when it does not come to its failpoint. */
const LONGEST_CYCLE_MS = 15_000;
/** Where the short form kills. */
const SHORT: readonly FailpointName[] = ['migrate.copied', 'migrate.switched'];
/** Points of every write, those that switch files over among them. */
const COMMITS: readonly FailpointName[] = ['database.commit', 'database.committed'];
/** Files that are moved and read all the time, and never written. */
const STANDING = 6;

/**
 * kill -9 while files are moved to another storage and back and strange objects are put in quarantine, under concurrent
 * writes and downloads. Files are written to the storage that is being emptied. After each death the ledger is compared with
 * the server's answers, and records and catalogue with both storages.
 */
export function killMigration(driver: ServiceName): FaultHarness {
  return { name: 'kill -9 while moving', driver, run: (run) => kill(driver, run) };
}

async function kill(driver: ServiceName, run: FaultRun): Promise<FaultReport> {
  const deadline = performance.now() + run.seconds * 1000;
  const random = generator(run.seed);
  const folder = temporaryFolder();
  const standIn = await startStandIn(driver);
  const strangers = await standIn.open({ spoolDir: join(folder, 'strangers'), prefix: 'objects/' });
  try {
    const dir = join(folder, 'data');
    await makeLedgerFolder(dir);
    const victim = await createVictim(dir, standIn, strangers, random);
    const points = run.form === 'long' ? [...careFailpoints, ...COMMITS] : SHORT;
    const hit = (name: FailpointName) => {
      if (COMMITS.includes(name)) return 30 + Math.floor(random() * 120);
      return name.startsWith('collect') || run.form === 'short' ? 1 : 1 + Math.floor(random() * 8);
    };
    for (const name of points) await victim.dieAt(name, hit(name));
    while (run.form === 'long' && performance.now() < deadline) {
      const name = points[Math.floor(random() * points.length)];
      if (name !== undefined && random() < 0.5) await victim.dieAt(name, hit(name));
      else await victim.dieAfter(200 + random() * 1500);
    }
    return victim.report();
  } finally {
    await strangers.close();
    await standIn.stop();
    removeFolder(folder);
  }
}

async function createVictim(dir: string, standIn: StandIn, strangers: Storage, random: () => number) {
  const picture = new Uint8Array(await plain(300, 200).png().toBuffer());
  const ledger = createLedger(random, picture, { huge: HUGE[standIn.driver] });
  const look = await observe(standIn, join(dir, '..', 'observer'), AWAY);
  const strange = new Set<string>();
  const standing: Standing[] = [];
  const violations: string[] = [];
  let cycles = 0;

  /** The storage that is emptied takes what is written meanwhile. */
  const settings = (to: string): Record<string, string> => ({
    ...Object.fromEntries(
      Object.entries(standIn.env()).map(([name, value]) => [
        name.replace('DOSSIER_STORAGE_', 'DOSSIER_STORAGES_AWAY_'),
        value,
      ]),
    ),
    DOSSIER_STORAGE_DEFAULT: to === AWAY ? 'local' : AWAY,
  });

  async function live(what: string, to: string, spec: string, until: Promise<unknown>): Promise<void> {
    const key = `stranger-${cycles}`;
    await strangers.put(key, pieces(new TextEncoder().encode(key)));
    strange.add(key);
    const server = await startServer({ dir, env: { ...settings(to), DOSSIER_FAILPOINTS: spec } });
    const over = Promise.race([server.exited, until]);
    if (standing.length === 0) standing.push(...(await placeStanding(server.base)));
    const read = keepReading(server.base, standing, over);
    const care = keepMoving(server, { to, collectFirst: spec.startsWith('collect') }, over);
    await ledger.work(server.base, over);
    const died = await Promise.race([server.exited.then(() => true), Bun.sleep(500).then(() => false)]);
    if (!died) {
      await server.stop('SIGKILL');
      if (spec !== '') violations.push(`${what}: it was not reached`);
    }
    violations.push(...[...(await read), ...(await care)].map((problem) => `${what}: ${problem}`));
    await check(what, to);
  }

  async function check(what: string, to: string): Promise<void> {
    // Old bytes stay for a minute or more, for downloads that are under way.
    hastenDeletions(dir);
    const server = await startServer({ dir, env: settings(to) });
    const problems = await ledger.check(server.base);
    problems.push(...(await settledAudit(dir, 15_000, lookBesideStrangers)));
    const code = await server.stop();
    if (code !== 0) problems.push(`it stopped with code ${code}`);
    violations.push(...problems.map((problem) => `${what}: ${problem}`));
    cycles++;
  }

  /** A strange object may lie where it was, in quarantine, or for a moment in both; never nowhere. */
  async function lookBesideStrangers(): Promise<Looked> {
    const { stores, leftovers } = await look();
    const away = new Map(stores.get(AWAY));
    const lost = [...strange].filter((key) => !away.has(key) && !away.has(QUARANTINE + key));
    for (const key of strange) away.delete(key);
    return {
      stores: new Map([[AWAY, withoutUnnoted(away, dir)]]),
      leftovers: [...leftovers, ...lost.map((key) => `the strange object ${key} is lost`)],
    };
  }

  const direction = () => (random() < 0.5 ? AWAY : 'local');
  return {
    dieAt(name: FailpointName, hit: number): Promise<void> {
      const to = cycles % 2 === 0 ? AWAY : 'local';
      return live(
        `killed at hit ${hit} of ${name}, to ${to}`,
        to,
        `${name}=kill@${hit}`,
        Bun.sleep(LONGEST_CYCLE_MS),
      );
    },
    dieAfter(milliseconds: number): Promise<void> {
      const to = direction();
      return live(`killed at a random moment, to ${to}`, to, '', Bun.sleep(milliseconds));
    },
    report: (): FaultReport => ({ cycles, acknowledged: ledger.acknowledged, violations }),
  };
}

/** Lets the running server move and collect, again and again. What it says of files that cannot be moved, and its errors. */
async function keepMoving(
  server: TestServer,
  { to, collectFirst }: { readonly to: string; readonly collectFirst: boolean },
  over: Promise<unknown>,
): Promise<string[]> {
  let isOver = false;
  void over.finally(() => {
    isOver = true;
  });
  const problems: string[] = [];
  for (let round = collectFirst ? 0 : 1; !isOver; round++) {
    const [name, args] = round % 3 === 0 ? ['storage.collect', {}] : ['storage.migrate', { to }];
    try {
      for (const item of await operate(server.dir, name, args)) {
        if (item.includes('"kind":"finding"') || item.includes('"error"')) problems.push(`${name}: ${item}`);
      }
    } catch (error) {
      if ((await isAlive(server.base)) && !isOver) problems.push(`${name} broke off: ${String(error)}`);
      else return problems;
    }
    await Bun.sleep(20);
  }
  return problems;
}

/** A file that is always there. */
interface Standing {
  readonly path: string;
  readonly bytes: Uint8Array;
}

async function placeStanding(base: string): Promise<Standing[]> {
  const placed: Standing[] = [];
  for (let n = 0; n < STANDING; n++) {
    const bytes = new Uint8Array(50_000 * (n + 1)).map((_, index) => (index * (n + 3) + (index >> 8)) & 255);
    const form = new FormData();
    form.append('file', new File([bytes], 'standing.bin'));
    const made = await fetch(`${base}/api/collections/entries/records`, { method: 'POST', body: form });
    const record: unknown = await made.json();
    placed.push({ path: `/api/files/entries/${textAt(record, 'id')}/${textAt(record, 'file')}`, bytes });
  }
  return placed;
}

/** Downloads one file after the other. Sentences about those that do not come whole from a living server. */
async function keepReading(
  base: string,
  files: readonly Standing[],
  over: Promise<unknown>,
): Promise<string[]> {
  let isOver = false;
  void over.finally(() => {
    isOver = true;
  });
  const problems: string[] = [];
  while (!isOver) {
    for (const { path, bytes } of files) {
      try {
        const answer = await fetch(base + path);
        const found = await answer.bytes();
        if (answer.status !== 200) problems.push(`a download answers ${answer.status}`);
        else if (Buffer.compare(found, bytes) !== 0) problems.push('a download has other bytes');
      } catch (error) {
        if (!(await isAlive(base)) || isOver) return problems;
        problems.push(`a download broke off: ${String(error)}`);
      }
    }
  }
  return problems;
}

/** Has a running server do an operation, as the command line has it; its items, a line each. */
async function operate(dir: string, name: string, args: object): Promise<string[]> {
  const address = readControlFile(dir);
  if (address === undefined) throw new Error('no control channel');
  const response = await fetch(`${address.url}/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${address.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text.split('\n').filter((line) => line !== '');
}

/** Makes erasures due that wait for downloads, in a folder that no server uses. */
function hastenDeletions(dir: string): void {
  const db = new Database(join(dir, 'data.db'));
  try {
    db.run('UPDATE _file_deletions SET next_attempt = 0');
  } finally {
    db.close();
  }
}

/** A death between putting an object aside and noting it leaves it there without a note, until the next collection. */
function withoutUnnoted<T>(stored: ReadonlyMap<string, T>, dir: string): Map<string, T> {
  const db = new Database(join(dir, 'data.db'), { readonly: true });
  try {
    const noted = new Set(
      db
        .query<{ key: string }, []>('SELECT key FROM _quarantine')
        .all()
        .map(({ key }) => QUARANTINE + key),
    );
    return new Map(
      [...stored].filter(([key]) => !key.startsWith(`${QUARANTINE}stranger-`) || noted.has(key)),
    );
  } finally {
    db.close();
  }
}
