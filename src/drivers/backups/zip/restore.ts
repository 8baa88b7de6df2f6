import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { syncFolder } from '../../../lib/sync.ts';
import { DATABASE } from './format.ts';
import { type ArchiveFacts, readArchive } from './read-archive.ts';
import {
  homeOf,
  type Placement,
  type RestoreStorages,
  sendObjects,
  settleBackends,
} from './restore-storages.ts';

/** The folders of an installation. */
export interface RestorePaths {
  readonly dataDir: string;
  /** Where the local storage keeps objects; may be on another volume. */
  readonly filesDir: string;
}

/** What an archive is unpacked for. */
export interface UnpackTarget extends RestorePaths {
  /** Where the storage looks for an object below a folder of files. */
  objectPath(filesDir: string, key: string): string;
  /** Which storages there are; left out: the folder of files holds everything. */
  readonly placement?: Placement;
  /** Migrations that this version knows: a backup of a newer one is refused. Left out: any. */
  readonly migrations?: readonly string[];
}

/** What a backup is restored to. */
export interface RestoreTarget extends Omit<UnpackTarget, 'placement'> {
  /** Left out: the folder of files holds everything. */
  readonly storages?: RestoreStorages;
}

/** What a restore brought back. */
export interface RestoreFacts extends ArchiveFacts {
  /** Objects that were put into storages beside the folder, because they were not there, by the storage's name. */
  readonly sent: ReadonlyMap<string, number>;
  /** Storages that are no longer configured, and how many objects of theirs went to the default one. */
  readonly moved: readonly { readonly backend: string; readonly objects: number }[];
}

/** How a restore goes on. */
export interface RestoreOptions {
  /** For tests: called by name at each step. */
  readonly failpoint?: (name: string) => void;
  /** Leaves what was replaced where it is, for {@link undoRestore}, until {@link clearRestore}. */
  readonly keepsOld?: boolean;
}

/**
 * A restore has one moment at which it happens: when `.restore/ready` is durable. Before it nothing of the data folder was
 * touched; after it `finishRestore` completes the exchange, however often it is interrupted. Other storages get the objects
 * that they lack before that moment: their keys are never used again, so that harms nothing when it does not come.
 */
const WORK = '.restore';
const READY = 'ready';
/** Says what was unpacked, once all of it is there. */
const UNPACKED = 'unpacked.json';

/** One thing that is exchanged. `fresh` undefined: the old one only goes (the write-ahead log of the old database). */
interface Part {
  readonly name: string;
  readonly current: string;
  readonly fresh: string | undefined;
  readonly old: string;
}

/** Beside the folder itself, so that a rename stays on its volume. */
function freshOf({ filesDir }: RestorePaths): string {
  return `${filesDir}.restore-new`;
}

function oldOf({ filesDir }: RestorePaths): string {
  return `${filesDir}.restore-old`;
}

function partsOf(paths: RestorePaths): readonly Part[] {
  const { dataDir, filesDir } = paths;
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
    { name: 'files', current: filesDir, fresh: freshOf(paths), old: oldOf(paths) },
  ];
}

/**
 * Unpacks an archive beside database and files of an installation, which stay as they are and may be in use, and checks it whole.
 * {@link restoreArchive} takes what is there then instead of unpacking it once more, in this process or another. The caller's
 * installation is open or its lock is held, so that no restore waits to be completed. Throws with one sentence; nothing is left
 * then.
 */
export async function unpackArchive(archive: string, target: UnpackTarget): Promise<ArchiveFacts> {
  const { dataDir, filesDir, placement, migrations, objectPath } = target;
  const work = join(dataDir, WORK);
  const freshFiles = freshOf(target);
  await clearRestore(target);
  await mkdir(join(work, 'new'), { recursive: true, mode: 0o700 });
  await mkdir(join(work, 'old'), { recursive: true, mode: 0o700 });
  await mkdir(freshFiles, { recursive: true, mode: 0o700 });
  try {
    await requireMovable(filesDir);
    const facts = await readArchive(archive, join(work, 'new'), {
      migrations,
      placeOf: (key, backend) =>
        placement && homeOf(placement, backend) !== undefined ? undefined : objectPath(freshFiles, key),
    });
    await syncTree(freshFiles);
    await syncFolder(dirname(freshFiles));
    await writeFile(
      join(work, UNPACKED),
      JSON.stringify({ of: await identityOf(archive, placement), facts }),
    );
    return facts;
  } catch (error) {
    await clearRestore(target);
    throw error;
  }
}

