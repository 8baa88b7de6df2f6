import type { DeleteStep } from './delete-step.ts';
import type { RecordsParts } from './parts.ts';
import type { Records } from './records.ts';

/** Makes {@link Records.delete}. */
export function createDelete({ database }: RecordsParts, step: DeleteStep): Pick<Records, 'delete'> {
  return {
    async delete(actor, collection, id) {
      const deletion = step.begin(actor, collection, id);
      await database.write((tx) => step.apply(tx, deletion), { frees: true });
    },
  };
}
