import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { finishRestore, restoreArchive, UnfinishedRestore } from '../drivers/backups/zip/restore.ts';
import { createLocalStorage } from '../drivers/storage/local/index.ts';
import type { Config } from './config.ts';
import { lockDirectory } from './lock.ts';
import { OperatorError } from './operator-error.ts';

/** What a restore brought back. */
export interface Restored {
  readonly archive: string;
  readonly objects: number;
  /** Of everything in the archive, unpacked. */
  readonly bytes: number;
}

/**
 * Replaces records and files of a data folder that no server uses by those of an archive: the path of one, or the name of one
 * in the backups folder. Throws {@link OperatorError}, nothing changed, when it is not whole.
 */
export async function restoreBackup(config: Config, given: string): Promise<Restored> {
  const archive = findArchive(config, given);
  const lock = lockDirectory(config.dir);
  try {
    mkdirSync(config.storage.path, { recursive: true, mode: 0o700 });
    const paths = { dataDir: config.dir, filesDir: config.storage.path };
    await finishRestore(paths);
    const facts = await restoreArchive(archive, { ...paths, objectPath });
    return { archive, ...facts };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof UnfinishedRestore) {
      throw new OperatorError(
        `${archive} is restored in part: ${reason}. The next start completes it; until then, change nothing in ${config.dir}.`,
        { cause: error },
      );
    }
    throw new OperatorError(`${archive} was not restored, and nothing was changed: ${reason}.`, {
      cause: error,
    });
  } finally {
    lock.release();
  }
}

function findArchive(config: Config, given: string): string {
  const path = resolve(given);
  if (existsSync(path)) return path;
  const kept = join(config.backups.path, basename(given));
  if (given === basename(given) && existsSync(kept)) return kept;
  throw new OperatorError(`There is no backup ${path}.`);
}

/** Where the local storage looks for an object. */
function objectPath(filesDir: string, key: string): string {
  const path = createLocalStorage({ name: 'local', dir: filesDir }).localPath?.(key);
  if (path === undefined) throw new Error('the local storage has no paths');
  return path;
}
