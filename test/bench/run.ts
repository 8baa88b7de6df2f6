/**
 * The product against bare floors, on this machine: `bun run bench [NAME…] [--long] [--rounds N] [--seconds N] [--binary PATH]`.
 *
 * Each line compares the compiled binary with a `Bun.serve` that does the same work with the least code (floor.ts), both
 * started in this run and loaded in turn, one core for the servers and one for the load where there are two. Targets are
 * marked, not enforced: the exit code is 1 only when a benchmark could not run.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark, World } from './bench.ts';
import { consoleBench } from './cases/console.ts';
import { consoleDrop } from './cases/console-drop.ts';
import { fairness } from './cases/fairness.ts';
import { coldThumb, download, thumb } from './cases/files.ts';
import { idle, start, upload } from './cases/memory.ts';
import { objects } from './cases/objects.ts';
import { realtime } from './cases/realtime.ts';
import { create, list, read } from './cases/records.ts';
import { storage } from './cases/storage.ts';
import { trailbase } from './cases/trailbase.ts';
import { tus } from './cases/tus.ts';
import { makeDataSet } from './data-set.ts';
import { needWrk } from './load.ts';
import { machineFacts } from './machine.ts';
import { createProcesses, type Processes, pinSelf } from './processes.ts';
import { tableHead, tableLine } from './table.ts';

const ROOT = resolve(import.meta.dir, '../..');
const BENCHMARKS: readonly Benchmark[] = [
  create,
  read,
  list,
  download,
  thumb,
  coldThumb,
  fairness,
  upload,
  tus,
  idle,
  realtime,
  trailbase,
  start,
  objects,
  storage,
  consoleBench,
  consoleDrop,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    binary: { type: 'string' },
  },
});

/** `storage` stands for all whose names begin with `storage-`, too. */
const isMeant = (name: string, { name: own }: Benchmark) => own === name || own.startsWith(`${name}-`);
const unknown = positionals.find((name) => !BENCHMARKS.some((each) => isMeant(name, each)));
if (unknown !== undefined) {
  console.error(`There is no benchmark ${unknown}. There are:`);
  for (const { name, about } of BENCHMARKS) console.error(`  ${name.padEnd(12)} ${about}`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'dossier-bench-'));
const processes = createProcesses();
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void processes.stopAll().then(() => process.exit(130)));
}
process.exit(await main());

async function main(): Promise<number> {
  const chosen = BENCHMARKS.filter(
    (each) => positionals.length === 0 || positionals.some((name) => isMeant(name, each)),
  );
  const started = performance.now();
  try {
    await needWrk();
    const binary = values.binary === undefined ? await builtBinary() : resolve(values.binary);
    pinSelf();
    const world = await makeWorld([binary]);
    console.log(`${machineFacts(world)}\n`);
    console.log(tableHead());
    let failures = 0;
    for (const benchmark of chosen) failures += await runOne(benchmark, world);
    console.log(`\n${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
    return failures === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await processes.stopAll();
  }
}

async function runOne(benchmark: Benchmark, world: World): Promise<number> {
  try {
    for await (const line of benchmark.run(world)) console.log(tableLine(line));
    return 0;
  } catch (error) {
    console.log(`${benchmark.name}: could not run: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function makeWorld(binary: readonly string[]): Promise<World> {
  const data = await makeDataSet(join(folder, 'data'), binary, processes);
  return {
    rounds: Number(values.rounds ?? (values.long ? 9 : 5)),
    seconds: Number(values.seconds ?? (values.long ? 8 : 2)),
    binary,
    processes,
    data,
    place: (name) => join(folder, name),
  };
}

/** dist/dossier, built when it is missing or older than what it is made of. */
async function builtBinary(): Promise<string> {
  const path = join(ROOT, process.platform === 'win32' ? 'dist/dossier.exe' : 'dist/dossier');
  const built = existsSync(path) ? statSync(path).mtimeMs : 0;
  if (await isNewer(built)) {
    console.error('Building the binary…');
    await build(processes);
  }
  return path;
}

async function isNewer(than: number): Promise<boolean> {
  for await (const file of new Bun.Glob('{src,drizzle,public}/**/*').scan({ cwd: ROOT })) {
    if (!file.endsWith('.test.ts') && statSync(join(ROOT, file)).mtimeMs > than) return true;
  }
  return ['build.ts', 'package.json', 'bun.lock'].some((file) => statSync(join(ROOT, file)).mtimeMs > than);
}

async function build({ run }: Processes): Promise<void> {
  await run([process.execPath, join(ROOT, 'build.ts')], { place: 'anywhere', limit: 300 });
}
