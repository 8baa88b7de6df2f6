import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from './bench.ts';
import type { Place, Running } from './processes.ts';

const FLOOR = fileURLToPath(new URL('./floor.ts', import.meta.url));

/** How the floor commits: as the product does, or each request alone under `synchronous=NORMAL`. */
export type FloorCommit = 'grouped' | 'single';

/** A copy of the data folder; the stored files too, without which a server does not start. */
export function copyData(world: World, name: string): string {
  const dir = world.place(name);
  cpSync(world.data.dir, dir, { recursive: true });
  // What was just written must not be flushed by the first commit that is measured.
  Bun.spawnSync(['sync']);
  return dir;
}

/** Starts the product on a data folder; its request log goes nowhere, but is written. */
export function startDossier(world: World, dir: string, place: Place = 'server'): Promise<Running> {
  const command = [...world.binary, 'serve', '--http', 'ADDRESS', '--dir', dir, '--log-format', 'json'];
  return world.processes.serve({ command, ready: '/api/health', place });
}

/** Starts the product where one address may hold as many streams as it likes. */
export async function startWithoutStreamLimit(world: World, name: string): Promise<Running> {
  const dir = copyData(world, name);
  const config = world.place(`${name}.toml`);
  await Bun.write(config, '[server]\nmax_streams_per_address = 0\n');
  const command = [...world.binary, 'serve', '--http', 'ADDRESS', '--dir', dir, '--log-format', 'json'];
  return world.processes.serve({ command: [...command, '--config', config], ready: '/api/health' });
}

/** Starts the bare floor on a data folder. */
export function startFloor(world: World, dir: string, commit: FloorCommit = 'grouped'): Promise<Running> {
  const command = [
    process.execPath,
    FLOOR,
    'ADDRESS',
    join(dir, 'data.db'),
    join(dir, 'storage/objects'),
    commit,
  ];
  return world.processes.serve({ command, ready: '/health' });
}

/** Both, each on a copy of its own, for as long as `work` takes. */
export async function* withBoth<T>(
  world: World,
  work: (dossier: Running, floor: Running) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const dossier = await startDossier(world, copyData(world, 'dossier'));
  const floor = await startFloor(world, copyData(world, 'floor'));
  try {
    yield* work(dossier, floor);
  } finally {
    await dossier.stop();
    await floor.stop();
  }
}
