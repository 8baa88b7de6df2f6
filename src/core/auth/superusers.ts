import { systemActor } from '../actor.ts';
import { SUPERUSERS } from '../collections/collection.ts';
import type { Collections } from '../collections/collections.ts';
import { notFound } from '../errors.ts';
import type { RecordValues } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import type { SecondFactor } from './account-flows.ts';
import { refuseCommonPassword } from './common-passwords.ts';

/** Superusers, as the operator of the machine manages them: by e-mail, without rules. */
export interface Superusers {
  /** `invalid` with issues at `email` or `password`, also when the e-mail is in use. */
  create(email: string, password: string): Promise<void>;
  /** Creates, or sets the password of the one who is there: for scripts, which leave an authenticator app alone. */
  upsert(email: string, password: string): Promise<void>;
  /**
   * Sets the password, and switches off an authenticator app, which nobody else could for who lost theirs. `not_found` reason
   * `record`.
   */
  update(email: string, password: string): Promise<void>;
  /** `not_found` reason `record`; `conflict` reason `last_superuser`. */
  delete(email: string): Promise<void>;
}

interface SuperusersDeps {
  readonly collections: Pick<Collections, 'get'>;
  readonly records: Records;
}

/** See {@link Superusers.create}. */
export async function createSuperuser(deps: SuperusersDeps, email: string, password: string): Promise<void> {
  refuseCommonPassword(password);
  const input = { email, password, passwordConfirm: password, verified: true };
  await deps.records.create(systemActor, deps.collections.get(SUPERUSERS), input);
}

/** Makes {@link Superusers}. A new password ends every session of its account. */
export function createSuperusers(
  deps: SuperusersDeps & { readonly auth: { readonly totp: Pick<SecondFactor, 'forget'> } },
): Superusers {
  const collection = () => deps.collections.get(SUPERUSERS);

  const find = (email: string) => deps.records.findStoredBy(collection(), 'email', email, true);

  const create = (email: string, password: string) => createSuperuser(deps, email, password);

  async function setPassword(found: RecordValues | undefined, password: string): Promise<void> {
    if (!found) throw notFound('record');
    refuseCommonPassword(password);
    const input = { password, passwordConfirm: password };
    await deps.records.update(systemActor, collection(), String(found.id), input);
  }

  return {
    create,
    async upsert(email, password) {
      const found = await find(email);
      await (found ? setPassword(found, password) : create(email, password));
    },
    async update(email, password) {
      const found = await find(email);
      await setPassword(found, password);
      if (found) await deps.auth.totp.forget(systemActor, { collection: collection(), record: found });
    },
    async delete(email) {
      const found = await find(email);
      if (!found) throw notFound('record');
      await deps.records.delete(systemActor, collection(), String(found.id));
    },
  };
}
