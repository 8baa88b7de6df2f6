import { Database } from 'bun:sqlite';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from './operator-error.ts';

/** An exclusive claim on a data folder. */
export interface DirectoryLock {
  release(): void;
}

/** Another process holds the data folder. */
export class DirectoryInUse extends OperatorError {}

/**
 * Makes the data folder when it is missing and claims it for this process.
 *
 * The claim is SQLite's own lock on the empty database `lock.db`: an open exclusive transaction that nothing is ever
 * written in. It needs no native code of ours on any system, and the operating system drops it with the process, however
 * that ends. A folder shared over a network is as safe as that file system's locks.
 * Throws {@link OperatorError} when the folder cannot be written, {@link DirectoryInUse} when another process holds it.
 */
export function lockDirectory(dir: string): DirectoryLock {
  const path = join(dir, 'lock.db');
  let database: Database;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.W_OK | constants.X_OK);
    database = new Database(path, { create: true, readwrite: true });
  } catch (error) {
    throw new OperatorError(`The data folder ${dir} cannot be written.`, { cause: error });
  }
  try {
    database.run('PRAGMA journal_mode = MEMORY');
    database.run('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) {
      throw new DirectoryInUse(`The data folder ${dir} is in use by another Dossier process.`, {
        cause: error,
      });
    }
    throw new OperatorError(`The data folder ${dir} cannot be locked.`, { cause: error });
  }
  return {
    release() {
      database.run('ROLLBACK');
      database.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
