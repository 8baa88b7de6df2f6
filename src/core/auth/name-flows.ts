import type { Actor } from '../actor.ts';
import { AppError, invalid } from '../errors.ts';
import type { AccountFlows, MailLink } from './account-flows.ts';
import type { FlowParts } from './flow-parts.ts';
import { followOnce } from './one-time-codes.ts';
import { findByIdentity } from './password-login.ts';
import type { AccountRef } from './sessions.ts';
import { hasUsernames, isTaken, mayLackEmail, plainEmail } from './users.ts';

const ASK_AGAIN_MS = 60_000;

/** The flows by which an account gets another name, or ends. */
export type NameFlows = Pick<
  AccountFlows,
  'requestEmailChange' | 'confirmEmailChange' | 'removeEmail' | 'changeUsername' | 'deleteAccount'
> & {
  /** Mails the link that makes an address the account's own. */
  askForEmail(account: AccountRef, newEmail: string, link: MailLink | undefined): void;
};

/** Makes {@link NameFlows}. */
export function createNameFlows(parts: FlowParts): NameFlows {
  const { users, records, tokens, codes, mail, postbox, cooldown, limit, clock, log } = parts;

  async function mailChange(
    account: AccountRef,
    newEmail: string,
    link: MailLink | undefined,
  ): Promise<void> {
    const { collection, record } = account;
    if (await findByIdentity(records, collection, 'email', newEmail)) return;
    const key = `change/${collection.id}/${String(record.id)}`;
    // Whoever has an account must not have strangers mailed without end.
    if (!cooldown.pass(key, ASK_AGAIN_MS)) return;
    try {
      const token = await tokens.issue('emailChange', collection, record, { newEmail });
      await mail({ template: 'emailChange', account, to: newEmail, token, link });
    } catch (error) {
      cooldown.forget(key);
      throw error;
    }
  }

  const askForEmail: NameFlows['askForEmail'] = (account, newEmail, link) =>
    postbox.later(() => mailChange(account, plainEmail(newEmail), link));

  function note(event: string, { collection, record }: AccountRef, actor?: Actor): void {
    log.info(event, { collection: collection.name, record: record.id, address: actor?.request.address });
  }

  return {
    askForEmail,

    async requestEmailChange(actor, newEmail, link) {
      const account = await users.own(actor);
      limit(actor);
      users.checkNames({ email: newEmail }, account.collection);
      askForEmail(account, newEmail, link);
    },

    async confirmEmailChange(token) {
      const holder = await tokens.holder(token, 'emailChange');
      if (!holder || holder.newEmail === '') throw new AppError('invalid', { reason: 'token' });
      const lifetime = (holder.collection.auth?.emailChangeToken.duration ?? 0) * 1000;
      return followOnce(codes, token, clock.now() + lifetime, async () => {
        const input = { email: holder.newEmail, verified: true };
        const account = await refuseTaken('email_taken', () => users.change(undefined, holder, input));
        note('auth.email_changed', account);
        return account;
      });
    },

    async removeEmail(actor) {
      const account = await users.own(actor);
      const { collection, record } = account;
      const hasName =
        hasUsernames(collection) && typeof record.username === 'string' && record.username !== '';
      if (!mayLackEmail(collection) || !hasName) throw invalid({ path: 'email', code: 'required' });
      const changed = await users.change(actor, account, { email: '', verified: false });
      note('auth.email_changed', changed, actor);
      return changed;
    },

    async changeUsername(actor, username) {
      const account = await users.own(actor);
      const { collection, record } = account;
      if (username === null && record.email === '') throw invalid({ path: 'username', code: 'required' });
      users.checkNames({ email: String(record.email), ...(username !== null && { username }) }, collection);
      const input = { username: username ?? '' };
      await refuseTaken('username_taken', () =>
        obeyed(() => records.update(actor, collection, String(record.id), input)),
      );
      note('auth.username_changed', account, actor);
    },

    async deleteAccount(actor) {
      const account = await users.own(actor);
      const { collection, record } = account;
      await obeyed(() => records.delete(actor, collection, String(record.id)));
      note('auth.account_deleted', account, actor);
    },
  };
}

/** A conflict with this reason for a name that is somebody else's. */
export async function refuseTaken<T>(reason: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isTaken(error) ? new AppError('conflict', { reason, cause: error }) : error;
  }
}

/** A rule that keeps people from their own accounts says so: there is nothing to hide from them. */
async function obeyed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isRule =
      error instanceof AppError && (error.code === 'not_found' || error.reason === 'superusers_only');
    throw isRule ? new AppError('forbidden', { reason: 'rule_failed', cause: error }) : error;
  }
}
