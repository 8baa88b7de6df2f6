import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type {
  BackupContents,
  BackupInfo,
  BackupSource,
  BackupStore,
  BackupWriteOptions,
} from '../../../core/ports/backup-store.ts';
import type { Storage } from '../../../core/ports/storage.ts';
import type { ArchivePlace } from './archive-place.ts';
import type { CatalogueObject } from './catalogue.ts';
import { createFolderPlace } from './folder-place.ts';
import { keepWhole } from './keep-whole.ts';
import type { ArchiveFacts } from './read-archive.ts';
import { createStoragePlace } from './storage-place.ts';
import { writeArchive } from './write-archive.ts';

/** Where and how zip backups are kept. */
export interface ZipBackupOptions {
  /** The folder of finished archives, and of unfinished work in any case; made when missing. */
  readonly dir: string;
  /** Takes new archives instead of the folder. It holds nothing else. What the folder has is listed, too. */
  readonly storage?: Storage;
  /** Starts `runBackupWorker` in another process; its arguments are appended. */
  readonly workerCommand: readonly string[];
  /** All that the worker sees of the environment; no secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Migrations that this version knows: backups of newer ones are not taken in. Left out: any. */
  readonly migrations?: readonly string[];
}

/** How the other process is started, and what ends it early. */
interface WorkerOptions extends Pick<ZipBackupOptions, 'workerCommand' | 'environment' | 'migrations'> {
  readonly signal?: AbortSignal;
}

const WORK = '.work';
const NOTES = '.unfinished';

