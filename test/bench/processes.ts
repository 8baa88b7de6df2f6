import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** A server that was started for a benchmark. */
export interface Running {
  readonly pid: number;
  /** `http://127.0.0.1:PORT`. */
  readonly base: string;
  stop(): Promise<void>;
}

/** Where a process runs: the servers' core, the load's core, or wherever the system likes. */
export type Place = 'server' | 'load' | 'anywhere';

/** How a server is started. */
export interface ServerCommand {
  readonly command: readonly string[];
  /** Answers 200 as soon as the server is ready. */
  readonly ready: string;
  readonly place?: Place;
}

/** Starts processes and makes sure that none stays. */
export interface Processes {
  /** Starts a server; `command` gets the address `127.0.0.1:PORT` for each `ADDRESS` in it. */
  serve(server: ServerCommand): Promise<Running>;
  /** Runs a command to its end; throws with its errors when it fails, and after `limit` seconds. */
  run(
    command: readonly string[],
    options?: { readonly place?: Place; readonly limit?: number },
  ): Promise<string>;
  stopAll(): Promise<void>;
}

const START_LIMIT_MS = 20_000;
const RUN_LIMIT_SECONDS = 120;

/** Whether servers and load each get a core of their own. */
export const PINNED = availableParallelism() >= 2 && Bun.which('taskset') !== null;

/** Puts this process on the load's core. */
export function pinSelf(): void {
  if (PINNED)
    Bun.spawnSync(['taskset', '-acp', '1', String(process.pid)], { stdout: 'ignore', stderr: 'ignore' });
}

/** Makes {@link Processes}. */
export function createProcesses(): Processes {
  const running = new Set<Bun.Subprocess>();

  function spawn(command: readonly string[], place: Place, output: 'pipe' | 'ignore') {
    const child = Bun.spawn([...pin(place), ...command], { stdin: 'ignore', stdout: output, stderr: 'pipe' });
    running.add(child);
    void child.exited.then(() => running.delete(child));
    return child;
  }

  return {
    async serve({ command, ready, place = 'server' }) {
      const address = `127.0.0.1:${freePort()}`;
      const base = `http://${address}`;
      const child = spawn(
        command.map((part) => part.replace('ADDRESS', address)),
        place,
        'ignore',
      );
      await untilReady(`${base}${ready}`, child);
      return { pid: child.pid, base, stop: () => end(child) };
    },
    async run(command, { place = 'load', limit = RUN_LIMIT_SECONDS } = {}) {
      const child = spawn(command, place, 'pipe');
      const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000);
      const [stdout, stderr, code] = await Promise.all([
        child.stdout ? new Response(child.stdout).text() : '',
        new Response(child.stderr).text(),
        child.exited,
      ]);
      clearTimeout(timer);
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr || stdout}`);
      return stdout;
    },
    async stopAll() {
      await Promise.all([...running].map(end));
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  const { port } = server;
  server.stop(true);
  if (port === undefined) throw new Error('no free port');
  return port;
}

function pin(place: Place): string[] {
  if (!PINNED) return [];
  const cores = { server: '0', load: '1', anywhere: `0-${availableParallelism() - 1}` };
  return ['taskset', '-c', cores[place]];
}

async function untilReady(
  url: string,
  child: Bun.Subprocess<'ignore', 'ignore' | 'pipe', 'pipe'>,
): Promise<void> {
  const until = performance.now() + START_LIMIT_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) {
      throw new Error(`a server ended with ${child.exitCode}: ${await new Response(child.stderr).text()}`);
    }
    if (await answers(url)) return;
    await Bun.sleep(5);
  }
  child.kill('SIGKILL');
  throw new Error(`no answer from ${url} within ${START_LIMIT_MS} ms`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function end(child: Bun.Subprocess): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await child.exited;
  clearTimeout(timer);
}

/** Memory of a process in megabytes, as /proc tells it. */
export interface Memory {
  /** Resident now. */
  readonly resident: number;
  /** Most that was ever resident, or since {@link resetPeak}. */
  readonly peak: number;
  /** Resident now, its children and theirs included. */
  readonly withChildren: number;
}

/** Undefined where there is no /proc. */
export function memoryOf(pid: number): Memory | undefined {
  if (!existsSync(`/proc/${pid}/status`)) return undefined;
  const own = statusOf(pid);
  const withChildren = treeOf(pid).reduce((sum, each) => sum + statusOf(each).resident, 0);
  return { ...own, withChildren };
}

/** Lets the kernel count a process's peak from now on. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function statusOf(pid: number): { resident: number; peak: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) =>
      (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1e6;
    return { resident: field('VmRSS'), peak: field('VmHWM') };
  } catch {
    // It ended a moment ago.
    return { resident: 0, peak: 0 };
  }
}

/** A process and everything under it. */
function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended a moment ago.
    }
  }
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}
