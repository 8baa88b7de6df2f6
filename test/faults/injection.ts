import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '../fixtures/images.ts';
import { settledAudit } from '../support/audit.ts';
import { hasProgram } from '../support/debian-package.ts';
import { type FaultHarness, type FaultReport, type FaultRun, generator } from '../support/fault-harness.ts';
import { at, textAt } from '../support/json.ts';
import { makeLedgerFolder } from '../support/ledger-folder.ts';
import { MULTIPART_TYPE, multipart } from '../support/multipart.ts';
import { removeFolder, startServer, type TestServer, temporaryFolder } from '../support/server.ts';

/** Calls that are made to fail, and how. Writes at a position are those of files; pipes and sockets use others. */
const FAULTS: readonly { readonly calls: string; readonly error: string }[] = [
  { calls: 'fsync,fdatasync', error: 'EIO' },
  { calls: 'pwrite64', error: 'EIO' },
  { calls: 'pwrite64', error: 'ENOSPC' },
  { calls: 'rename,renameat,renameat2', error: 'EIO' },
  { calls: 'unlink,unlinkat', error: 'EIO' },
  { calls: 'fsync,fdatasync', error: 'ENOSPC' },
  { calls: 'ftruncate', error: 'EIO' },
];
const RECORDS = '/api/collections/entries/records';
/** Calls of one thread that a pass may make at most; more would be a loop. */
const MOST_CALLS = 3000;

/**
 * Lets the n-th call of a kind fail in a running server, of each of its threads, while it creates, replaces and deletes
 * records with files: n = 1, 2, … until no call failed any more. Each operation must be answered with success, and then be
 * there, or with an error, and then have changed nothing; reads must work all the time, writes again afterwards without a
 * restart, and nothing may be left on the disk. The short form takes the first few of each kind.
 */
export const injection: FaultHarness = {
  name: 'failing system calls',
  driver: 'local',
  unavailable: injectionUnavailable,
  run: inject,
};

async function injectionUnavailable(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'System calls are made to fail on Linux only.';
  if (!(await hasProgram('strace'))) return 'strace is not installed.';
  const tried = Bun.spawnSync(['strace', '-f', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'true']);
  return tried.exitCode === 0 ? undefined : 'strace cannot trace here.';
}

async function inject(run: FaultRun): Promise<FaultReport> {
  const deadline = performance.now() + run.seconds * 1000;
  const subject = await openSubject(generator(run.seed));
  let cycles = 0;
  const clean = new Set<string>();
  try {
    // When the time is over, in larger and larger steps.
    const step = (n: number) => (performance.now() < deadline ? 1 : Math.ceil(n * 0.4));
    for (let n = 1; n <= MOST_CALLS && clean.size < FAULTS.length; n += step(n)) {
      for (const { calls, error } of FAULTS) {
        const kind = `${calls}=${error}`;
        if (clean.has(kind)) continue;
        if (run.form === 'short' && performance.now() > deadline) break;
        if (!(await subject.pass(calls, error, n))) clean.add(kind);
        cycles++;
        if (subject.violations.length > 0) return report();
      }
      if (run.form === 'short' && performance.now() > deadline) break;
      if (run.form === 'long' && n % 7 === 0) await subject.restart();
    }
    await subject.restart();
    if (run.form === 'long' && clean.size < FAULTS.length)
      subject.violations.push('some call is made without end');
    return report();
  } finally {
    await subject.close();
  }

  function report(): FaultReport {
    return { cycles, acknowledged: subject.acknowledged(), violations: subject.violations };
  }
}

/** What a record was acknowledged to hold; undefined: it is deleted. */
type Kept = { readonly title: string; readonly digest: string } | undefined;

