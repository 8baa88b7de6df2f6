import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type {
  BackupInfo,
  BackupSource,
  BackupStore,
  BackupWriteOptions,
} from '../../../core/ports/backup-store.ts';
import type { Storage } from '../../../core/ports/storage.ts';
import type { ArchivePlace } from './archive-place.ts';
import type { CatalogueObject } from './catalogue.ts';
import { createFolderPlace } from './folder-place.ts';
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
}

/** How the other process is started, and what ends it early. */
interface WorkerOptions extends Pick<ZipBackupOptions, 'workerCommand' | 'environment'> {
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
    await runWorker(worker, ['verify', archive]);
    return { archive, missing };
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
      const work = join(dir, WORK, randomBytes(8).toString('hex'));
      await mkdir(work, { recursive: true, mode: 0o700 });
      try {
        const { archive, missing } = await build(work, source, options);
        if (missing > 0) key = wanted.replace(/\.zip$/, '_incomplete.zip');
        if (missing > 0 && (await find(key))) throw new AppError('conflict', { reason: 'backup_exists' });
        await target.take(key, archive, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof AppError) throw error;
        const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
        throw new AppError(full ? 'storage_full' : 'internal', { reason: 'backup_failed', cause: error });
      } finally {
        await rm(work, { recursive: true, force: true });
      }
      const made = await target.find(key);
      if (made === undefined) throw new AppError('internal', { reason: 'backup_failed' });
      return made;
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

async function runWorker(options: WorkerOptions, args: readonly string[]): Promise<void> {
  const worker = spawnWorker(options, args);
  await new Response(worker.stdout).text();
  await finished(worker);
}

function spawnWorker({ workerCommand, environment, signal }: WorkerOptions, args: readonly string[]) {
  const io = { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' } as const;
  return Bun.spawn([...workerCommand, ...args], { ...io, signal, env: { ...environment } });
}

async function finished(worker: ReturnType<typeof spawnWorker>): Promise<void> {
  const said = (await new Response(worker.stderr).text()).trim();
  const code = await worker.exited;
  if (code !== 0) throw new Error(`backup worker: ${said || `exit code ${code}`}`);
}

function newestFirst(a: BackupInfo, b: BackupInfo): number {
  return a.modified === b.modified ? (a.key < b.key ? -1 : 1) : a.modified < b.modified ? 1 : -1;
}
