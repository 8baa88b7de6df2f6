import { formatDate } from '../../lib/time.ts';
import { AppError } from '../errors.ts';
import { requireSuperuser } from '../require-superuser.ts';
import { requireCurrent, requireTable } from './access.ts';
import { checkFields } from './checks.ts';
import { createIdCheck } from './id-check.ts';
import { inOrder } from './in-order.ts';
import { emptyObject } from './input.ts';
import { createRowInserter } from './insert-row.ts';
import type { ImportRow } from './operations.ts';
import type { RecordsParts } from './parts.ts';
import type { RecordValues } from './record.ts';
import type { Records } from './records.ts';
import { idOf, type Shape } from './shape.ts';

/** Makes {@link Records.import}. */
export function createImport(parts: RecordsParts): Pick<Records, 'import'> {
  const { database, shapes, clock, ids } = parts;
  const insertRow = createRowInserter(parts);
  const checkId = createIdCheck(parts);

  /** All values of a row. Throws `invalid` for those that do not fit. */
  function complete(shape: Shape, { values: given }: ImportRow): Record<string, unknown> {
    const context = { action: 'create', now: formatDate(clock.now()), ids } as const;
    const stranger = Object.keys(given).find((name) => !shape.byName.has(name));
    if (stranger !== undefined) throw new AppError('internal', { reason: 'unknown_field' });
    const values = emptyObject();
    for (const { name, type, field } of shape.columns) {
      const isGiven = Object.hasOwn(given, name);
      values[name] = isGiven ? given[name] : type.zero(field);
      if (!isGiven && type.autofill) values[name] = type.autofill(values[name], field, context);
    }
    for (const { name } of shape.equalIds) if (!Object.hasOwn(given, name)) values[name] = values.id;
    // A hash is no password, and has not its form.
    const readable = { ...shape, columns: shape.columns.filter(({ type }) => type.readable !== false) };
    refuse(checkFields({ shape: readable, values, stored: undefined, sent: new Set() }));
    return values;
  }

  return {
    async import(actor, collection, rows) {
      try {
        requireSuperuser(actor);
        requireTable(collection);
        const shape = shapes(collection);
        const completed = await inOrder(rows, (row) => complete(shape, row));
        return await database.write(async (tx) => {
          requireCurrent(parts.schema(), collection);
          return inOrder(completed, async (values, index) => {
            if (shape.isAuth) refuse(await checkId(tx, shape, idOf(values)));
            const settled: RecordValues = await insertRow(tx, shape, values, rows[index]?.intake, false);
            return idOf(settled);
          });
        });
      } finally {
        for (const { intake } of rows) await intake?.discard();
      }
    },
  };
}

function refuse(issues: AppError['issues']): void {
  if (issues.length > 0) throw new AppError('invalid', { reason: 'create', issues });
}
