import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import {
  careFailpoints,
  type FailpointName,
  failpointNames,
  restoreFailpoints,
  resumableFailpoints,
} from '../../src/lib/failpoints.ts';
import { plain } from '../fixtures/images.ts';
import { settledAudit } from '../support/audit.ts';
import { generator, testSeed } from '../support/fault-harness.ts';
import { textAt } from '../support/json.ts';
import { createLedger, LEDGER_COLLECTION, type Ledger, THUMBS } from '../support/ledger.ts';
import {
  adminToken,
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

/**
 * kill -9 at every failpoint and at random moments, under concurrent writes (SECURITY-REQUIREMENTS 9.1 to 9.4, 9.8, 9.12).
 * After each death the server is started again and compared with a ledger of what it had acknowledged, and records,
 * catalogue and disk with each other. `DOSSIER_TEST_SEED` repeats a run's choices; `bun run faults` does the same for longer.
 */
const seed = testSeed();
const RANDOM_SECONDS = 4;
/** How long writers work before a failpoint that they do not reach counts as unreached. */
const LONGEST_CYCLE_MS = 6000;

/** Reached by the start itself, after another death. */
const AT_START: ReadonlySet<FailpointName> = new Set([
  'recover.before',
  'recover.doomed',
  'recover.swept',
  'recover.after',
]);
/** Reached when a file has more thumbs than it may. */
const DRIVEN_OUT: ReadonlySet<FailpointName> = new Set(['evict.removed', 'evict.forgotten']);

/** Those that writes to a folder pass; uploads in parts, resumable ones and the care of storages have tests of their own. */
const REACHED = failpointNames.filter(
  (name) =>
    !name.startsWith('upload.') &&
    !careFailpoints.has(name) &&
    !resumableFailpoints.has(name) &&
    !restoreFailpoints.has(name),
);

/** Nothing may throw behind a commit. */
const KILL_ONLY: ReadonlySet<FailpointName> = new Set([
  'database.committed',
  'reply.before',
  'release.committed',
]);

const folder = temporaryFolder();
const dir = join(folder, 'data');
const random = generator(seed);
const tally = { cycles: 0, violations: 0 };
let ledger: Ledger;
let picture: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  picture = new Uint8Array(await plain(300, 200).png().toBuffer());
  ledger = createLedger(random, picture);
  await makeSuperuser(dir);
  const server = await startServer({ dir });
  const headers = { authorization: await adminToken(server.base), 'content-type': 'application/json' };
  const made = await fetch(`${server.base}/api/collections`, {
    method: 'POST',
    headers,
    body: JSON.stringify(LEDGER_COLLECTION),
  });
  expect(made.status).toBe(200);
  await server.stop();
}, 60_000);

afterAll(() => {
  removeFolder(folder);
  console.log(
    `ledger: seed ${seed}, ${tally.cycles} cycles, ${ledger.acknowledged} acknowledged writes, ${tally.violations} violations`,
  );
});

for (const name of REACHED.filter((each) => !AT_START.has(each) && !DRIVEN_OUT.has(each))) {
  test(`killed at ${name}`, async () => {
    // The start itself writes too: for the database's points the first hits are there.
    const hit = name.startsWith('database.') ? 40 : 1 + Math.floor(random() * 6);
    await dieAt(name, hit, (server, stop) => ledger.work(server.base, stop));
    await expectNothingLost();
  }, 60_000);
}

for (const name of DRIVEN_OUT) {
  test(`killed at ${name}`, async () => {
    await dieAt(name, 1, (server, stop) => askForEveryThumb(server.base, stop));
    await expectNothingLost();
  }, 60_000);
}

for (const name of AT_START) {
  test(`killed at ${name}, while it recovers from another death`, async () => {
    const server = await startServer({ dir });
    await ledger.work(server.base, dieLater(server, 200));
    const dying = startServer({ dir, env: { DOSSIER_FAILPOINTS: `${name}=kill` } });
    await expect(dying).rejects.toThrow('the server ended');
    await expectNothingLost();
  }, 60_000);
}

