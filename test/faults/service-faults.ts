import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FaultHarness, type FaultReport, type FaultRun, generator } from '../support/fault-harness.ts';
import { byChance, byRules, type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { removeFolder, temporaryFolder } from '../support/server.ts';
import { type ServiceName, type StandIn, startStandIn } from '../support/stand-ins.ts';
import {
  type Bench,
  isPortError,
  pieces,
  type ServiceOperation,
  serviceOperations,
} from './service-operations.ts';

/** What an S3 service says in a 200 that is none. */
const XML_ERROR =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>';
const JSON_ERROR = '{"error":{"code":503,"message":"Backend Error","errors":[{"reason":"backendError"}]}}';

/** The faults of a service, by name. */
export function serviceFaultsOf(driver: ServiceName): Readonly<Record<string, Fault>> {
  const errorBody =
    driver === 'gcs'
      ? { type: 'application/json', body: JSON_ERROR }
      : { type: 'application/xml', body: XML_ERROR };
  return {
    '500': { kind: 'answer', status: 500, ...errorBody },
    '500 after the work': { kind: 'answer', status: 500, applied: true, ...errorBody },
    '503': { kind: 'answer', status: 503, ...errorBody },
    '503 with Retry-After': { kind: 'answer', status: 503, retryAfter: '1', ...errorBody },
    '503 of a proxy': { kind: 'answer', status: 503, type: 'text/html', body: '<html>no</html>' },
    '429': { kind: 'answer', status: 429, retryAfter: '1', ...errorBody },
    '403': { kind: 'answer', status: 403, ...errorBody },
    '200 with an error': { kind: 'answer', status: 200, ...errorBody },
    'reset before': { kind: 'reset_before' },
    'reset after': { kind: 'reset_after' },
    'reset in the request': { kind: 'reset_request', at: 0.5 },
    'reset in the answer': { kind: 'reset_answer', at: 0.5 },
    'reset at once in the answer': { kind: 'reset_answer', at: 0 },
    'truncated answer': { kind: 'truncate', at: 0.5 },
    'short answer': { kind: 'short', at: 0.5 },
    silence: { kind: 'silence' },
    'silence after the work': { kind: 'silence', applied: true },
    slow: { kind: 'delay', milliseconds: 30 },
    'a bit turned over': { kind: 'flip', at: 0.7 },
  };
}

/** Faults that a driver need not survive by trying again. */
const FINAL = new Set(['403', 'a bit turned over']);
/** The part of all cycles that the short form takes, by what they cost. */
const SHORT_SHARE = { light: 0.06, heavy: 0.02 } as const;
/** Requests of one operation beyond which none is expected. */
const MOST_REQUESTS = 12;

/**
 * A driver behind a proxy that breaks the n-th request of each operation, for n = 1, 2, … until the operation passes without
 * having met the fault; and each fault for good. It must succeed with exact bytes or fail in the words of the port, and the
 * store must hold what was acknowledged and nothing else. The long form goes on with random faults.
 */
export function serviceFaults(driver: ServiceName): FaultHarness {
  return { name: 'service faults', driver, run: (run) => breakService(driver, run) };
}

async function breakService(driver: ServiceName, run: FaultRun): Promise<FaultReport> {
  const deadline = performance.now() + run.seconds * 1000;
  const random = generator(run.seed);
  const rig = await openRig(driver, random);
  const tally = { cycles: 0, acknowledged: 0, violations: [] as string[] };
  const faults = Object.entries(serviceFaultsOf(driver));
  try {
    for (const operation of serviceOperations) {
      for (const [name, fault] of faults) {
        const mustSucceed = !FINAL.has(name);
        for (let nth = 1; nth <= MOST_REQUESTS; nth++) {
          if (run.form === 'short' && random() > SHORT_SHARE[operation.weight]) continue;
          const rules = byRules([{ nth, fault }]);
          const what = `${name} at request ${nth}`;
          await cycle(rig, operation, what, () => rig.proxy.inject(rules), tally, mustSucceed);
          if (rig.proxy.injected.size === 0) break;
        }
        if (run.form === 'short' && random() > SHORT_SHARE[operation.weight]) continue;
        // Tidying up waits its ten seconds for every request then, and nothing more is shown.
        if (fault.kind === 'silence' && operation.weight === 'heavy') continue;
        const always = byRules([{ fault }]);
        await cycle(rig, operation, `${name} always`, () => rig.proxy.inject(always), tally);
      }
    }
    while (run.form === 'long' && performance.now() < deadline) {
      const operation = pick(serviceOperations, random);
      const share = 0.05 + random() * 0.5;
      const chance = byChance(
        random,
        share,
        faults.map(([, fault]) => fault),
      );
      await cycle(
        rig,
        operation,
        `faults by chance (${share.toFixed(2)})`,
        () => rig.proxy.inject(chance),
        tally,
      );
    }
    return tally;
  } finally {
    await rig.close();
  }
}

interface Rig {
  readonly proxy: FaultProxy;
  readonly bench: Bench;
  close(): Promise<void>;
}

interface Tally {
  cycles: number;
  acknowledged: number;
  readonly violations: string[];
}

async function cycle(
  { proxy, bench }: Rig,
  operation: ServiceOperation,
  what: string,
  inject: () => void,
  tally: Tally,
  mustSucceed = false,
): Promise<void> {
  const breach = (problem: string) => tally.violations.push(`${operation.name}, ${what}: ${problem}`);
  const attempt = await operation.begin(bench);
  inject();
  let failed = false;
  try {
    const problem = await attempt.act();
    if (problem === undefined) tally.acknowledged++;
    else breach(problem);
  } catch (error) {
    failed = true;
    if (!isPortError(error)) breach(`it failed with ${describe(error)}`);
    else if (mustSucceed && proxy.injected.size > 0)
      breach(`it failed, though only once: ${describe(error)}`);
  }
  proxy.heal();
  for (const problem of await attempt.settle(failed)) breach(problem);
  tally.cycles++;
}

async function openRig(driver: ServiceName, random: () => number): Promise<Rig> {
  const folder = temporaryFolder();
  const standIn: StandIn = await startStandIn(driver);
  const address = new URL(standIn.endpoint);
  const proxy = await startFaultProxy(address.origin);
  const prefix = 'faults/';
  const spoolDir = join(folder, 'spool');
  const storage = await standIn.open({
    prefix,
    spoolDir,
    endpoint: proxy.url + (address.pathname === '/' ? '' : address.pathname),
    // Pauses are no part of what is shown; the breaker has tests of its own.
    tuning: {
      timeout: 250,
      slowTimeout: 250,
      copyTimeout: 250,
      leastSpeed: 10_000_000,
      pause: 1,
      maxPause: 4,
      failures: Number.MAX_SAFE_INTEGER,
      memory: 64 * 1024,
    },
    timing: { sleep: (milliseconds) => Bun.sleep(Math.min(milliseconds, 4)) },
  });
  const truth = await standIn.open({ prefix, spoolDir: join(folder, 'truth') });
  const standing = { key: 'standing', bytes: noise(random, 400_000) };
  await truth.put(standing.key, pieces(standing.bytes));
  for (let n = 0; n < 5; n++) await truth.put(`more/${n}`, pieces(noise(random, 10 + n)));
  let serial = 0;
  return {
    proxy,
    bench: {
      ...{ storage, truth, standing },
      newKey: () => `k${++serial}`,
      unfinished: () => standIn.unfinished(),
      spooled: () => (existsSync(spoolDir) ? readdirSync(spoolDir) : []),
      small: noise(random, 3000),
      large: noise(random, Math.floor(standIn.partSize * 2.2)),
    },
    async close() {
      await storage.close();
      await truth.close();
      await proxy.stop();
      await standIn.stop();
      removeFolder(folder);
    },
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const params = 'params' in error ? ` ${JSON.stringify(error.params)}` : '';
  return `${error.name} ${error.message}${params}`;
}

function noise(random: () => number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const block = Array.from({ length: 251 }, () => Math.floor(random() * 256));
  for (let index = 0; index < length; index++) bytes[index] = (block[index % 251] ?? 0) ^ (index >>> 8);
  return bytes;
}

function pick<T>(list: readonly T[], random: () => number): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}
