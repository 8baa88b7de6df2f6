import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { CreateStep } from './create-step.ts';
import type { RecordOptions } from './operations.ts';
import type { RecordsParts } from './parts.ts';
import type { RecordInput } from './record.ts';
import type { Records } from './records.ts';

/** Makes {@link Records.create}. */
export function createCreate(parts: RecordsParts, step: CreateStep): Pick<Records, 'create'> {
  const { database, presenter, expander } = parts;

  async function create(
    actor: Actor,
    collection: Collection,
    input: RecordInput,
    options: RecordOptions | undefined,
  ) {
    const begun = step.begin(actor, collection, input);
    const isReady = begun.issues.length === 0 && !begun.hasSecrets;
    const creation = isReady ? begun : await step.prepare(begun);
    const values = await database.write((tx) => step.apply(tx, creation, options?.intake, true));
    const shown = await presenter.stored(actor, creation.shape, values);
    return options?.expand
      ? expander.view(actor, collection, shown, options.expand)
      : { collection, values: shown };
  }

  return {
    create(actor, collection, input, options) {
      const created = create(actor, collection, input, options);
      const intake = options?.intake;
      return intake ? created.finally(() => intake.discard()) : created;
    },
  };
}
