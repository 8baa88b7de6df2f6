import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError, notFound } from '../errors.ts';
import type { Prepared } from '../ports/database.ts';
import { asksBody } from '../rules/index.ts';
import { requireId, requireRule, requireTable } from './access.ts';
import type { RecordsParts } from './parts.ts';
import { createPlans } from './plans.ts';
import type { Records } from './records.ts';
import { existsById, type Hit, ID } from './statements.ts';

/** Makes {@link Records.admit}. */
export function createAdmit(
  parts: RecordsParts,
  { access }: Pick<Records, 'access'>,
): Pick<Records, 'admit'> {
  const { database, files, gate } = parts;
  const plans = createPlans<{ readonly statement: Prepared }>(parts.schema, 1);

  async function admitNew(actor: Actor, collection: Collection): Promise<void> {
    requireRule(actor, collection, 'create');
    // Where the record has no say, this decides.
    if ((await access(actor, collection, 'create')) === 'denied') {
      throw new AppError('invalid', { reason: 'rule_failed' });
    }
  }

  async function admitChange(actor: Actor, collection: Collection, id: string): Promise<void> {
    const rule = requireRule(actor, collection, 'update');
    requireId(collection, id);
    const { statement } = plans.find(collection, '', () => ({
      statement: database.prepare(existsById(collection)),
    }));
    if (!(await database.get<Hit>(statement, { [ID]: id }))) throw notFound('record');
    if (asksBody(rule)) return;
    if (!(await gate.passes(database, actor, collection, id, rule))) throw notFound('record');
  }

  return {
    async admit(actor, collection, id, bytes = 0) {
      requireTable(collection);
      if (id === undefined) await admitNew(actor, collection);
      else await admitChange(actor, collection, id);
      const intake = files.intake(collection, actor, id);
      if (bytes > 0) await intake.expect(bytes);
      return intake;
    },
  };
}
