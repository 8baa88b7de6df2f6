import { sql } from 'drizzle-orm';
import type { Schema } from '../collections/collection.ts';
import { AppError, type Issue } from '../errors.ts';
import type { References } from '../fields/field.ts';
import type { Database, Prepared, Queryable } from '../ports/database.ts';
import { canBeId } from './access.ts';
import { createPlans } from './plans.ts';
import type { RecordValues } from './record.ts';
import type { Column, Shape } from './shape.ts';
import { boundIds, type Count, IDS } from './statements.ts';

/** What field validation looks at. */
export interface FieldCheck {
  readonly shape: Shape;
  readonly values: RecordValues;
  /** The record before the change; undefined for a new one. */
  readonly stored: RecordValues | undefined;
  /** Names of fields whose stored form is not what was sent (passwords): checked only when sent. */
  readonly sent: ReadonlySet<string>;
}

/** Issues of every field's own rules, by field name. Pure. */
export function checkFields({ shape, values, stored, sent }: FieldCheck): readonly Issue[] {
  const recordId = String(values.id ?? '');
  const action = stored ? 'update' : 'create';
  const { matchesSchema, isGeometry } = shape.checks;
  const issues: Issue[] = [];
  for (const { name, type, field } of shape.columns) {
    if (type.readable === false && stored && !sent.has(name)) continue;
    const context = { action, original: stored?.[name], recordId, matchesSchema, isGeometry } as const;
    for (const issue of type.validate(values[name], field, context)) {
      issues.push({ ...issue, path: issue.path === '' ? name : `${name}.${issue.path}` });
    }
  }
  return issues;
}

/** Issues of references that lead nowhere: code `missing_rel_records` at the field. One statement per field. */
export type CheckReferences = (
  q: Queryable,
  columns: readonly Column[],
  values: RecordValues,
) => Promise<readonly Issue[]>;

/** Makes {@link CheckReferences}. */
export function createReferenceCheck(database: Database, schema: () => Schema): CheckReferences {
  const plans = createPlans<{ readonly statement: Prepared }>(schema, 1);

  async function isWhole(q: Queryable, { collectionId, ids }: References): Promise<boolean> {
    const target = schema().byId(collectionId);
    if (!target || !ids.every((id) => canBeId(target, id))) return false;
    const { statement } = plans.find(target, '', () => ({
      statement: database.prepare(
        sql`SELECT count(*) AS \`n\` FROM ${sql.identifier(target.name)} WHERE \`id\` IN ${boundIds}`,
      ),
    }));
    const unique = new Set(ids);
    const row = await q.get<Count>(statement, { [IDS]: JSON.stringify([...unique]) });
    return row?.n === unique.size;
  }

  return async (q, columns, values) => {
    const issues: Issue[] = [];
    for (const { name, type, field } of columns) {
      const references = type.references?.(values[name], field);
      if (!references || references.ids.length === 0 || (await isWhole(q, references))) continue;
      issues.push({ path: name, code: 'missing_rel_records' });
    }
    return issues;
  };
}

/** Gives a unique conflict of the database its field names; every other error passes as it is. */
export function explainConflict(error: unknown, shape: Shape, reason: 'create' | 'update'): unknown {
  if (!(error instanceof AppError) || error.code !== 'conflict' || error.reason !== 'unique') return error;
  const columns = String(error.params.columns ?? '').split(',');
  const issues = columns
    .filter((name) => shape.byName.has(name))
    .map((name): Issue => ({ path: name, code: 'not_unique' }));
  return new AppError('invalid', { reason, issues, cause: error });
}
