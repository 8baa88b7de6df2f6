import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { UpdateOptions } from './operations.ts';
import type { RecordsParts } from './parts.ts';
import type { RecordInput } from './record.ts';
import type { Records } from './records.ts';
import type { UpdateStep } from './update-step.ts';

/** Makes {@link Records.update}. */
export function createUpdate(parts: RecordsParts, step: UpdateStep): Pick<Records, 'update'> {
  const { database, presenter, expander } = parts;

  async function update(
    actor: Actor,
    collection: Collection,
    id: string,
    input: RecordInput,
    options: UpdateOptions | undefined,
  ) {
    const ifUnchanged = options?.ifUnchanged;
    if (ifUnchanged !== undefined) requireSuperuser(actor);
    const begun = { ...step.begin(actor, collection, id, input), ifUnchanged };
    const change = begun.hasSecrets ? await step.prepare(begun) : begun;
    const values = await database.write((tx) => step.apply(tx, change, options?.intake));
    const shown = await presenter.stored(actor, change.shape, values);
    return options?.expand
      ? expander.view(actor, collection, shown, options.expand)
      : { collection, values: shown };
  }

  return {
    async update(actor, collection, id, input, options) {
      try {
        return await update(actor, collection, id, input, options);
      } finally {
        await options?.intake?.discard();
      }
    },
  };
}
