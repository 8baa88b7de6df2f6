import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import * as schema from '../drizzle/schema.ts';

const folder = join(import.meta.dir, '..', 'drizzle');

function migrated(): Database {
  const db = new Database(':memory:');
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    db.run(readFileSync(join(folder, file), 'utf8').replaceAll('--> statement-breakpoint', ''));
  }
  return db;
}

test('the declared system tables are those that the migrations make', () => {
  const db = migrated();
  for (const table of Object.values(schema) as SQLiteTable[]) {
    const { name, columns } = getTableConfig(table);
    const made = db
      .query<{ name: string; type: string }, []>(`SELECT name, type FROM pragma_table_info('${name}')`)
      .all();
    const declared = columns.map((column) => ({
      name: column.name,
      type: column.getSQLType().toUpperCase(),
    }));
    expect({ name, columns: made }).toEqual({ name, columns: declared });
  }
});
