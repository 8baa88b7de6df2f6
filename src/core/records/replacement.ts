import { AppError } from '../errors.ts';
import { isWriteOnly } from '../fields/write-only.ts';
import type { Ids } from '../ports/ids.ts';
import type { Creation } from './create-step.ts';
import { type Draft, emptyObject } from './input.ts';
import type { RecordValues } from './record.ts';
import { type Column, idOf } from './shape.ts';
import type { Change } from './update-step.ts';

/**
 * The change that a creation makes of the record that has its id. Throws `invalid` reason `rule_failed` where nobody but
 * superusers may update. An old password never fits, so that accounts are replaced only by those who manage them.
 */
export function changeBy({ actor, shape, input, draft, hashes, hasSecrets }: Creation): Change {
  const rule = actor.kind === 'superuser' ? '' : shape.collection.rules.update;
  if (rule === null) throw new AppError('invalid', { reason: 'rule_failed' });
  const id = idOf(draft.values);
  return { actor, shape, id, rule, input, hashes, hasSecrets, oldPasswordFits: async () => false };
}

/**
 * What a stored record becomes when a new one takes its place: every writable field that is not hidden takes the new value,
 * be it a default; so does what was sent. Rules see all that changes as the request's body, so that a field they guard
 * cannot be emptied by leaving it out.
 */
export function replacementOf(
  { shape, draft }: Creation,
  stored: RecordValues,
  keeps: ReadonlySet<string>,
  context: { readonly now: string; readonly ids: Ids },
): Draft {
  const values = emptyObject();
  const body = Object.assign(emptyObject(), draft.body);
  for (const column of shape.columns) {
    const { name, type, field } = column;
    if (draft.sent.has(name) || (isReplaceable(column) && !keeps.has(name))) {
      values[name] = draft.values[name];
      const isChanged = type.toDb(values[name], field) !== type.toDb(stored[name], field);
      if (isChanged && !draft.sent.has(name)) body[name] = values[name];
    } else {
      const value = stored[name];
      values[name] = type.autofill ? type.autofill(value, field, { action: 'update', ...context }) : value;
    }
  }
  values.id = stored.id;
  return { values, sent: draft.sent, body };
}

function isReplaceable({ name, type, field }: Column): boolean {
  return name !== 'id' && type.writable !== false && (!field.hidden || isWriteOnly(field));
}
