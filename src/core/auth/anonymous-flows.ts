import { AppError } from '../errors.ts';
import { ALPHANUMERIC, LOWER_ALPHANUMERIC } from '../ports/ids.ts';
import type { AccountFlows } from './account-flows.ts';
import { checkNewPassword } from './common-passwords.ts';
import type { FlowParts } from './flow-parts.ts';
import { type NameFlows, refuseTaken } from './name-flows.ts';
import type { AccountRef } from './sessions.ts';
import { hasUsernames, isTaken, mayLackEmail, onBehalf } from './users.ts';

/** Names to try: two in a row that are taken are as good as impossible. */
const TRIES = 5;

/** Makes the flows of accounts without a name. */
export function createAnonymousFlows(
  parts: FlowParts,
  { askForEmail }: Pick<NameFlows, 'askForEmail'>,
): Pick<AccountFlows, 'createAnonymous' | 'promoteAnonymous'> {
  const { users, records, sessions, ids, limit, log, postbox } = parts;

  return {
    async createAnonymous(actor) {
      const collection = users.collection();
      if (!parts.anonymous || !hasUsernames(collection) || !mayLackEmail(collection)) {
        throw new AppError('not_configured', { reason: 'anonymous' });
      }
      limit(actor);
      // Nobody learns it: such an account is its session.
      const password = ids.random(60, ALPHANUMERIC);
      for (let tries = 1; ; tries++) {
        const username = `anon${ids.random(6, LOWER_ALPHANUMERIC)}`;
        try {
          const input = { username, password, passwordConfirm: password };
          const { values } = await records.create(onBehalf(actor), collection, input);
          const record = await records.findStored(collection, String(values.id));
          if (!record) throw new AppError('internal', { reason: 'record_vanished' });
          log.info('auth.anonymous', { record: record.id, address: actor.request.address });
          return { collection, record };
        } catch (error) {
          if (!isTaken(error) || tries === TRIES) throw error;
        }
      }
    },

    async promoteAnonymous(actor, { email, username, password }, link) {
      const account = await users.own(actor);
      if (!(await sessions.isAnonymous(account))) throw new AppError('conflict', { reason: 'not_anonymous' });
      const name = username ?? String(account.record.username);
      users.checkNames({ username: name, ...(email !== undefined && { email }) });
      checkNewPassword(password);
      // Afterwards it would be too late to refuse: the sessions are gone by then.
      if (email !== undefined) postbox.requireRoom();
      const input = { username: name, password, passwordConfirm: password };
      const promoted: AccountRef = await refuseTaken('username_taken', () =>
        users.change(actor, account, input),
      );
      log.info('auth.promoted', { record: promoted.record.id, address: actor.request.address });
      if (email !== undefined) askForEmail(promoted, email, link);
      return promoted;
    },
  };
}