/** Points whose failure ends nothing: behind a commit they can only kill, and those of the start are not under load. */
const CAN_FAIL = REACHED.filter(
  (name) => !AT_START.has(name) && !DRIVEN_OUT.has(name) && !KILL_ONLY.has(name),
);

test('a failure at any point is answered or repeated, and leaves nothing behind', async () => {
  for (let from = 0; from < CAN_FAIL.length; from += 4) {
    const name = CAN_FAIL.slice(from, from + 4)
      .map((each) => `${each}=error@${(each.startsWith('database.') ? 40 : 1) + Math.floor(random() * 5)}`)
      .join();
    const server = await startServer({ dir, env: { DOSSIER_FAILPOINTS: name } });
    await ledger.work(server.base, Promise.race([server.exited, Bun.sleep(350)]), { failuresExpected: true });
    const problems = [...(await ledger.check(server.base)), ...(await settledAudit(dir, 8000))];
    tally.cycles++;
    tally.violations += problems.length;
    expect([name, problems]).toEqual([name, []]);
    expect([name, await server.stop()]).toEqual([name, 0]);
  }
}, 180_000);

test('killed at random moments', async () => {
  const deadline = Date.now() + RANDOM_SECONDS * 1000;
  while (Date.now() < deadline) {
    const server = await startServer({ dir });
    await ledger.work(server.base, dieLater(server, random() * 700));
    await expectNothingLost();
  }
}, 120_000);

test('several deaths in a row without a look in between', async () => {
  for (let death = 0; death < 5; death++) {
    const server = await startServer({ dir });
    await ledger.work(server.base, dieLater(server, 50 + random() * 300));
    tally.cycles++;
  }
  await expectNothingLost();
}, 60_000);

/** Starts without faults; every acknowledged write must be there, and nothing else on the disk. */
async function expectNothingLost(): Promise<void> {
  const server = await startServer({ dir });
  try {
    const problems = [...(await ledger.check(server.base)), ...(await settledAudit(dir, 8000))];
    tally.cycles++;
    tally.violations += problems.length;
    expect(problems).toEqual([]);
  } finally {
    expect(await server.stop()).toBe(0);
  }
}

/** Runs `work` on a server that dies at the n-th hit of a failpoint, be it in its start; fails when it does not die. */
async function dieAt(
  name: FailpointName,
  hit: number,
  work: (server: TestServer, stop: Promise<unknown>) => Promise<void>,
): Promise<void> {
  const starting = startServer({ dir, env: { DOSSIER_FAILPOINTS: `${name}=kill@${hit}` } });
  const server = await starting.catch((error: unknown) => {
    if (String(error).includes('ended with code 137')) return undefined;
    throw error;
  });
  if (server === undefined) return;
  await work(server, Promise.race([server.exited, Bun.sleep(LONGEST_CYCLE_MS)]));
  const died = await Promise.race([server.exited.then(() => true), Bun.sleep(500).then(() => false)]);
  if (!died) await server.stop('SIGKILL');
  expect(died, `${name} was not reached ${hit} times in ${LONGEST_CYCLE_MS} ms`).toBe(true);
}

/** Makes a record with a picture and asks for one thumb after the other, until the server is gone. */
async function askForEveryThumb(base: string, stop: Promise<unknown>): Promise<void> {
  const body = new FormData();
  body.append('file', new File([picture], 'many.png'));
  const made = await fetch(`${base}/api/collections/entries/records`, { method: 'POST', body });
  const record: unknown = await made.json();
  const url = `${base}/api/files/entries/${textAt(record, 'id')}/${textAt(record, 'file')}`;
  try {
    for (const size of THUMBS) await (await fetch(`${url}?thumb=${size}`)).arrayBuffer();
  } catch {
    // It died while it answered.
  }
  await stop;
}

async function dieLater(server: TestServer, milliseconds: number): Promise<void> {
  await Bun.sleep(milliseconds);
  await server.stop('SIGKILL');
}
