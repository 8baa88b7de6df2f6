import { Database } from 'bun:sqlite';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemActor } from '../../../src/core/actor.ts';
import { createIds } from '../../../src/lib/id.ts';
import { openStoragesWorld, type StoragesWorld } from '../../support/storages.ts';
import { type Benchmark, figureLine, median, megabytes, milliseconds } from '../bench.ts';

const OBJECTS = 100_000;
/** One in so many belongs to an upload that an ended process left. */
const LEFT_ONE_IN = 100;
const MOVED = 1000;
const MOST_MEMORY_MB = 64;

/** What many stored objects cost: the start's recovery, and their care. */
export const objects: Benchmark = {
  name: 'storage-objects',
  about:
    '100,000 objects in a folder: recovery at start with 1,000 uploads to give up, comparing catalogue and folder, and moving objects to another storage; the core is called in this process',
  async *run(place) {
    const dir = place.place('objects');
    await fill(dir);
    const world = await openStoragesWorld(dir);
    try {
      const recovery = await timed(() => world.files.recover());
      yield figureLine('recovery at start, 100,000 objects', recovery, milliseconds, { atMost: 3000 });
      await world.files.eraseNow();

      const before = process.memoryUsage.rss();
      const times: number[] = [];
      for (let round = 0; round < Math.ceil(place.rounds / 2); round++) {
        times.push(await timed(() => verify(world)));
      }
      const grown = Math.max(0, process.memoryUsage.rss() - before) / 1e6;
      const note = `memory grew ${megabytes(grown)}, at most ${megabytes(MOST_MEMORY_MB)} wanted`;
      yield figureLine(
        'verify of metadata, 100,000 objects',
        median(times),
        milliseconds,
        { atMost: 60_000 },
        note,
      );
      const moved = await timed(() => moveSome(world));
      yield figureLine('storage migrate, per object', moved / MOVED, milliseconds, undefined);
    } finally {
      await world.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

async function fill(dir: string): Promise<void> {
  const world = await openStoragesWorld(dir);
  const ids = createIds({ now: Date.now });
  const sha256 = new Bun.CryptoHasher('sha256').update('x').digest('hex');
  const db = new Database(join(dir, 'data.db'));
  try {
    const insert =
      db.prepare(`INSERT INTO _objects (id, backend, key, state, epoch, size, sha256, name, collection, record, created)
      VALUES (?1, 'one', ?1, ?2, 'ended', 1, ?3, ?1, 'letters', ?1, 0)`);
    db.transaction(() => {
      for (let index = 0; index < OBJECTS; index++) {
        const key = ids.objectId();
        insert.run(key, index % LEFT_ONE_IN === 0 ? 'pending' : 'live', sha256);
        const path = world.one.localPath?.(key) ?? '';
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, 'x');
      }
    })();
  } finally {
    db.close();
    await world.close();
  }
}

async function verify({ storages }: StoragesWorld): Promise<void> {
  for await (const said of storages.verify(systemActor, { content: false })) {
    if (said.kind === 'finding') throw new Error(`${said.problem} ${said.key}`);
  }
}

/** Moves all that a second storage has to take of the first thousand. */
async function moveSome({ files, two, rows }: StoragesWorld): Promise<void> {
  const some = await rows(
    `SELECT id, backend, key, size, sha256 FROM _objects WHERE state = 'live' LIMIT ${MOVED}`,
  );
  const { signal } = new AbortController();
  for (const row of some) {
    const [id, backend, key, sha256] = [row.id, row.backend, row.key, row.sha256].map(String);
    const object = {
      id: id ?? '',
      backend: backend ?? '',
      key: key ?? '',
      size: Number(row.size),
      sha256: sha256 ?? '',
    };
    const outcome = await files.move(object, two, { onBytes: () => {}, signal });
    if (outcome !== 'moved') throw new Error(outcome);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
