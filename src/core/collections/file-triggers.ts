import { type SQL, sql } from 'drizzle-orm';
import type { Field } from '../fields/field.ts';
import { fieldType } from '../fields/index.ts';
import type { Collection } from './collection.ts';

/** Names of triggers begin so; nobody else makes any. */
const PREFIX = '_files_';

/** Whether objects of the catalogue belong to the collection's records. */
export function hasFiles(collection: Collection): boolean {
  return collection.fields.some(holdsFiles);
}

/** Whether objects of the catalogue belong to the field. */
export function holdsFiles(field: Field): boolean {
  return fieldType(field).holdsFiles === true;
}

/**
 * Triggers that release every stored file whose name leaves a row, in the statement that takes it away, whatever that is:
 * replace, clear, delete, cascade, truncate or plain SQL (SECURITY-REQUIREMENTS 9.4). One per file field for updates, one
 * for deletes; both find their objects by the index over (collection, record, name).
 */
export function createFileTriggers(collection: Collection): readonly SQL[] {
  const fields = collection.fields.filter(holdsFiles);
  if (fields.length === 0) return [];
  const table = sql.identifier(collection.name);
  const updates = fields.map((field, at) => {
    const column = sql.identifier(field.name);
    const gone = sql`AND \`field\` = ${field.id} AND ${notIn(field)}`;
    return sql`CREATE TRIGGER ${sql.identifier(`${PREFIX}${collection.id}_update_${at}`)} AFTER UPDATE OF ${column} ON ${table} WHEN OLD.${column} IS NOT NEW.${column} BEGIN ${release(collection, gone)} END`;
  });
  const removal = sql`CREATE TRIGGER ${sql.identifier(`${PREFIX}${collection.id}_delete`)} AFTER DELETE ON ${table} BEGIN ${release(collection, sql``)} END`;
  return [...updates, removal];
}

/** Finds the triggers of a table: `name`. */
export function findFileTriggers(table: string): SQL {
  return sql`SELECT \`name\` FROM \`sqlite_master\` WHERE \`type\` = 'trigger' AND \`tbl_name\` = ${table} COLLATE NOCASE AND \`name\` LIKE ${`${PREFIX.replaceAll('_', '\\_')}%`} ESCAPE '\\'`;
}

function notIn(field: Field): SQL {
  const column = sql`NEW.${sql.identifier(field.name)}`;
  if (!fieldType(field).isMultiple(field)) return sql`\`name\` IS NOT ${column}`;
  const list = sql`CASE WHEN json_valid(${column}) THEN ${column} ELSE json_array(${column}) END`;
  return sql`NOT EXISTS (SELECT 1 FROM json_each(${list}) AS \`kept\` WHERE \`kept\`.\`value\` = \`_objects\`.\`name\`)`;
}

function release(collection: Collection, more: SQL): SQL {
  const lost = sql`\`state\` = 'live' AND \`collection\` = ${collection.id} AND \`record\` = CAST(OLD.\`id\` AS TEXT) ${more}`;
  return sql`INSERT INTO \`_file_deletions\` (\`object\`, \`backend\`, \`key\`, \`created\`) SELECT \`id\`, \`backend\`, \`key\`, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM \`_objects\` WHERE ${lost}; UPDATE \`_objects\` SET \`state\` = 'doomed' WHERE ${lost};`;
}
