import { Database } from 'bun:sqlite';
import { closeSync, openSync } from 'node:fs';
import { AppError } from '../../../core/errors.ts';

/** Who uses a connection: the one writer, the reader beside it, or the reader in a process of its own. */
export type Role = 'writer' | 'reader' | 'worker';

/** Memory for pages, in KiB. Pages are not mapped: a read error in mapped memory would end the process. */
const cacheSize = { writer: 8_000, reader: 16_000, worker: 8_000 } satisfies Record<Role, number>;

/**
 * Milliseconds that a call may sleep in SQLite waiting for a lock. Short for the writer, which tries again without
 * holding up the event loop.
 */
const busyTimeout = { writer: 5, reader: 1_000, worker: 5_000 } satisfies Record<Role, number>;

/**
 * Opens a connection with every pragma the driver relies on (SECURITY-REQUIREMENTS 9.6). The file is made by the
 * writer, for this user alone, whatever the folder: it holds keys and password hashes. Throws SQLite's error, or `unavailable` when the file system cannot do WAL.
 */
export function openConnection(path: string, role: Role, synchronous: 'full' | 'normal' = 'full'): Database {
  if (role === 'writer') makePrivate(path);
  const db = new Database(path, role === 'writer' ? { create: true, readwrite: true } : { readonly: true });
  try {
    db.run(`PRAGMA busy_timeout = ${busyTimeout[role]}`);
    db.run('PRAGMA trusted_schema = OFF');
    db.run('PRAGMA cell_size_check = ON');
    db.run(`PRAGMA cache_size = -${cacheSize[role]}`);
    db.run('PRAGMA mmap_size = 0');
    db.run(`PRAGMA temp_store = ${role === 'worker' ? 'FILE' : 'MEMORY'}`);
    if (role === 'writer') prepareWriter(db, synchronous);
    // VACUUM INTO writes a file, which query_only would refuse; the worker's connection is read-only as it is.
    if (role === 'reader') db.run('PRAGMA query_only = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite gives its own files beside it the same mode. A file that is there keeps the mode that its owner chose. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // There already, or not to be made: then opening it says so in SQLite's words.
  }
}

function prepareWriter(db: Database, synchronous: 'full' | 'normal'): void {
  const row = db.prepare('PRAGMA journal_mode = WAL').get();
  const mode = row && typeof row === 'object' && 'journal_mode' in row ? row.journal_mode : undefined;
  if (mode !== 'wal') throw new AppError('unavailable', { reason: 'wal_not_supported' });
  db.run(`PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}`);
  db.run('PRAGMA foreign_keys = ON');
  db.run('PRAGMA recursive_triggers = ON');
  db.run('PRAGMA wal_autocheckpoint = 1000');
  db.run(`PRAGMA journal_size_limit = ${16 * 1024 * 1024}`);
}
