import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import { fieldType } from '../fields/index.ts';
import { MULTIPLE_TO_SINGLE } from '../fields/values.ts';
import type { Database, Tx } from '../ports/database.ts';
import type { Collection } from './collection.ts';
import type { ChangeStep } from './collections.ts';
import { createFileTriggers, findFileTriggers } from './file-triggers.ts';
import { parseIndex } from './index-text.ts';
import { deleteDefinition, saveDefinition } from './store.ts';

/** One change of the schema. */
export interface Change {
  readonly before: Collection | undefined;
  readonly after: Collection | undefined;
  readonly steps: readonly ChangeStep[];
}

/**
 * Applies a plan inside a transaction. Names come from checked definitions, column declarations from field types. Throws
 * `invalid` with code `invalid_index_expression` at the index when stored rows do not fit a new unique one. Returns how many files were
 * released by the plan itself.
 */
export async function applyChange(db: Database, tx: Tx, change: Change): Promise<number> {
  const { before } = change;
  const touchesTriggers = change.steps.some(({ kind }) => kind === 'file_triggers' || kind === 'drop_table');
  if (before !== undefined && touchesTriggers) await dropTriggers(db, tx, before.name);
  let released = 0;
  for (const step of change.steps) released += (await applyStep(db, tx, change, step)) ?? 0;
  return released;
}

async function applyStep(
  db: Database,
  tx: Tx,
  change: Change,
  step: ChangeStep,
): Promise<number | undefined> {
  const { before, after } = change;
  switch (step.kind) {
    case 'create_table':
      await tx.execute(createTable(step.table, after?.fields ?? []));
      return;
    case 'drop_table':
      await tx.execute(sql`DROP TABLE ${sql.identifier(step.table)}`);
      return;
    case 'rename_table':
      return renameTable(tx, step.from, step.to);
    case 'add_column':
      await tx.execute(
        sql`ALTER TABLE ${sql.identifier(step.table)} ADD COLUMN ${declare(fieldOf(after, step.fieldId))}`,
      );
      return;
    case 'drop_column':
      await tx.execute(
        sql`ALTER TABLE ${sql.identifier(step.table)} DROP COLUMN ${nameOf(fieldOf(before, step.fieldId))}`,
      );
      return;
    case 'rename_column':
      await tx.execute(renameColumn(step.table, step.from, step.to));
      return;
    case 'convert_column':
      return convertColumn(db, tx, step.table, fieldOf(before, step.fieldId), fieldOf(after, step.fieldId));
    case 'drop_index':
      await tx.execute(sql`DROP INDEX IF EXISTS ${sql.identifier(step.name)}`);
      return;
    case 'create_index':
      return createIndex(tx, step.statement, after?.indexes.indexOf(step.statement) ?? -1);
    case 'release_files':
      return releaseFiles(db, tx, change, step);
    case 'file_triggers':
      for (const trigger of after === undefined ? [] : createFileTriggers(after)) await tx.execute(trigger);
      return;
    case 'save_definition':
      await tx.run(
        db.prepare(after === undefined ? deleteDefinition(step.collectionId) : saveDefinition(after)),
      );
      return;
  }
}

function fieldOf(collection: Collection | undefined, fieldId: string): Field {
  const field = collection?.fields.find(({ id }) => id === fieldId);
  if (field === undefined) throw new AppError('internal', { reason: 'plan_names_unknown_field' });
  return field;
}

function nameOf(field: Field): SQL {
  return sql`${sql.identifier(field.name)}`;
}

/** A column's declaration; its type is a literal of the field type's source. */
function declare(field: Field): SQL {
  return sql`${nameOf(field)} ${sql.raw(fieldType(field).column(field))}`;
}

function createTable(table: string, fields: readonly Field[]): SQL {
  return sql`CREATE TABLE ${sql.identifier(table)} (${sql.join(fields.map(declare), sql`, `)})`;
}

