import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CLAIM_KEY } from '../../src/core/storages/claim.ts';
import {
  careFailpoints,
  type FailpointName,
  failpointNames,
  restoreFailpoints,
  resumableFailpoints,
} from '../../src/lib/failpoints.ts';
import { plain } from '../fixtures/images.ts';
import { type Looked, type StoredObject, settledAudit } from '../support/audit.ts';
import { type FaultHarness, type FaultReport, type FaultRun, generator } from '../support/fault-harness.ts';
import { createLedger } from '../support/ledger.ts';
import { makeLedgerFolder } from '../support/ledger-folder.ts';
import { removeFolder, startServer, type TestServer, temporaryFolder } from '../support/server.ts';
import { type ServiceName, type StandIn, startStandIn } from '../support/stand-ins.ts';

/** Points that only uploads in parts pass. */
const IN_PARTS: ReadonlySet<FailpointName> = new Set([
  'upload.created',
  'upload.journalled',
  'upload.part',
  'upload.completing',
  'upload.completed',
]);
/** Passed by a start after another death. */
const AT_START: ReadonlySet<FailpointName> = new Set([
  'recover.before',
  'recover.doomed',
  'recover.swept',
  'recover.after',
]);
/** Passed only when a file has more thumbs than it may; the test of the local ledger goes there. */
const DRIVEN_OUT: ReadonlySet<FailpointName> = new Set(['evict.removed', 'evict.forgotten']);
/** Where drivers of services differ from the folder; the short form takes these. */
const SHORT: readonly FailpointName[] = ['upload.journalled', 'upload.completing', 'erase.removed'];
/** How long writers work before a point that they do not reach counts as unreached. */
const LONGEST_CYCLE_MS = 15_000;

/** More than the parts of this driver, so that files of it go in parts. */
export const HUGE: Readonly<Record<ServiceName, number>> = {
  s3: 17 * 1024 * 1024,
  gcs: 9 * 1024 * 1024,
  azure: 9 * 1024 * 1024,
};

/**
 * kill -9 at every failpoint and at random moments under concurrent writes. The service outlives the server; after each death
 * the server is started again, and its answers, its catalogue and what the service has are compared with what was acknowledged.
 */
export function killLedger(driver: 'local' | ServiceName): FaultHarness {
  return { name: 'kill -9', driver, share: 2, run: (run) => kill(driver, run) };
}

async function kill(driver: 'local' | ServiceName, run: FaultRun): Promise<FaultReport> {
  const deadline = performance.now() + run.seconds * 1000;
  const random = generator(run.seed);
  const folder = temporaryFolder();
  const standIn = driver === 'local' ? undefined : await startStandIn(driver);
  try {
    const dir = join(folder, 'data');
    await makeLedgerFolder(dir);
    const victim = await createVictim(dir, standIn, random);
    const points = run.form === 'long' ? everyPoint(driver) : SHORT;
    for (const name of points) await victim.dieAt(name, hitOf(name, random));
    while (run.form === 'long' && performance.now() < deadline) {
      const name = points[Math.floor(random() * points.length)];
      if (name !== undefined && random() < 0.5) await victim.dieAt(name, hitOf(name, random));
      else await victim.dieAfter(random() * 900);
    }
    return victim.report();
  } finally {
    await standIn?.stop();
    removeFolder(folder);
  }
}

function everyPoint(driver: 'local' | ServiceName): readonly FailpointName[] {
  return failpointNames.filter(
    (name) =>
      !careFailpoints.has(name) &&
      !resumableFailpoints.has(name) &&
      !restoreFailpoints.has(name) &&
      !DRIVEN_OUT.has(name) &&
      !(driver === 'local' && IN_PARTS.has(name)),
  );
}

/** The start writes, too: for the database's points the first hits are there. */
function hitOf(name: FailpointName, random: () => number): number {
  if (AT_START.has(name)) return 1;
  return (name.startsWith('database.') ? 30 : 1) + Math.floor(random() * (IN_PARTS.has(name) ? 2 : 5));
}

async function createVictim(dir: string, standIn: StandIn | undefined, random: () => number) {
  const picture = new Uint8Array(await plain(300, 200).png().toBuffer());
  const ledger = createLedger(random, picture, { huge: standIn === undefined ? 0 : HUGE[standIn.driver] });
  const env = standIn?.env() ?? {};
  const look = standIn === undefined ? undefined : await observe(standIn, join(dir, '..', 'observer'));
  const violations: string[] = [];
  let cycles = 0;

  async function check(what: string): Promise<void> {
    const server = await startServer({ dir, env });
    const problems = [...(await ledger.check(server.base)), ...(await settledAudit(dir, 10_000, look))];
    const code = await server.stop();
    if (code !== 0) problems.push(`it stopped with code ${code}`);
    violations.push(...problems.map((problem) => `${what}: ${problem}`));
    cycles++;
  }

  async function dieAfter(milliseconds: number): Promise<void> {
    const server = await startServer({ dir, env });
    await ledger.work(server.base, stopLater(server, milliseconds));
    await check('killed at a random moment');
  }

  return {
    dieAfter,
    async dieAt(name: FailpointName, hit: number): Promise<void> {
      if (AT_START.has(name)) {
        const before = await startServer({ dir, env });
        await ledger.work(before.base, stopLater(before, 200));
      }
      const armed = { ...env, DOSSIER_FAILPOINTS: `${name}=kill@${hit}` };
      const server = await startServer({ dir, env: armed }).catch((error: unknown) => {
        if (String(error).includes('ended with code 137')) return undefined;
        throw error;
      });
      if (server !== undefined) {
        await ledger.work(server.base, Promise.race([server.exited, Bun.sleep(LONGEST_CYCLE_MS)]));
        const died = await Promise.race([server.exited.then(() => true), Bun.sleep(500).then(() => false)]);
        if (!died) {
          await server.stop('SIGKILL');
          violations.push(`${name} was not reached ${hit} times in ${LONGEST_CYCLE_MS} ms`);
        }
      }
      await check(`killed at hit ${hit} of ${name}`);
    },
    report: (): FaultReport => ({ cycles, acknowledged: ledger.acknowledged, violations }),
  };
}

export async function stopLater(server: TestServer, milliseconds: number): Promise<void> {
  await Bun.sleep(milliseconds);
  await server.stop('SIGKILL');
}

/**
 * Looks at a service with a driver of its own, as the storage called `name`. Keys are never used again, so bytes are read
 * once.
 */
export async function observe(
  standIn: StandIn,
  spoolDir: string,
  name: string = standIn.driver,
): Promise<() => Promise<Looked>> {
  const storage = await standIn.open({ spoolDir, prefix: 'objects/' });
  const digests = new Map<string, Buffer>();
  return async () => {
    const stored = new Map<string, StoredObject>();
    for await (const { key, size } of storage.list('')) {
      if (key === CLAIM_KEY) continue;
      const known = digests.get(key) ?? (await digestOf(key));
      if (known !== undefined) stored.set(key, { size, digest: () => known });
    }
    const unfinished = await standIn.unfinished();
    return {
      stores: new Map([[name, stored]]),
      leftovers: unfinished === 0 ? [] : [`${unfinished} uploads in parts are left`],
    };
  };

  async function digestOf(key: string): Promise<Buffer | undefined> {
    const bytes = await storage.bytes(key).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const digest = createHash('sha256').update(bytes).digest();
    digests.set(key, digest);
    return digest;
  }
}
