import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '../../src/core/records/operations.ts';
import { openSqlite } from '../../src/drivers/database/sqlite/index.ts';
import { createLocalStorage } from '../../src/drivers/storage/local/index.ts';
import { armFailpoints, failpoint } from '../../src/lib/failpoints.ts';
import { openTestCore, type TestCore } from './core.ts';
import { migrateTestDatabase } from './database.ts';
import { streamOnce } from './files.ts';
import { superuser } from './records.ts';

/** A core on a folder that outlives the process. */
export interface BatchLife {
  readonly core: TestCore['core'];
  close(): Promise<void>;
}

/** Rounds of {@link liveOneLife}. */
export const ROUNDS = 4;

/** Opens the folder as a new process does, which recovers what the last one left. */
export async function openBatchLife(dir: string): Promise<BatchLife> {
  const path = join(dir, 'data.db');
  const isNew = !existsSync(path);
  const worker = join(import.meta.dir, '../../src/drivers/database/sqlite/reader-worker.ts');
  const readerCommand = [process.execPath, worker];
  const database = openSqlite({ path, readerCommand, now: Date.now, synchronous: 'normal', failpoint });
  if (isNew) await migrateTestDatabase(database);
  const storage = createLocalStorage({ name: 'local', dir: join(dir, 'storage') });
  const world = await openTestCore({ database, storages: [storage] });
  if (isNew) {
    const fields = [
      { name: 'title', type: 'text' },
      { name: 'cover', type: 'file' },
    ];
    await world.core.collections.create(superuser, { name: 'albums', type: 'base', fields });
  }
  return {
    core: world.core,
    async close() {
      await world.close();
      await database.close();
    },
  };
}

/** The titles that the albums have after so many rounds, sorted. */
export function titlesAfter(rounds: number): readonly string[] {
  const titles: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    const isLast = round === rounds;
    titles.push(`b${round}`, isLast ? `c${round}` : `c${round} changed`);
    if (isLast) titles.push(`a${round}`);
  }
  return titles.sort();
}

/** Each round is one batch: three albums with covers come, one of the last round goes, and one gets another cover. */
async function liveOneLife(dir: string): Promise<void> {
  const { core, close } = await openBatchLife(dir);
  const albums = core.collections.get('albums');
  const cover = albums.fields.find(({ name }) => name === 'cover');
  if (!cover) throw new Error('no cover');
  const withCover = async (title: string, recordId?: string) => {
    const intake = await core.records.admit(superuser, albums, recordId);
    const stream = streamOnce(`the cover of ${title}`);
    const upload = await intake.receive(cover, { filename: 'cover.txt', stream });
    return { input: { title, cover: upload }, options: { intake } };
  };
  const idOf = (letter: string, round: number) => `${letter}${String(round).padStart(14, '0')}`;
  for (let round = 1; round <= ROUNDS; round++) {
    const operations: Operation[] = [];
    for (const letter of ['a', 'b', 'c']) {
      const { input, options } = await withCover(`${letter}${round}`);
      const id = idOf(letter, round);
      operations.push({ kind: 'create', collection: albums, input: { id, ...input }, options });
    }
    if (round > 1) {
      const id = idOf('c', round - 1);
      const change = await withCover(`c${round - 1} changed`, id);
      operations.push({ kind: 'update', collection: albums, id, ...change });
      operations.push({ kind: 'delete', collection: albums, id: idOf('a', round - 1) });
    }
    await core.records.batch(superuser, operations);
    console.log(`done ${round}`);
  }
  await close();
}

if (import.meta.main) {
  const [dir = '', spec = ''] = process.argv.slice(2);
  armFailpoints(spec);
  await liveOneLife(dir);
}
