import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Database } from '../../src/core/ports/database.ts';
import { openSqlite, type SqliteOptions } from '../../src/drivers/database/sqlite/index.ts';

const root = join(import.meta.dir, '..', '..');

/** A database of one test, with the system tables in it. */
export interface TestDatabase {
  readonly db: Database;
  /** Its own folder, removed by `close`. */
  readonly dir: string;
  close(): Promise<void>;
}

/** Opens the SQLite driver on a new file in a temporary folder and applies the migrations of `drizzle/`. */
export async function openTestDatabase(options: Partial<SqliteOptions> = {}): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'dossier-test-'));
  const db = openSqlite({
    path: join(dir, 'data.db'),
    readerCommand: [process.execPath, join(root, 'src/drivers/database/sqlite/reader-worker.ts')],
    now: Date.now,
    // A test's end is not a power cut.
    synchronous: 'normal',
    ...options,
  });
  await migrateTestDatabase(db);
  return {
    db,
    dir,
    async close() {
      await db.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Applies every migration of `drizzle/`, in the order of their numbers. */
export async function migrateTestDatabase(db: Database): Promise<void> {
  const names = (await readdir(join(root, 'drizzle'))).filter((name) => name.endsWith('.sql')).sort();
  for (const name of names) {
    const text = await Bun.file(join(root, 'drizzle', name)).text();
    await db.write(async (tx) => {
      for (const statement of text.split('--> statement-breakpoint')) await tx.execute(sql.raw(statement));
    });
  }
}
