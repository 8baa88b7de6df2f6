import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { AccountFlows, MailLink, Registration } from './account-flows.ts';
import { checkNewPassword } from './common-passwords.ts';
import type { FlowParts } from './flow-parts.ts';
import type { AccountRef } from './sessions.ts';
import { isTaken, plainEmail } from './users.ts';

const VERIFY_AGAIN_MS = 4 * 3_600_000;

/** Makes the flows by which an account comes to be, and to have an e-mail that is its own. */
export function createRegistration(
  parts: FlowParts,
): Pick<AccountFlows, 'register' | 'requestVerification' | 'confirmVerification'> {
  const { users, records, tokens, codes, mail, postbox, cooldown, limit, log } = parts;

  async function mailVerification(email: string, link: MailLink | undefined): Promise<void> {
    const account = await users.find({ email });
    if (!account || account.record.verified === true) return;
    const key = `verify/${account.collection.id}/${String(account.record.id)}`;
    if (!cooldown.pass(key, VERIFY_AGAIN_MS)) return;
    try {
      const token = await tokens.issue('verification', account.collection, account.record);
      await mail({ template: 'verification', account, token, link });
    } catch (error) {
      cooldown.forget(key);
      throw error;
    }
  }

  /** Whether there is a new account: false when a name is somebody else's. */
  async function make(actor: Actor, { email = '', username, password }: Registration): Promise<boolean> {
    const names = username === undefined ? { email } : { email, username };
    try {
      await records.create(actor, users.collection(), { ...names, password, passwordConfirm: password });
      return true;
    } catch (error) {
      if (
        error instanceof AppError &&
        (error.reason === 'rule_failed' || error.reason === 'superusers_only')
      ) {
        throw new AppError('forbidden', { reason: 'rule_failed', cause: error });
      }
      if (!isTaken(error)) throw error;
      // The password was hashed for nothing, and this is the commit of the account that there is not.
      await codes.pretend();
      return false;
    }
  }

  return {
    async register(actor, asWritten, link) {
      const { auth } = users.collection();
      if (!parts.registration || !auth?.passwordAuth.enabled) {
        throw new AppError('not_configured', { reason: 'password_auth' });
      }
      limit(actor);
      const email = plainEmail(asWritten.email ?? '');
      const wish = { ...asWritten, ...(email !== '' && { email }) };
      users.checkNames(wish);
      checkNewPassword(wish.password);
      postbox.requireRoom();
      const isNew = await make(actor, wish);
      log.info(isNew ? 'auth.registered' : 'auth.registration_taken', { address: actor.request.address });
      // Asked for in either case: the work that it is must not tell.
      postbox.later(async () => (isNew && email !== '' ? mailVerification(email, link) : undefined));
    },

    async requestVerification(actor, email, link) {
      limit(actor);
      postbox.later(() => mailVerification(email, link));
    },

    async confirmVerification(token) {
      const holder = await tokens.holder(token, 'verification');
      if (!holder) throw new AppError('invalid', { reason: 'token' });
      const account: AccountRef = holder;
      // Mail programs follow links before people do: the second time is as good as the first.
      if (account.record.verified === true) return account;
      log.info('auth.verified', { collection: account.collection.name, record: account.record.id });
      return users.change(undefined, account, { verified: true });
    },
  };
}
