import { type SQL, sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import type { Condition } from '../filter/condition.ts';
import type { DbRow } from '../ports/database.ts';
import { RECORD } from './conditions.ts';
import type { Column } from './shape.ts';

/** A column by its name. */
export interface Named {
  readonly name: string;
}

/** Placeholders of the statements here. A condition's own names have no colon. */
export const ID = 'record:id';
export const IDS = 'record:ids';
export const LIMIT = 'record:limit';
export const OFFSET = 'record:offset';

/** A row of a statement that only asks whether. */
export interface Hit extends DbRow {
  readonly hit: number;
}

/** A row of {@link countRecords}. */
export interface Count extends DbRow {
  readonly n: number;
}

/** The placeholder of a field's value. */
export function valueSlot(name: string): string {
  return `value:${name}`;
}

const record = sql.identifier(RECORD);
const nothing = sql``;

/** One record by id, if it meets the condition. Binds {@link ID}. */
export function selectById(collection: Collection, columns: readonly Named[], condition?: Condition): SQL {
  const { joins, where } = clauses(condition);
  return sql`SELECT ${list(columns)} FROM ${table(collection)}${joins} WHERE ${record}.\`id\` = ${sql.placeholder(ID)}${where} LIMIT 1`;
}

/** Records of a JSON array of ids, if they meet the condition. Binds {@link IDS}. */
export function selectByIds(collection: Collection, columns: readonly Named[], condition?: Condition): SQL {
  const { joins, where } = clauses(condition);
  return sql`SELECT ${list(columns)} FROM ${table(collection)}${joins} WHERE ${record}.\`id\` IN ${boundIds}${where}`;
}

/** One record by the value of a column. Binds {@link ID}. */
export function selectByValue(
  collection: Collection,
  columns: readonly Named[],
  name: string,
  fold: boolean,
): SQL {
  const collation = fold ? sql` COLLATE NOCASE` : nothing;
  return sql`SELECT ${list(columns)} FROM ${table(collection)} WHERE ${record}.${sql.identifier(name)} = ${sql.placeholder(ID)}${collation} LIMIT 1`;
}

/** Whether a record exists and meets the condition. Binds {@link ID}. */
export function existsById(collection: Collection, condition?: Condition): SQL {
  const { joins, where } = clauses(condition);
  return sql`SELECT 1 AS \`hit\` FROM ${table(collection)}${joins} WHERE ${record}.\`id\` = ${sql.placeholder(ID)}${where} LIMIT 1`;
}

/** A page of records. Binds {@link LIMIT} and {@link OFFSET}. */
export function selectPage(collection: Collection, columns: readonly Named[], condition: Condition): SQL {
  const order = condition.orderBy ? sql` ORDER BY ${condition.orderBy}` : nothing;
  return sql`SELECT ${list(columns)} FROM ${table(collection)}${filtered(condition)}${order} LIMIT ${sql.placeholder(LIMIT)} OFFSET ${sql.placeholder(OFFSET)}`;
}

/** How many records meet the condition. */
export function countRecords(collection: Collection, condition: Condition): SQL {
  return sql`SELECT count(*) AS \`n\` FROM ${table(collection)}${filtered(condition)}`;
}

/**
 * Whether a record that does not exist yet would meet the condition: its values stand in for the table, of which
 * `columns` are those that the condition reads. The affinity of a column is kept by the cast, so that comparisons come
 * out as they will for the stored row. Binds their {@link valueSlot}.
 */
export function probeNew(columns: readonly Column[], condition: Condition): SQL {
  const values = columns.map(({ name, type, field }) => {
    const value = sql.placeholder(valueSlot(name));
    const affinity = AFFINITIES.find((each) => type.column(field).startsWith(each));
    const typed = affinity === undefined ? value : sql`CAST(${value} AS ${sql.raw(affinity)})`;
    return sql`${typed} AS ${sql.identifier(name)}`;
  });
  const row = values.length === 0 ? sql`1` : sql.join(values, sql`, `);
  return sql`WITH ${record} AS (SELECT ${row}) SELECT 1 AS \`hit\` FROM ${record}${filtered(condition)}`;
}

/** Of the columns whose values are cast. JSON is not: its text would be read as a number. */
const AFFINITIES = ['TEXT', 'INTEGER', 'REAL', 'NUMERIC'] as const;

/** A new row. Binds every column's {@link valueSlot}; answers the id. */
export function insertRecord(collection: Collection, columns: readonly Named[]): SQL {
  const names = columns.map(({ name }) => sql.identifier(name));
  const values = columns.map(({ name }) => sql.placeholder(valueSlot(name)));
  return sql`INSERT INTO ${sql.identifier(collection.name)} (${sql.join(names, sql`, `)}) VALUES (${sql.join(values, sql`, `)})`;
}

/** Changes some columns of one row. Binds their {@link valueSlot} and {@link ID}. */
export function updateRecord(collection: Collection, columns: readonly Named[]): SQL {
  return sql`${setColumns(collection, columns)} WHERE \`id\` = ${sql.placeholder(ID)}`;
}

/** Gives some columns of several rows the same values. Binds their {@link valueSlot} and {@link IDS}. */
export function updateByIds(collection: Collection, columns: readonly Named[]): SQL {
  return sql`${setColumns(collection, columns)} WHERE \`id\` IN ${boundIds}`;
}

/** Removes the rows of a JSON array of ids. Binds {@link IDS}. */
export function deleteByIds(collection: Collection): SQL {
  return sql`DELETE FROM ${sql.identifier(collection.name)} WHERE \`id\` IN ${boundIds}`;
}

/** The ids bound as a JSON array, as a set. */
export const boundIds = sql`(SELECT \`value\` FROM json_each(${sql.placeholder(IDS)}))`;

function setColumns(collection: Collection, columns: readonly Named[]): SQL {
  const sets = columns.map(({ name }) => sql`${sql.identifier(name)} = ${sql.placeholder(valueSlot(name))}`);
  return sql`UPDATE ${sql.identifier(collection.name)} SET ${sql.join(sets, sql`, `)}`;
}

function table(collection: Collection): SQL {
  return sql`${sql.identifier(collection.name)} AS ${record}`;
}

function list(columns: readonly Named[]): SQL {
  return sql.join(
    columns.map(({ name }) => sql`${record}.${sql.identifier(name)}`),
    sql`, `,
  );
}

function clauses(condition: Condition | undefined): { joins: SQL; where: SQL } {
  if (!condition || condition.always) return { joins: nothing, where: nothing };
  return { joins: sql` ${condition.joins}`, where: sql` AND (${condition.where})` };
}

function filtered(condition: Condition): SQL {
  return sql` ${condition.joins} WHERE ${condition.where}`;
}
