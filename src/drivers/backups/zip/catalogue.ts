import { Database } from 'bun:sqlite';

/** A live object as the database inside an archive names it. */
export interface CatalogueObject {
  readonly backend: string;
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
  /** What it belongs to, in words for an operator. */
  readonly label: string;
}

/** Every live object of a snapshot. Opens the file read-only. */
export function* liveObjects(databasePath: string): Generator<CatalogueObject> {
  const db = new Database(databasePath, { readonly: true });
  try {
    const statement = db.query<CatalogueObject, []>(
      `SELECT o.backend, o.key, o.size, o.sha256,
          coalesce(c.name, o.collection, '') || '/' || coalesce(o.record, '') || '/' || o.name AS label
        FROM _objects AS o LEFT JOIN _collections AS c ON c.id = o.collection
        WHERE o.state = 'live' ORDER BY o.id`,
    );
    yield* statement.iterate();
  } finally {
    db.close();
  }
}

/** Says of an object by its key what a database says; undefined for what it does not know. */
export interface BackendLookup extends Disposable {
  /** The name of its storage. */
  backendOf(key: string): string | undefined;
  /** Lower-case hex of its SHA-256. */
  hashOf(key: string): string | undefined;
}

/** Opens a {@link BackendLookup}; the file is read only. */
export function openBackendLookup(databasePath: string): BackendLookup {
  const db = new Database(databasePath, { readonly: true });
  const statement = db.query<{ backend: string; sha256: string }, [string]>(
    'SELECT backend, sha256 FROM _objects WHERE key = ?',
  );
  return {
    backendOf: (key) => statement.get(key)?.backend,
    hashOf: (key) => statement.get(key)?.sha256,
    [Symbol.dispose]: () => db.close(),
  };
}

/** Live objects whose storage is not among `known`, by the name of that storage. */
export function strangeBackends(
  databasePath: string,
  known: readonly string[],
): readonly { readonly backend: string; readonly objects: number }[] {
  const db = new Database(databasePath, { readonly: true });
  try {
    return db
      .query<{ backend: string; objects: number }, [string]>(
        `SELECT backend, count(*) AS objects FROM _objects
        WHERE state = 'live' AND backend NOT IN (SELECT value FROM json_each(?)) GROUP BY backend`,
      )
      .all(JSON.stringify(known));
  } finally {
    db.close();
  }
}

/**
 * Gives live objects of storages that are not among `known` to the storage `to`, durably. Their pictures are forgotten, and so
 * is what else such storages are named for: what was being written or erased there cannot be reached from here.
 */
export function reassignBackends(databasePath: string, known: readonly string[], to: string): void {
  const db = new Database(databasePath);
  try {
    db.run('PRAGMA journal_mode = DELETE');
    db.run('PRAGMA synchronous = EXTRA');
    const strange = 'backend NOT IN (SELECT value FROM json_each(?1))';
    const names = JSON.stringify(known);
    db.transaction(() => {
      db.run(`DELETE FROM _derivatives WHERE object IN (SELECT id FROM _objects WHERE ${strange})`, [names]);
      db.run(`UPDATE _objects SET backend = ?2 WHERE state = 'live' AND ${strange}`, [names, to]);
      db.run(`DELETE FROM _objects WHERE ${strange}`, [names]);
      db.run(`DELETE FROM _file_deletions WHERE ${strange}`, [names]);
    })();
  } finally {
    db.close();
  }
}

/** Throws with one sentence when SQLite finds the file damaged or it is not a database of ours. */
export function checkDatabase(databasePath: string): void {
  const db = new Database(databasePath, { readonly: true });
  try {
    const result = db
      .query<{ integrity_check: string }, []>('PRAGMA integrity_check(1)')
      .get()?.integrity_check;
    if (result !== 'ok') throw new Error(`the database is damaged: ${result ?? 'no answer'}`);
    const broken = db.query('PRAGMA foreign_key_check').get();
    if (broken !== null) throw new Error('the database has broken foreign keys');
    const tables = db
      .query<{ n: number }, []>(
        "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name IN ('_collections', '_objects', '_file_deletions')",
      )
      .get()?.n;
    if (tables !== 3) throw new Error('the database is not one of Dossier');
  } finally {
    db.close();
  }
}

/** Throws with one sentence when a database was changed by a newer version than the one that has these migrations. */
export function checkMigrations(databasePath: string, known: readonly string[]): void {
  const db = new Database(databasePath, { readonly: true });
  try {
    const newer = db
      .query<{ name: string }, [string]>(
        'SELECT name FROM _migrations WHERE name NOT IN (SELECT value FROM json_each(?))',
      )
      .get(JSON.stringify(known));
    if (newer !== null) throw new Error('it was taken by a newer version of Dossier');
  } finally {
    db.close();
  }
}

/** Records of every collection of a snapshot that is not the product's own. */
export function countRecords(databasePath: string): number {
  const db = new Database(databasePath, { readonly: true });
  try {
    const names = db
      .query<{ name: string }, []>("SELECT name FROM _collections WHERE system = 0 AND type <> 'view'")
      .all();
    let records = 0;
    for (const { name } of names) {
      const table = `"${name.replaceAll('"', '""')}"`;
      records += db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
    }
    return records;
  } finally {
    db.close();
  }
}
