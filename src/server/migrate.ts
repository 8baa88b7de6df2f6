import { sql } from 'drizzle-orm';
import type { Database } from '../core/ports/database.ts';
import { listAssets, readAsset } from './assets.ts';
import { OperatorError } from './operator-error.ts';

/**
 * Brings the system tables to this version: applies the embedded migrations that the database has not seen, each in one
 * transaction, in the order of their numbers. Refuses a database that a newer version has already changed.
 */
export async function migrate(db: Database): Promise<void> {
  // Later starts write nothing, and must be possible on a full disk.
  await db.write(
    (tx) =>
      tx.execute(
        sql.raw(
          'CREATE TABLE IF NOT EXISTS `_migrations` (`name` TEXT PRIMARY KEY NOT NULL, `applied` INTEGER NOT NULL) STRICT',
        ),
      ),
    { frees: true },
  );
  const rows = await db.all<{ name: string }>(db.prepare(sql`SELECT name FROM _migrations`));
  const applied = new Set(rows.map(({ name }) => name));
  const known = knownMigrations();
  const foreign = [...applied].find((name) => !known.includes(name));
  if (foreign !== undefined) {
    throw new OperatorError(
      `The data folder was last used by a newer version of Dossier (it has "${foreign}").`,
    );
  }
  const insert = db.prepare(
    sql`INSERT INTO _migrations (name, applied) VALUES (${sql.placeholder('name')}, ${sql.placeholder('now')})`,
  );
  for (const name of known) {
    if (applied.has(name)) continue;
    const statements = new TextDecoder()
      .decode(await readAsset(FOLDER + name))
      .split('--> statement-breakpoint');
    await db.write(async (tx) => {
      for (const statement of statements) await tx.execute(sql.raw(statement));
      await tx.run(insert, { name, now: tx.now });
    });
  }
}

const FOLDER = 'drizzle/';

/** The migrations that this version knows, in their order. */
export function knownMigrations(): readonly string[] {
  const names = listAssets(FOLDER).filter((name) => name.endsWith('.sql'));
  return names.map((name) => name.slice(FOLDER.length));
}
