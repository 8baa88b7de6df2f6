import { AppError } from '../errors.ts';
import type { Prepared } from '../ports/database.ts';
import { canBeId } from './access.ts';
import { createMatch } from './match.ts';
import type { RecordsParts } from './parts.ts';
import { createPlans } from './plans.ts';
import type { Records } from './records.ts';
import { decodeRow } from './shape.ts';
import { ID, selectById, selectByValue } from './statements.ts';

/** Makes the operations on stored records that the core itself uses. */
export function createStored(
  parts: RecordsParts,
): Pick<Records, 'findStored' | 'findStoredBy' | 'present' | 'satisfies' | 'meets'> {
  const { database, shapes, presenter, expander, gate } = parts;
  const matches = createMatch(parts);
  const plans = createPlans<{ readonly statement: Prepared }>(parts.schema, 20);

  return {
    async findStored(collection, id, q = database) {
      if (!canBeId(collection, id)) return undefined;
      const { columns } = shapes(collection);
      const { statement } = plans.find(collection, '', () => ({
        statement: database.prepare(selectById(collection, columns)),
      }));
      const row = await q.get(statement, { [ID]: id });
      return row && decodeRow(row, columns);
    },
    async findStoredBy(collection, field, value, fold = false) {
      const { columns, byName } = shapes(collection);
      if (!byName.has(field)) throw new AppError('internal', { reason: 'unknown_field' });
      const { statement } = plans.find(collection, `${fold ? '~' : '='}${field}`, () => ({
        statement: database.prepare(selectByValue(collection, columns, field, fold)),
      }));
      const row = await database.get(statement, { [ID]: value });
      return row && decodeRow(row, columns);
    },
    async present(actor, collection, stored, expand) {
      const values = await presenter.stored(actor, shapes(collection), stored);
      return expand ? expander.view(actor, collection, values, expand) : { collection, values };
    },
    async satisfies(actor, collection, id, rule, body) {
      if (rule === null) return actor.kind === 'superuser';
      return gate.passes(database, actor, collection, id, rule, { body });
    },
    async meets(actor, collection, values, { rule = '', filter }, q = database) {
      if (!(await gate.passesNew(q, actor, collection, values, rule))) return false;
      return filter === undefined || matches(q, actor, collection, values, filter);
    },
  };
}
