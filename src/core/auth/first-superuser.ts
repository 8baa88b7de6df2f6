import { systemActor } from '../actor.ts';
import { SUPERUSERS } from '../collections/collection.ts';
import type { Collections } from '../collections/collections.ts';
import { AppError } from '../errors.ts';
import { ALPHANUMERIC, type Ids } from '../ports/ids.ts';
import type { Records } from '../records/records.ts';
import { sameText } from './digest.ts';
import { createSuperuser } from './superusers.ts';

/** The one-time way to the first superuser (SECURITY-REQUIREMENTS 7.7). */
export interface FirstSuperuser {
  isNeeded(): Promise<boolean>;
  token(): string;
  isToken(token: string): Promise<boolean>;
  /** `forbidden` reason `setup` when the token is wrong, in use, or void. */
  create(token: string, email: string, password: string): Promise<void>;
}

/** Makes {@link FirstSuperuser}. The token is random (238 bits), in memory only, and void as soon as anybody is superuser. */
export function createFirstSuperuser(deps: {
  readonly collections: Pick<Collections, 'get'>;
  readonly records: Records;
  readonly ids: Ids;
}): FirstSuperuser {
  const secret = deps.ids.random(40, ALPHANUMERIC);
  let exists = false;
  let creating = false;

  async function isNeeded(): Promise<boolean> {
    // The last superuser cannot be deleted: once true, always true.
    exists ||= (await deps.records.count(systemActor, deps.collections.get(SUPERUSERS))) > 0;
    return !exists;
  }

  return {
    isNeeded,
    token: () => secret,
    isToken: async (token) => sameText(token, secret) && (await isNeeded()),
    async create(token, email, password) {
      const refusal = new AppError('forbidden', { reason: 'setup' });
      if (!sameText(token, secret) || creating) throw refusal;
      // Two forms sent at once must not make two superusers.
      creating = true;
      try {
        if (!(await isNeeded())) throw refusal;
        await createSuperuser(deps, email, password);
        exists = true;
      } finally {
        creating = false;
      }
    },
  };
}
