import { notFound } from '../errors.ts';
import { requireSuperuser } from '../require-superuser.ts';
import { revisionOf } from '../revision.ts';
import type { RecordsParts } from './parts.ts';
import type { RecordValues } from './record.ts';
import type { Records } from './records.ts';
import type { Shape } from './shape.ts';

/** Makes {@link Records.revision}. */
export function createRevision(
  { shapes }: Pick<RecordsParts, 'shapes'>,
  { findStored }: Pick<Records, 'findStored'>,
): Pick<Records, 'revision'> {
  return {
    async revision(actor, collection, id) {
      requireSuperuser(actor);
      const stored = await findStored(collection, id);
      if (!stored) throw notFound('record');
      return recordRevision(shapes(collection), stored);
    },
  };
}

/** The revision of a record with these stored values: of its columns in the order of their names. */
export function recordRevision({ columns }: Shape, stored: RecordValues): string {
  return revisionOf(columns.map(({ name, type, field }) => [name, type.toDb(stored[name], field)]));
}
