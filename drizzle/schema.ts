import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Definitions of collections; the metadata cache is read from here. */
export const collectionsTable = sqliteTable('_collections', {
  id: text().primaryKey(),
  name: text().notNull(),
  type: text().notNull(),
  system: integer().notNull(),
  idKind: text('id_kind').notNull(),
  /** JSON array of fields. */
  fields: text().notNull(),
  /** JSON array of CREATE INDEX texts. */
  indexes: text().notNull(),
  /** JSON object of rules per action. */
  rules: text().notNull(),
  /** JSON object: `{}` or `{"auth": …}`. */
  options: text().notNull(),
  created: text().notNull(),
  updated: text().notNull(),
});

/** The catalogue of stored objects (DESIGN.md 3 and 5). */
export const objectsTable = sqliteTable('_objects', {
  id: text().primaryKey(),
  backend: text().notNull(),
  key: text().notNull(),
  state: text().notNull(),
  epoch: text().notNull(),
  size: integer().notNull(),
  sha256: text().notNull(),
  type: text().notNull(),
  width: integer().notNull(),
  height: integer().notNull(),
  originalName: text('original_name').notNull(),
  name: text().notNull(),
  collection: text(),
  record: text(),
  field: text(),
  position: integer().notNull(),
  created: integer().notNull(),
});

/** Objects whose bytes are to be removed. */
export const fileDeletionsTable = sqliteTable('_file_deletions', {
  id: integer().primaryKey(),
  object: text().notNull(),
  backend: text().notNull(),
  key: text().notNull(),
  attempts: integer().notNull(),
  nextAttempt: integer('next_attempt').notNull(),
  error: text().notNull(),
  created: integer().notNull(),
});

/** Pictures made from stored objects; a cache. */
export const derivativesTable = sqliteTable(
  '_derivatives',
  {
    object: text().notNull(),
    transform: text().notNull(),
    key: text().notNull(),
    size: integer().notNull(),
    type: text().notNull(),
    used: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.object, table.transform] })],
);

/** Settings by key, as JSON text. */
export const settingsTable = sqliteTable('_settings', {
  key: text().primaryKey(),
  value: text().notNull(),
});
