import { sql } from 'drizzle-orm';
import type { Intake } from '../files/files.ts';
import type { Prepared, Tx } from '../ports/database.ts';
import { explainConflict } from './checks.ts';
import { bindValues } from './gate.ts';
import type { RecordsParts } from './parts.ts';
import { placementsOf } from './placements.ts';
import { createPlans } from './plans.ts';
import type { RecordValues } from './record.ts';
import { idOf, type Shape } from './shape.ts';
import { insertRecord } from './statements.ts';

/**
 * Makes a row of these values and attaches its uploads; answers the values as a later read will find them. The object that is
 * given becomes them. `alone`: nothing is written in the transaction but this.
 *
 * Throws `invalid` with issue `not_unique` at the fields whose values are taken.
 */
export type RowInserter = (
  tx: Tx,
  shape: Shape,
  values: Record<string, unknown>,
  intake: Intake | undefined,
  alone: boolean,
) => Promise<RecordValues>;

/** Makes a {@link RowInserter}. */
export function createRowInserter({ database, schema }: RecordsParts): RowInserter {
  const plans = createPlans<{ readonly statement: Prepared }>(schema, 1);

  /** The row's id. The database numbers records of integer ids that came without one. */
  async function insert(tx: Tx, shape: Shape, values: RecordValues, alone: boolean): Promise<string> {
    const { collection, columns } = shape;
    const numbered = collection.idKind === 'integer';
    const { statement } = plans.find(collection, '', () => {
      const text = insertRecord(collection, columns);
      return { statement: database.prepare(numbered ? sql`${text} RETURNING \`id\`` : text) };
    });
    const bindings = bindValues(columns, values);
    try {
      if (numbered) return String((await tx.get(statement, bindings))?.id);
      await (alone ? tx.runOnly(statement, bindings) : tx.run(statement, bindings));
      return idOf(values);
    } catch (error) {
      throw explainConflict(error, shape, 'create');
    }
  }

  return async (tx, shape, values, intake, alone) => {
    const placements = placementsOf(shape.columns, values);
    const id = await insert(tx, shape, values, alone && placements.length === 0);
    if (placements.length > 0) await intake?.attach(tx, shape.collection, id, placements);
    for (const { name, type, field } of shape.columns) {
      if (type.holdsFiles || values[name] instanceof Uint8Array)
        values[name] = type.fromDb(type.toDb(values[name], field), field);
    }
    values.id = id;
    return values;
  };
}
