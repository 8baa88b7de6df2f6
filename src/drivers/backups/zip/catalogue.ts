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