async function renameTable(tx: Tx, from: string, to: string): Promise<undefined> {
  let current = from;
  if (from.toLowerCase() === to.toLowerCase()) {
    // The same name in other letters is taken, by the table itself.
    current = `_renaming_${from}`;
    await tx.execute(sql`ALTER TABLE ${sql.identifier(from)} RENAME TO ${sql.identifier(current)}`);
  }
  await tx.execute(sql`ALTER TABLE ${sql.identifier(current)} RENAME TO ${sql.identifier(to)}`);
}

function renameColumn(table: string, from: string, to: string): SQL {
  return sql`ALTER TABLE ${sql.identifier(table)} RENAME COLUMN ${sql.identifier(from)} TO ${sql.identifier(to)}`;
}

/** Renames have been made: the column has its new name, and still its old form. */
async function convertColumn(
  db: Database,
  tx: Tx,
  table: string,
  before: Field,
  after: Field,
): Promise<undefined> {
  const type = fieldType(after);
  const expression = type.convert?.(before, after);
  if (expression === undefined) return;
  const temporary = `_converting_${after.name}`;
  const quoted = sql.identifier(table);
  await tx.execute(
    sql`ALTER TABLE ${quoted} ADD COLUMN ${sql.identifier(temporary)} ${sql.raw(type.column(after))}`,
  );
  const value = overColumn(expression, nameOf(after));
  await tx.run(db.prepare(sql`UPDATE ${quoted} SET ${sql.identifier(temporary)} = ${value}`));
  await tx.execute(sql`ALTER TABLE ${quoted} DROP COLUMN ${nameOf(after)}`);
  await tx.execute(renameColumn(table, temporary, after.name));
}

/** A literal of a field type's source, with the column in the place of `{col}`. */
function overColumn(expression: string, column: SQL): SQL {
  return sql.join(
    expression.split('{col}').map((part) => sql.raw(part)),
    column,
  );
}

/** The statement is printed by `printIndex` from a checked tree; `position` is its own in the definition. */
async function createIndex(tx: Tx, statement: string, position: number): Promise<undefined> {
  try {
    await tx.execute(sql.raw(statement));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    const params = { index: parseIndex(statement).name };
    const issue = { path: `indexes.${position}`, code: 'invalid_index_expression', params };
    throw new AppError('invalid', { issues: [issue], cause: error });
  }
}

async function dropTriggers(db: Database, tx: Tx, table: string): Promise<void> {
  for (const row of await tx.all(db.prepare(findFileTriggers(table)))) {
    await tx.execute(sql`DROP TRIGGER ${sql.identifier(String(row.name))}`);
  }
}

async function releaseFiles(
  db: Database,
  tx: Tx,
  { after }: Change,
  step: Extract<ChangeStep, { kind: 'release_files' }>,
): Promise<number> {
  let lost = sql`\`state\` = 'live' AND \`collection\` = ${step.collectionId}`;
  if (step.fieldId !== undefined) lost = sql`${lost} AND \`field\` = ${step.fieldId}`;
  if (step.surplusOnly === true && step.fieldId !== undefined && after !== undefined) {
    const column = sql`\`r\`.${nameOf(fieldOf(after, step.fieldId))}`;
    const last = overColumn(MULTIPLE_TO_SINGLE, column);
    const kept = sql`SELECT ${last} FROM ${sql.identifier(after.name)} AS \`r\` WHERE \`r\`.\`id\` = \`_objects\`.\`record\``;
    lost = sql`${lost} AND \`name\` IS NOT (${kept})`;
  }
  const queue = sql`INSERT INTO \`_file_deletions\` (\`object\`, \`backend\`, \`key\`, \`created\`) SELECT \`id\`, \`backend\`, \`key\`, ${tx.now} FROM \`_objects\` WHERE ${lost}`;
  const { changes } = await tx.run(db.prepare(queue));
  await tx.run(db.prepare(sql`UPDATE \`_objects\` SET \`state\` = 'doomed' WHERE ${lost}`));
  return changes;
}