/** What {@link unpackArchive} found, where it unpacked this archive for these storages. */
async function findUnpacked(archive: string, { dataDir, storages }: RestoreTarget) {
  const note = Bun.file(join(dataDir, WORK, UNPACKED));
  if (!(await note.exists())) return undefined;
  const { of, facts }: { of: string; facts: ArchiveFacts } = await note.json();
  return of === (await identityOf(archive, storages?.placement)) ? facts : undefined;
}

async function identityOf(archive: string, placement: Placement | undefined): Promise<string> {
  const { size, mtimeMs, ino } = await stat(archive);
  return JSON.stringify([archive, size, mtimeMs, ino, placement]);
}

/**
 * Replaces database and files of an installation by those of an archive, all or nothing. The caller holds the folder's lock.
 * Throws with one sentence, nothing changed, when the archive is not whole; {@link UnfinishedRestore} when it failed later.
 */
export async function restoreArchive(
  archive: string,
  paths: RestoreTarget,
  { failpoint, keepsOld }: RestoreOptions = {},
): Promise<RestoreFacts> {
  const work = join(paths.dataDir, WORK);
  const freshFiles = freshOf(paths);
  const { storages } = paths;
  const database = join(work, 'new', DATABASE);
  let facts: RestoreFacts;
  try {
    const found =
      (await findUnpacked(archive, paths)) ??
      (await unpackArchive(archive, { ...paths, placement: storages?.placement }));
    if (FAILPOINTS) failpoint?.('restore.extracted');
    const moved = storages ? settleBackends(database, storages) : [];
    const place = (key: string) => paths.objectPath(freshFiles, key);
    const sent = storages ? await sendObjects(archive, database, storages, place) : new Map<string, number>();
    facts = { ...found, moved, sent };
    if (FAILPOINTS) failpoint?.('restore.sent');
    await syncFile(database);
    await syncTree(work);
  } catch (error) {
    await clearRestore(paths);
    throw error;
  }
  await writeMark(join(work, READY));
  await syncFolder(work);
  await syncFolder(paths.dataDir);
  if (FAILPOINTS) failpoint?.('restore.ready');
  try {
    await finishRestore(paths, { failpoint, keepsOld });
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
 * start, under the lock, before the database is opened. Whether there was one to be completed.
 */
export async function finishRestore(
  paths: RestorePaths,
  { failpoint, keepsOld }: RestoreOptions = {},
): Promise<boolean> {
  const work = join(paths.dataDir, WORK);
  const isBegun = existsSync(join(work, READY));
  if (isBegun) {
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
  if (!keepsOld) await clearRestore(paths);
  return isBegun;
}

/**
 * Puts back what a restore replaced that kept it, all or nothing. Nothing is open. False, nothing changed, where it is not there
 * whole; an {@link UnfinishedRestore} is completed by the next start, as that of any restore.
 */
export async function undoRestore(paths: RestorePaths): Promise<boolean> {
  const work = join(paths.dataDir, WORK);
  const before = { database: join(work, 'old', 'data.db'), files: oldOf(paths) };
  // A log beside it would be part of the database; closing it leaves none.
  const isWhole = !existsSync(`${before.database}-wal`);
  if (!isWhole || !existsSync(before.database) || !existsSync(before.files)) return false;
  await rm(`${before.database}-shm`, { force: true });
  for (const { name } of partsOf(paths)) await rm(join(work, `${name}.done`), { force: true });
  await rename(before.database, join(work, 'new', DATABASE));
  await rename(before.files, freshOf(paths));
  await syncTree(work);
  await syncFolder(dirname(before.files));
  await writeMark(join(work, READY));
  await syncFolder(work);
  try {
    await finishRestore(paths);
  } catch (cause) {
    throw new UnfinishedRestore(cause);
  }
  return true;
}

/** Every step looks at what is there, so that it may be repeated after an interruption anywhere. */
async function exchange({ current, fresh, old }: Part): Promise<void> {
  const isPending = fresh === undefined || existsSync(fresh);
  if (isPending && existsSync(current) && !existsSync(old)) await rename(current, old);
  if (fresh !== undefined && existsSync(fresh)) await rename(fresh, current);
  await syncFolder(dirname(current));
}

/** Removes what {@link unpackArchive} left, when nothing comes of it, and what a restore replaced. */
export async function clearRestore(paths: RestorePaths): Promise<void> {
  for (const path of [join(paths.dataDir, WORK), freshOf(paths), oldOf(paths)]) {
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
