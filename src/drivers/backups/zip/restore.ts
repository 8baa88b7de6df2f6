import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { syncFolder } from '../../../lib/sync.ts';
import { DATABASE } from './format.ts';
import { type ArchiveFacts, readArchive } from './read-archive.ts';
import { type RestoreStorages, sendObjects, settleBackends } from './restore-storages.ts';

/** The folders of an installation. */
export interface RestorePaths {
  readonly dataDir: string;
  /** Where the local storage keeps objects; may be on another volume. */
  readonly filesDir: string;
}

/** A restore's paths, and where the storage looks for an object below a folder of files. */
export interface RestoreTarget extends RestorePaths {
  objectPath(filesDir: string, key: string): string;
  /** Which storages there are; left out: the folder of files holds everything. */
  readonly storages?: RestoreStorages;
  /** Migrations that this version knows: a backup of a newer one is refused. Left out: any. */
  readonly migrations?: readonly string[];
}

/** What a restore brought back. */
export interface RestoreFacts extends ArchiveFacts {
  /** Objects that were put into storages beside the folder, because they were not there, by the storage's name. */
  readonly sent: ReadonlyMap<string, number>;
  /** Storages that are no longer configured, and how many objects of theirs went to the default one. */
  readonly moved: readonly { readonly backend: string; readonly objects: number }[];
}

/** For tests: called by name at each step. */
export interface RestoreOptions {
  readonly failpoint?: (name: string) => void;
}

/**
 * A restore has one moment at which it happens: when `.restore/ready` is durable. Before it nothing of the data folder was
 * touched; after it `finishRestore` completes the exchange, however often it is interrupted. Other storages get the objects
 * that they lack before that moment: their keys are never used again, so that harms nothing when it does not come.
 */
const WORK = '.restore';
const READY = 'ready';

/** One thing that is exchanged. `fresh` undefined: the old one only goes (the write-ahead log of the old database). */
interface Part {
  readonly name: string;
  readonly current: string;
  readonly fresh: string | undefined;
  readonly old: string;
}

function partsOf({ dataDir, filesDir }: RestorePaths): readonly Part[] {
  const work = join(dataDir, WORK);
  const database = (name: string, fresh: string | undefined): Part => ({
    name,
    current: join(dataDir, name),
    fresh,
    old: join(work, 'old', name),
  });
  return [
    database('data.db-wal', undefined),
    database('data.db-shm', undefined),
    database('data.db', join(work, 'new', 'data.db')),
    // Beside the folder itself, so that a rename stays on its volume.
    { name: 'files', current: filesDir, fresh: `${filesDir}.restore-new`, old: `${filesDir}.restore-old` },
  ];
}

/**
 * Replaces database and files of an installation by those of an archive, all or nothing. The caller holds the folder's lock.
 * Throws with one sentence, nothing changed, when the archive is not whole; {@link UnfinishedRestore} when it failed later.
 */
export async function restoreArchive(
  archive: string,
  paths: RestoreTarget,
  { failpoint }: RestoreOptions = {},
): Promise<RestoreFacts> {
  const work = join(paths.dataDir, WORK);
  await clear(paths);
  const freshFiles = `${paths.filesDir}.restore-new`;
  await mkdir(join(work, 'new'), { recursive: true, mode: 0o700 });
  await mkdir(join(work, 'old'), { recursive: true, mode: 0o700 });
  await mkdir(freshFiles, { recursive: true, mode: 0o700 });
  const { storages } = paths;
  const database = join(work, 'new', DATABASE);
  const place = (key: string) => paths.objectPath(freshFiles, key);
  let facts: RestoreFacts;
  try {
    await requireMovable(paths.filesDir);
    const isHere = (backend: string | undefined) => !storages || storages.targetOf(backend) === undefined;
    const found = await readArchive(archive, join(work, 'new'), {
      migrations: paths.migrations,
      placeOf: (key, backend) => (isHere(backend) ? place(key) : undefined),
    });
    if (FAILPOINTS) failpoint?.('restore.extracted');
    const moved = storages ? settleBackends(database, storages) : [];
    const sent = storages ? await sendObjects(archive, database, storages, place) : new Map<string, number>();
    facts = { ...found, moved, sent };
    if (FAILPOINTS) failpoint?.('restore.sent');
    await syncFile(database);
    await syncTree(work);
    await syncTree(freshFiles);
    await syncFolder(dirname(freshFiles));
  } catch (error) {
    await clear(paths);
    throw error;
  }
  await writeMark(join(work, READY));
  await syncFolder(work);
  await syncFolder(paths.dataDir);
  if (FAILPOINTS) failpoint?.('restore.ready');
  try {
    await finishRestore(paths, { failpoint });
  } catch (cause) {
    throw new UnfinishedRestore(cause);
  }
  return facts;
}

/** A restore that failed after its moment: the next start, or the next restore, completes it. */
export class UnfinishedRestore extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Throws for a folder of files that cannot be exchanged, such as the root of a volume: found out after the moment of a
 * restore, it would leave the new records with the old files. A folder is never moved onto one that is not empty, so asking
 * for just that changes nothing, and says what else would be in the way.
 */
async function requireMovable(filesDir: string): Promise<void> {
  if (process.platform === 'win32' || !existsSync(filesDir)) return;
  const occupied = `${filesDir}.restore-old`;
  await mkdir(join(occupied, 'occupied'), { recursive: true, mode: 0o700 });
  const code = await rename(filesDir, occupied).then(
    () => '',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : ''),
  );
  if (code !== 'ENOTEMPTY' && code !== 'EEXIST') {
    throw new Error(`the folder of files cannot be exchanged (${code}); it must not be the root of a volume`);
  }
  await rm(occupied, { recursive: true, force: true });
}

/**
 * Completes a restore that was interrupted after its moment, or clears away one that was interrupted before. Called at every
 * start, under the lock, before the database is opened.
 */
export async function finishRestore(paths: RestorePaths, { failpoint }: RestoreOptions = {}): Promise<void> {
  const work = join(paths.dataDir, WORK);
  if (existsSync(join(work, READY))) {
    for (const part of partsOf(paths)) {
      if (existsSync(join(work, `${part.name}.done`))) continue;
      await exchange(part);
      if (FAILPOINTS) failpoint?.(`restore.exchanged.${part.name}`);
      await writeMark(join(work, `${part.name}.done`));
      await syncFolder(work);
    }
    if (FAILPOINTS) failpoint?.('restore.done');
    // The mark goes first: without it what is left is only rubbish, whatever an interruption leaves of it.
    await rm(join(work, READY), { force: true });
    await syncFolder(work);
  }
  await clear(paths);
}

/** Every step looks at what is there, so that it may be repeated after an interruption anywhere. */
async function exchange({ current, fresh, old }: Part): Promise<void> {
  const isPending = fresh === undefined || existsSync(fresh);
  if (isPending && existsSync(current) && !existsSync(old)) await rename(current, old);
  if (fresh !== undefined && existsSync(fresh)) await rename(fresh, current);
  await syncFolder(dirname(current));
}

async function clear({ dataDir, filesDir }: RestorePaths): Promise<void> {
  for (const path of [join(dataDir, WORK), `${filesDir}.restore-new`, `${filesDir}.restore-old`]) {
    await rm(path, { recursive: true, force: true });
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeMark(path: string): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Syncs every folder of a tree; its files were synced when written. */
async function syncTree(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncTree(join(dir, entry.name));
  }
  await syncFolder(dir);
}
