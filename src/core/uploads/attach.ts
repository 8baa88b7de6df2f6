import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import { fieldType } from '../fields/index.ts';
import type { IncomingFile, Intake } from '../files/files.ts';
import type { Tx } from '../ports/database.ts';
import type { RecordView } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import type { Place, Targets } from './target.ts';

/** One file on its way to a record. */
export interface Attachment {
  readonly actor: Actor;
  readonly place: Place;
  readonly size: number;
  readonly file: IncomingFile;
  /** Inside the transaction that attaches the file: the session's part of it. `record` is `<collection id>/<record id>`. */
  settle(tx: Tx, record: string): Promise<void>;
}

/** What {@link createAttach} needs. */
export interface AttachOptions {
  readonly records: Records;
  readonly targets: Targets;
}

/**
 * Makes the function that puts a complete file into its record, or into a new one, by the life cycle that every upload has
 * (DESIGN.md 5): reserve, write or take over, attach. The session changes in the same transaction as the record. Appended
 * where the field holds several, put in the place of the old one otherwise.
 */
export function createAttach({ records, targets }: AttachOptions) {
  return async ({ actor, place, size, file, settle }: Attachment): Promise<RecordView> => {
    const { collection, field, record, data } = place;
    const admitted = await targets.admit(actor, place, size);
    let settled = false;
    const intake: Intake = {
      ...admitted,
      async attach(tx, owner, recordId, placements) {
        await admitted.attach(tx, owner, recordId, placements);
        await settle(tx, `${collection.id}/${recordId}`);
        settled = true;
      },
    };
    try {
      const upload = await intake.receive(field, file);
      // The client was told that so many bytes are safe: fewer must not become the file.
      if (upload.size !== size) throw new AppError('unavailable', { reason: 'staging' });
      const view =
        record === undefined
          ? await records.create(actor, collection, { ...data, [field.name]: upload }, { intake })
          : await records.update(actor, collection, record, { [keyOf(place)]: upload }, { intake });
      if (!settled) throw new AppError('internal', { reason: 'upload_not_attached' });
      if (FAILPOINTS) failpoint('stage.attached');
      return view;
    } finally {
      await intake.discard();
    }
  };
}

function keyOf({ field }: Place): string {
  return fieldType(field).isMultiple(field) ? `${field.name}+` : field.name;
}
