import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { BackupInfo, BackupSource, BackupStore } from '../../../core/ports/backup-store.ts';
import { formatDate } from '../../../lib/time.ts';
import type { CatalogueObject } from './catalogue.ts';
import { writeArchive } from './write-archive.ts';

/** Where and how zip backups are kept. */
export interface ZipBackupOptions {
  /** The folder of finished archives; made when missing. */
  readonly dir: string;
  /** Starts `runBackupWorker` in another process; its arguments are appended. */
  readonly workerCommand: readonly string[];
  /** All that the worker sees of the environment; no secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How the other process is started. */
type WorkerOptions = Pick<ZipBackupOptions, 'workerCommand' | 'environment'>;

const NAME = /^[a-z0-9_-]+\.zip$/;
const WORK = '.work';

/** Backups as zip archives in a folder. Unfinished work lives in a sub-folder. */
export function createZipBackups({ dir, ...worker }: ZipBackupOptions): BackupStore {
  async function info(key: string): Promise<BackupInfo | undefined> {
    try {
      const found = await stat(join(dir, key));
      return found.isFile() ? { key, size: found.size, modified: formatDate(found.mtimeMs) } : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  return {
    async sweep() {
      await rm(join(dir, WORK), { recursive: true, force: true });
    },

    async list() {
      const names = (await readdir(dir).catch(noneWhenMissing)).filter((name) => NAME.test(name));
      const found = await Promise.all(names.map(info));
      return found.filter((each) => each !== undefined).sort(newestFirst);
    },

    async has(key) {
      return (await info(key)) !== undefined;
    },

    async write(key, source) {
      const work = join(dir, WORK, randomBytes(8).toString('hex'));
      await mkdir(work, { recursive: true, mode: 0o700 });
      try {
        await build(join(work, 'archive.zip'), work, source);
        await rename(join(work, 'archive.zip'), join(dir, key));
        await syncFolder(dir);
      } catch (error) {
        if (error instanceof AppError) throw error;
        const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
        throw new AppError(full ? 'storage_full' : 'internal', { reason: 'backup_failed', cause: error });
      } finally {
        await rm(work, { recursive: true, force: true });
      }
      const made = await info(key);
      if (made === undefined) throw new AppError('internal', { reason: 'backup_failed' });
      return made;
    },

    async open(key) {
      const found = await info(key);
      return found === undefined ? undefined : { info: found, body: Bun.file(join(dir, key)) };
    },

    async remove(key) {
      try {
        await rm(join(dir, key));
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
      await syncFolder(dir);
      return true;
    },
  };

  async function build(archive: string, work: string, source: BackupSource): Promise<void> {
    const database = join(work, 'data.db');
    await source.snapshot(database);
    await writeArchive(archive, {
      database,
      created: new Date().toISOString(),
      objects: catalogue(worker, database),
      read: (object) => source.readObject(object.backend, object.key),
    });
    await rm(database, { force: true });
    await runWorker(worker, ['verify', archive]);
  }
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

function spawnWorker({ workerCommand, environment }: WorkerOptions, args: readonly string[]) {
  const io = { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' } as const;
  return Bun.spawn([...workerCommand, ...args], { ...io, env: { ...environment } });
}

async function finished(worker: ReturnType<typeof spawnWorker>): Promise<void> {
  const said = (await new Response(worker.stderr).text()).trim();
  const code = await worker.exited;
  if (code !== 0) throw new Error(`backup worker: ${said || `exit code ${code}`}`);
}

function newestFirst(a: BackupInfo, b: BackupInfo): number {
  return a.modified === b.modified ? (a.key < b.key ? -1 : 1) : a.modified < b.modified ? 1 : -1;
}

function noneWhenMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Makes renames and removals in a folder durable; file systems that cannot sync folders say so and are believed. */
export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
