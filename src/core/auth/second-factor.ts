import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import { ALPHANUMERIC } from '../ports/ids.ts';
import type { OneTimePasswords } from '../ports/one-time-passwords.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { SecondFactor } from './account-flows.ts';
import type { CodeGuesses } from './code-guesses.ts';
import { digest } from './digest.ts';
import type { FlowParts } from './flow-parts.ts';
import { accountOf, placeOf } from './one-time-codes.ts';
import type { AccountRef } from './sessions.ts';

const PENDING_MS = 2 * 60_000;
const PENDING_LENGTH = 48;

/** What {@link createSecondFactor} needs beside the parts of all flows. */
export interface SecondFactorOptions {
  readonly oneTimePasswords: OneTimePasswords;
  /** What apps call the server. */
  readonly issuer: string;
  /** Undefined = no limit but those of each address and each password that was given. */
  readonly guesses: CodeGuesses | undefined;
}

/** Makes {@link SecondFactor}. */
export function createSecondFactor(
  parts: FlowParts,
  { oneTimePasswords, issuer, guesses }: SecondFactorOptions,
): SecondFactor {
  const { users, secondFactors, codes, ids, clock, log, logins } = parts;

  /** Whether the code is right, as one attempt of this caller at this account. */
  async function attempt(
    actor: Actor,
    account: AccountRef,
    isRight: () => Promise<boolean>,
  ): Promise<boolean> {
    const { id } = account.record;
    const proof = { kind: 'totp', name: `${account.collection.id}/${String(id)}`, record: id } as const;
    const check = async () => (await isRight()) || undefined;
    const { fingerprint } = placeOf(parts, account);
    const right = await logins.attemptBy(actor, proof, () =>
      guesses ? guesses.attempt(`${proof.name}/${fingerprint}`, actor.request.address, check) : check(),
    );
    return right === true;
  }

  function note(event: string, { collection, record }: AccountRef, actor: Actor): void {
    const who = actor.kind === 'guest' ? undefined : actor.record?.id;
    log.info(event, {
      ...{ collection: collection.name, record: record.id },
      ...(who !== undefined && who !== record.id && { by: who }),
      address: actor.request.address,
    });
  }

  return {
    isOn: secondFactors.isOn,

    async begin(actor) {
      const account = await users.own(actor);
      const secret = await oneTimePasswords.newSecret();
      if (!(await secondFactors.begin(account, secret)))
        throw new AppError('conflict', { reason: 'totp_on' });
      const { email, username, id } = account.record;
      return { secret, url: await oneTimePasswords.url(secret, issuer, String(email || username || id)) };
    },

    async forget(actor, account) {
      requireSuperuser(actor);
      if (!(await secondFactors.isOn(account))) return;
      await secondFactors.remove(account);
      note('auth.totp_off', account, actor);
    },

    async adopt(actor, account, secret) {
      requireSuperuser(actor);
      if (!/^[A-Z2-7]{16,128}$/.test(secret)) throw new AppError('invalid', { reason: 'totp_secret' });
      await secondFactors.adopt(account, secret);
    },

    async confirm(actor, code) {
      const account = await users.own(actor);
      if (!(await secondFactors.isBegun(account)))
        throw new AppError('conflict', { reason: 'totp_not_begun' });
      if (!(await attempt(actor, account, () => secondFactors.confirm(account, code)))) {
        throw new AppError('invalid', { reason: 'totp' });
      }
      note('auth.totp_on', account, actor);
    },

    async remove(actor, code) {
      const account = await users.own(actor);
      if (!(await secondFactors.isOn(account))) throw new AppError('conflict', { reason: 'totp_off' });
      if (!(await attempt(actor, account, () => secondFactors.use(account, code)))) {
        throw new AppError('invalid', { reason: 'totp' });
      }
      await secondFactors.remove(account);
      note('auth.totp_off', account, actor);
    },

    async issuePending(account) {
      const token = ids.random(PENDING_LENGTH, ALPHANUMERIC);
      const expires = clock.now() + PENDING_MS;
      const place = placeOf(parts, account);
      await codes.put({ id: digest(token), kind: 'pendingFactor', ...place, secret: '', expires });
      return token;
    },

    async redeemPending(actor, token, code) {
      const found = await codes.attempt('pendingFactor', digest(token));
      const account = found && (await accountOf(parts, found));
      if (!found || !account) return undefined;
      if (!(await attempt(actor, account, () => secondFactors.use(account, code)))) return undefined;
      return (await codes.take('pendingFactor', found.id)) && account;
    },
  };
}
