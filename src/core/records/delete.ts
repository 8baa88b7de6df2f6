import { notFound } from '../errors.ts';
import type { Prepared } from '../ports/database.ts';
import { requireCurrent, requireId, requireRule, requireTable } from './access.ts';
import type { RecordsParts } from './parts.ts';
import { createPlans } from './plans.ts';
import type { Records } from './records.ts';
import { existsById, type Hit, ID } from './statements.ts';

/** Makes {@link Records.delete}. */
export function createDelete(parts: RecordsParts): Pick<Records, 'delete'> {
  const { database, gate, remover } = parts;
  const plans = createPlans<{ readonly statement: Prepared }>(parts.schema, 1);

  return {
    async delete(actor, collection, id) {
      requireTable(collection);
      const rule = requireRule(actor, collection, 'delete');
      requireId(collection, id);
      const { statement } = plans.find(collection, '', () => ({
        statement: database.prepare(existsById(collection)),
      }));
      await database.write(
        async (tx) => {
          requireCurrent(parts.schema(), collection);
          const found = await tx.get<Hit>(statement, { [ID]: id });
          if (!found || !(await gate.passes(tx, actor, collection, id, rule))) throw notFound('record');
          await remover.removeIn(tx, collection, [id]);
        },
        { frees: true },
      );
    },
  };
}
