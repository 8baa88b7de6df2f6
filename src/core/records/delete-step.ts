import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { notFound } from '../errors.ts';
import type { Prepared, Tx } from '../ports/database.ts';
import { requireCurrent, requireId, requireRule, requireTable } from './access.ts';
import type { RecordsParts } from './parts.ts';
import { createPlans } from './plans.ts';
import { existsById, type Hit, ID } from './statements.ts';

/** One deletion that may be tried. */
interface Deletion {
  readonly actor: Actor;
  readonly collection: Collection;
  readonly id: string;
  readonly rule: string;
  readonly statement: Prepared;
}

/** The parts of a delete, for {@link Records.delete} and {@link Records.batch}. */
export interface DeleteStep {
  /** Throws what can be told without asking the database. */
  begin(actor: Actor, collection: Collection, id: string): Deletion;
  apply(tx: Tx, deletion: Deletion): Promise<void>;
}

/** Makes a {@link DeleteStep}. */
export function createDeleteStep(parts: RecordsParts): DeleteStep {
  const { database, gate, remover } = parts;
  const plans = createPlans<{ readonly statement: Prepared }>(parts.schema, 1);

  return {
    begin(actor, collection, id) {
      requireTable(collection);
      const rule = requireRule(actor, collection, 'delete');
      requireId(collection, id);
      const { statement } = plans.find(collection, '', () => ({
        statement: database.prepare(existsById(collection)),
      }));
      return { actor, collection, id, rule, statement };
    },
    async apply(tx, { actor, collection, id, rule, statement }) {
      requireCurrent(parts.schema(), collection);
      const found = await tx.get<Hit>(statement, { [ID]: id });
      if (!found || !(await gate.passes(tx, actor, collection, id, rule))) throw notFound('record');
      await remover.removeIn(tx, collection, [id]);
    },
  };
}