/** Backups as zip archives in a folder, or in a storage. Archives are built and verified in a sub-folder. */
export function createZipBackups({ dir, storage, ...workers }: ZipBackupOptions): BackupStore {
  const folder = createFolderPlace(dir);
  const target = storage ? createStoragePlace({ storage, notes: join(dir, NOTES) }) : folder;
  const places: readonly ArchivePlace[] = storage ? [folder, target] : [folder];

  async function find(key: string) {
    for (const place of places) {
      const info = await place.find(key);
      if (info !== undefined) return { place, info };
    }
    return undefined;
  }

  async function build(work: string, source: BackupSource, { signal, skipDamaged }: BackupWriteOptions) {
    const worker: WorkerOptions = { ...workers, signal };
    const archive = join(work, 'archive.zip');
    const database = join(work, 'data.db');
    await source.snapshot(database);
    const { missing } = await writeArchive(archive, {
      database,
      created: new Date().toISOString(),
      objects: () => catalogue(worker, database),
      skipDamaged,
      async read(object) {
        signal?.throwIfAborted();
        return source.readObject(object.backend, object.key);
      },
      sizeOf: (object) => source.sizeOf(object.backend, object.key),
    });
    await rm(database, { force: true });
    await readByWorker(worker, 'verify', archive, work);
    return { archive, missing };
  }

  /** Runs work with a folder of its own, which goes when that has ended. */
  async function inFolder<T>(work: (folder: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const folder = join(dir, WORK, randomBytes(8).toString('hex'));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      return await work(folder);
    } catch (error) {
      signal?.throwIfAborted();
      throw faultOf(error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function requireMade(key: string): Promise<BackupInfo> {
    const made = await target.find(key);
    if (made === undefined) throw new AppError('internal', { reason: 'backup_failed' });
    return made;
  }

  return {
    async sweep() {
      await rm(join(dir, WORK), { recursive: true, force: true });
      await storage?.sweep();
    },

    async list() {
      return (await Promise.all(places.map((place) => place.list()))).flat().sort(newestFirst);
    },

    async has(key) {
      return (await find(key)) !== undefined;
    },

    async write(wanted, source, options = {}) {
      const { signal } = options;
      let key = wanted;
      await inFolder(async (work) => {
        const { archive, missing } = await build(work, source, options);
        if (missing > 0) key = wanted.replace(/\.zip$/, '_incomplete.zip');
        if (missing > 0 && (await find(key))) throw new AppError('conflict', { reason: 'backup_exists' });
        await target.take(key, archive, signal);
      }, signal);
      return requireMade(key);
    },

    async receive(key, body, signal) {
      let broken: { readonly error: unknown } | undefined;
      const arriving = noting(body, (error) => {
        broken = { error };
      });
      const taken = inFolder(async (work) => {
        const archive = join(work, 'archive.zip');
        await keepWhole(archive, arriving, signal);
        await readByWorker({ ...workers, signal }, 'verify', archive, work).catch(asUnusable);
        await target.take(key, archive, signal);
      }, signal);
      await taken.catch((error: unknown) => {
        throw broken?.error ?? error;
      });
      return requireMade(key);
    },

    async inspect(key, signal) {
      if ((await folder.find(key)) === undefined) return undefined;
      const read = (scratch: string) =>
        readByWorker({ ...workers, signal }, 'inspect', join(dir, key), scratch).catch(asUnusable);
      return inFolder(read, signal);
    },

    async check(key, signal) {
      const found = await find(key);
      if (found === undefined) return undefined;
      const isHere = found.place === folder;
      const path = isHere ? join(dir, key) : join(dir, WORK, `${randomBytes(8).toString('hex')}.zip`);
      const release = async () => {
        if (!isHere) await rm(path, { force: true });
      };
      try {
        const contents = await inFolder(async (scratch) => {
          if (!isHere) await keepWhole(path, bodyOf(await found.place.read(key, undefined)), signal);
          return readByWorker({ ...workers, signal }, 'verify', path, scratch).catch(asUnusable);
        }, signal);
        return { path, contents, release };
      } catch (error) {
        await release();
        throw error;
      }
    },

    async open(key) {
      const found = await find(key);
      if (found === undefined) return undefined;
      return { info: found.info, read: (range) => found.place.read(key, range) };
    },

    async remove(key) {
      const found = await find(key);
      return (await found?.place.remove(key)) ?? false;
    },
  };
}

/** The live objects of a snapshot, read by the worker a line at a time. */
async function* catalogue(options: WorkerOptions, database: string): AsyncGenerator<CatalogueObject> {
  const worker = spawnWorker(options, ['catalogue', database]);
  try {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of worker.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
    await finished(worker);
  } finally {
    worker.kill();
  }
}

/** Has an archive read by the other process, and says what is in it. */
async function readByWorker(
  options: WorkerOptions,
  task: 'verify' | 'inspect',
  path: string,
  scratch: string,
): Promise<BackupContents> {
  const { migrations } = options;
  const known = migrations === undefined ? [] : [JSON.stringify(migrations)];
  const worker = spawnWorker(options, [task, path, scratch, ...known]);
  const said = await new Response(worker.stdout).text();
  await finished(worker);
  const { objects, objectBytes, created, version, records }: ArchiveFacts = JSON.parse(said);
  return { ...{ created, version, records }, files: objects, bytes: objectBytes };
}

function spawnWorker({ workerCommand, environment, signal }: WorkerOptions, args: readonly string[]) {
  const io = { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' } as const;
  return Bun.spawn([...workerCommand, ...args], { ...io, signal, env: { ...environment } });
}

async function finished(worker: ReturnType<typeof spawnWorker>): Promise<void> {
  const said = (await new Response(worker.stderr).text()).trim();
  const code = await worker.exited;
  if (code !== 0) throw new WorkerFailure(said, code);
}

/** The other process found something wrong, or did not come to an end. */
class WorkerFailure extends Error {
  constructor(
    /** One sentence; '' when it said nothing. */
    readonly said: string,
    code: number,
  ) {
    super(`backup worker: ${said || `exit code ${code}`}`);
  }
}

/** What is wrong with an archive that came from elsewhere is for who brought it. */
function asUnusable(error: unknown): never {
  if (!(error instanceof WorkerFailure) || error.said === '') throw error;
  if (/ENOSPC|disk is full/i.test(error.said)) throw new AppError('storage_full', { cause: error });
  throw new AppError('invalid', { reason: 'backup_unusable', params: { why: error.said.slice(0, 500) } });
}

function faultOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  return new AppError(full ? 'storage_full' : 'internal', { reason: 'backup_failed', cause: error });
}

/** The same bytes; what goes wrong with them is told. */
async function* noting(body: AsyncIterable<Uint8Array>, note: (error: unknown) => void) {
  try {
    yield* body;
  } catch (error) {
    note(error);
    throw error;
  }
}

/** A body of a place, which is opened by reading it. */
function bodyOf(body: Blob | ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return body instanceof Blob ? body.stream() : body;
}

function newestFirst(a: BackupInfo, b: BackupInfo): number {
  return a.modified === b.modified ? (a.key < b.key ? -1 : 1) : a.modified < b.modified ? 1 : -1;
}
