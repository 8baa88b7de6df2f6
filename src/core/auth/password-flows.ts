import type { Actor } from '../actor.ts';
import { SUPERUSERS } from '../collections/collection.ts';
import { AppError, invalid } from '../errors.ts';
import { callerOf } from '../records/secrets.ts';
import type { AccountFlows, AccountNames, MailLink } from './account-flows.ts';
import { checkNewPassword } from './common-passwords.ts';
import type { FlowParts } from './flow-parts.ts';
import { followOnce } from './one-time-codes.ts';
import type { AccountRef } from './sessions.ts';

/** Or the life of the link where that is shorter: a stranger's request must not keep the owner waiting. */
const RESET_AGAIN_MS = 3_600_000;
/** Most characters of an identity or a password that are looked at. */
const LONGEST = 255;

/** Makes the flows of passwords. A new one changes the token key, and so ends every session of every dialect. */
export function createPasswordFlows(
  parts: FlowParts,
): Pick<AccountFlows, 'checkPassword' | 'requestPasswordReset' | 'confirmPasswordReset' | 'changePassword'> {
  const { users, collections, passwords, tokens, codes, logins, secondFactors } = parts;
  const { mail, postbox, cooldown, limit, clock, log } = parts;

  async function mailReset(names: AccountNames, link: MailLink | undefined): Promise<void> {
    const account = await users.find(names);
    if (!account || account.record.email === '') return;
    const key = `reset/${account.collection.id}/${String(account.record.id)}`;
    if (!cooldown.pass(key, Math.min(RESET_AGAIN_MS, linkLife(account)))) return;
    try {
      const token = await tokens.issue('passwordReset', account.collection, account.record);
      await mail({ template: 'resetPassword', account, token, link });
    } catch (error) {
      cooldown.forget(key);
      throw error;
    }
  }

  function note(event: string, { collection, record }: AccountRef, actor: Actor): void {
    log.info(event, { collection: collection.name, record: record.id, address: actor.request.address });
  }

  return {
    async checkPassword(actor, { identity, password, of }) {
      if (!isPlausible(identity) || !isPlausible(password)) return undefined;
      const identityField = identity.includes('@') ? 'email' : 'username';
      const user = of === 'superusers' ? undefined : await findUser({ [identityField]: identity });
      // One of the two costs one check of a password, whoever asks.
      const collection = user?.collection ?? collections.get(SUPERUSERS);
      const login = {
        // As the account has it.
        identity: user ? String(user.record[identityField]) : identity,
        ...{ password, identityField: user ? identityField : 'email' },
      };
      const record = await logins.attempt(actor, collection, login);
      return record && { collection, record };
    },

    async requestPasswordReset(actor, names, link) {
      limit(actor);
      postbox.later(() => mailReset(names, link));
    },

    async confirmPasswordReset(actor, token, password) {
      const holder = await tokens.holder(token, 'passwordReset');
      if (!holder) throw new AppError('invalid', { reason: 'token' });
      checkNewPassword(password);
      return followOnce(codes, token, clock.now() + linkLife(holder), async () => {
        // The link came by mail, so the address is the account's own.
        const input = { password, passwordConfirm: password, verified: true };
        const account = await users.change(actor, holder, input);
        note('auth.password_reset', account, actor);
        // Until now it was not: whoever registered another's address must not keep them out (SECURITY-REQUIREMENTS 7.6).
        if (holder.record.verified !== true && (await secondFactors.isOn(account))) {
          await secondFactors.remove(account);
          note('auth.totp_off', account, actor);
        }
        return account;
      });
    },

    async changePassword(actor, { oldPassword, newPassword }) {
      const account = await users.own(actor);
      const { collection, record } = account;
      const verify = () => passwords.verify(oldPassword, String(record.password), callerOf(actor));
      const isRight = await logins.guessPassword(actor, collection, String(record.id), verify);
      if (!isRight) throw invalid({ path: 'oldPassword', code: 'invalid_old_password' });
      checkNewPassword(newPassword);
      const input = { password: newPassword, passwordConfirm: newPassword };
      const changed = await users.change(actor, account, input);
      note('auth.password_changed', changed, actor);
      return changed;
    },
  };

  /** Undefined also where accounts sign in by other means only. */
  async function findUser(names: AccountNames): Promise<AccountRef | undefined> {
    const found = await users.find(names);
    return found?.collection.auth?.passwordAuth.enabled ? found : undefined;
  }
}

/** Milliseconds for which the link of a mail is good. */
function linkLife({ collection }: AccountRef): number {
  return (collection.auth?.passwordResetToken.duration ?? 0) * 1000;
}

function isPlausible(text: string): boolean {
  return text !== '' && text.length <= LONGEST;
}
