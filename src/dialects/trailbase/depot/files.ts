import { Database } from 'bun:sqlite';
import { copyFileSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Why a folder cannot be read as a depot, in one sentence for whoever named it. */
export class DepotError extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.name = 'DepotError';
  }
}

/** The files of a depot (specs/trailbase.md 14), of which none is changed. */
export interface DepotFiles {
  /** `config.textproto`; empty when there is none. */
  readonly config: string;
  /** Names of its databases: `main`, then those beside it. */
  readonly databases: readonly string[];
  /** A copy of a database. Throws {@link DepotError} for what SQLite cannot read. */
  open(database: string): Database;
  /** Path and bytes of an uploaded file; undefined when it is not there. */
  upload(id: string): { readonly path: string; readonly size: number } | undefined;
  /** Closes and removes the copies. */
  close(): void;
}

/** Databases of the depot that hold nothing of the user's. */
const OWN = new Set(['session', 'logs']);
/** A disk or a quota that is full, by the file system's word and by SQLite's. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const UPLOAD_ID = /^[\w-]{1,64}$/;

/**
 * Opens a depot. Its databases are copied before they are read, with what their logs hold: a server may have died over them, and
 * reading a database in place may write beside it. `scratch`: a folder for the copies. Throws {@link DepotError}.
 */
export function openDepot(path: string, scratch: string): DepotFiles {
  const data = join(path, 'data');
  if (!existsSync(join(data, 'main.db'))) {
    throw new DepotError(`There is no TrailBase depot at ${path}: data/main.db is missing.`);
  }
  const copies = mkdtempSync(join(scratch, 'depot-'));
  const opened: Database[] = [];
  const names = readdirSync(data)
    .flatMap((name) => /^(\w+)\.db$/.exec(name)?.[1] ?? [])
    .filter((name) => name !== 'main' && !OWN.has(name))
    .sort();

  function open(database: string): Database {
    const copy = join(copies, `${database}.db`);
    try {
      for (const suffix of ['', '-wal']) {
        const file = join(data, `${database}.db${suffix}`);
        if (existsSync(file)) copyFileSync(file, copy + suffix);
      }
      const db = new Database(copy, { readwrite: true, create: false, safeIntegers: true });
      opened.push(db);
      db.query('SELECT count(*) FROM sqlite_master').get();
      return db;
    } catch (cause) {
      const isFull = cause instanceof Error && 'code' in cause && FULL.has(String(cause.code));
      if (isFull)
        throw new DepotError(`There is no room for a copy of ${join(data, `${database}.db`)}.`, cause);
      throw new DepotError(`${join(data, `${database}.db`)} is no database that can be read.`, cause);
    }
  }

  return {
    config: existsSync(join(path, 'config.textproto'))
      ? readFileSync(join(path, 'config.textproto'), 'utf8')
      : '',
    databases: ['main', ...names],
    open,
    upload(id) {
      if (!UPLOAD_ID.test(id)) return undefined;
      const file = join(path, 'uploads', id);
      // A depot may come from others: a link in it would bring any file of this machine.
      const found = lstatSync(file, { throwIfNoEntry: false });
      return found?.isFile() ? { path: file, size: found.size } : undefined;
    },
    close() {
      for (const db of opened) db.close();
      rmSync(copies, { recursive: true, force: true });
    },
  };
}