async function openSubject(random: () => number) {
  const picture = new Uint8Array(await plain(300, 200).png().toBuffer());
  const folder = temporaryFolder();
  const dir = join(folder, 'data');
  const kept = new Map<string, Kept>();
  const violations: string[] = [];
  let acknowledged = 0;
  let serial = 0;
  let context = '';
  let server: TestServer;
  try {
    await makeLedgerFolder(dir);
    server = await startServer({ dir });
  } catch (error) {
    removeFolder(folder);
    throw error;
  }

  function breach(what: string): void {
    violations.push(`${what}, with ${context}`);
  }

  /** Sends a write and notes what is promised. A server that does not answer has ended, which no fault may bring about. */
  async function write(
    id: string,
    outcome: Kept,
    path: string,
    init: RequestInit,
    wanted: number,
  ): Promise<void> {
    const response = await fetch(server.base + path, init);
    const said = await response.text();
    if (response.status === wanted) {
      kept.set(id, outcome);
      acknowledged++;
    } else if (response.status < 500) breach(`${init.method} of ${id} answered ${response.status} ${said}`);
  }

  function put(id: string, content: Uint8Array<ArrayBuffer>): Promise<void> {
    const isNew = kept.get(id) === undefined;
    const title = `t${serial++}`;
    const value = new Uint8Array(Buffer.concat([content, Buffer.from(`#${serial}`)]));
    const body = multipart([
      ...(isNew ? [{ name: 'id', value: id }] : []),
      { name: 'title', value: title },
      { name: 'file', filename: 'some.png', value },
    ]);
    const init = { method: isNew ? 'POST' : 'PATCH', headers: { 'content-type': MULTIPART_TYPE }, body };
    return write(id, { title, digest: sha256(value) }, isNew ? RECORDS : `${RECORDS}/${id}`, init, 200);
  }

  async function remove(id: string): Promise<void> {
    if (kept.get(id) !== undefined) await write(id, undefined, `${RECORDS}/${id}`, { method: 'DELETE' }, 204);
  }

  async function look(id: string, thumb: string): Promise<void> {
    const response = await fetch(`${server.base}${RECORDS}/${id}`);
    const record: unknown = await response.json();
    if (response.status >= 500) return breach(`a view answered ${response.status}`);
    if (response.status !== 200) return;
    const url = `${server.base}/api/files/entries/${id}/${textAt(record, 'file')}`;
    const file = await fetch(`${url}?thumb=${thumb}`);
    await file.bytes();
    if (file.status !== 200) breach(`a thumb answered ${file.status}`);
  }

  async function compare(): Promise<void> {
    for (const [id, state] of kept) {
      const response = await fetch(`${server.base}${RECORDS}/${id}`);
      const record: unknown = await response.json();
      if (state === undefined) {
        if (response.status !== 404) breach(`${id} answers ${response.status} although it is deleted`);
        continue;
      }
      if (at(record, 'title') !== state.title) {
        breach(`${id} is "${at(record, 'title')}", not "${state.title}"`);
        continue;
      }
      const file = await fetch(`${server.base}/api/files/entries/${id}/${textAt(record, 'file')}`);
      if (sha256(await file.bytes()) !== state.digest) breach(`the file of ${id} has other bytes`);
    }
    const list: unknown = await (await fetch(`${server.base}${RECORDS}?perPage=1`)).json();
    const living = [...kept.values()].filter((state) => state !== undefined).length;
    if (at(list, 'totalItems') !== living)
      breach(`there are ${at(list, 'totalItems')} records, not ${living}`);
  }

  async function expectSettled(): Promise<void> {
    // Erasures that failed are repeated after a pause.
    for (const problem of await settledAudit(dir, 12_000)) breach(problem);
    await compare();
    for (const [id, state] of kept) if (state === undefined) kept.delete(id);
  }

  /** Until one is taken: without a restart, and soon. */
  async function expectWritable(): Promise<void> {
    const patience = performance.now() + 8_000;
    const before = acknowledged;
    while (acknowledged === before && violations.length === 0) {
      if (performance.now() > patience) return breach('no write is taken after the fault');
      await put(`w${String(serial).padStart(14, '0')}`, new Uint8Array(100));
      if (acknowledged === before) await Bun.sleep(50);
    }
  }

  return {
    violations,
    acknowledged: () => acknowledged,
    /** Works while the n-th call fails; true when there was such a call. */
    async pass(calls: string, error: string, n: number): Promise<boolean> {
      context = `${error} of ${calls} ${n}`;
      const [first, second] = [0, 1].map((m) => `i${String(serial + m).padStart(14, '0')}`);
      if (first === undefined || second === undefined) return false;
      const tracer = await attach(server.pid, folder, `inject=${calls}:error=${error}:when=${n}`, calls);
      try {
        await put(first, picture);
        await look(first, `${11 + Math.floor(random() * 40)}x0`.replace(/^(\d+)x0$/, '$1x$1'));
        await put(second, new Uint8Array(300_000 + Math.floor(random() * 500_000)));
        await put(first, new Uint8Array(1000));
        await remove(second);
        await put(second, picture);
        await remove(first);
      } finally {
        await tracer.detach();
      }
      await expectWritable();
      await expectSettled();
      return tracer.injected();
    },
    async restart(): Promise<void> {
      context = 'a restart after the faults';
      await server.stop('SIGKILL');
      server = await startServer({ dir });
      await expectSettled();
      for (const id of [...kept.keys()]) await remove(id);
      await expectSettled();
    },
    async close(): Promise<void> {
      await server.stop('SIGKILL');
      removeFolder(folder);
    },
  };
}

/** Attaches strace to all threads of a process; resolves when it is there. */
async function attach(pid: number, folder: string, fault: string, calls: string) {
  const log = join(folder, 'strace.log');
  rmSync(log, { force: true });
  const child = Bun.spawn(['strace', '-f', '-p', `${pid}`, '-o', log, '-e', `trace=${calls}`, '-e', fault], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  });
  let said = '';
  const attached = Promise.withResolvers<void>();
  const listening = (async () => {
    for await (const chunk of child.stderr) {
      said += new TextDecoder().decode(chunk);
      if (/attached/.test(said)) attached.resolve();
    }
    attached.reject(new Error(`strace ended: ${said}`));
  })();
  // Nobody waits for it any more once it has attached.
  attached.promise.catch(() => {});
  await attached.promise;
  return {
    async detach(): Promise<void> {
      child.kill('SIGINT');
      // It may wait for a traced process that was killed; its own end frees the others.
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await child.exited;
      clearTimeout(timer);
      await listening;
    },
    injected: () => readFileSync(log, 'utf8').includes('(INJECTED)'),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
