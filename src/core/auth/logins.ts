import { addressBlock } from '../../lib/address-block.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RecordValues } from '../records/record.ts';
import type { GuessPassword } from '../records/secrets.ts';
import type { PasswordLogin } from './auth.ts';
import { createPasswordCheck, type PasswordCheckDeps } from './password-login.ts';
import { createLoginThrottle } from './throttle.ts';

/** Attempts to prove who one is. Those of all dialects count together. */
export interface Logins {
  /** The account whose password this is; undefined, logged, for unknown and wrong alike. `busy` reason `too_many_attempts`. */
  attempt(actor: Actor, collection: Collection, login: PasswordLogin): Promise<RecordValues | undefined>;
  /** One attempt at the password of an account that is known by its id; its record may be gone, and is not looked at. */
  readonly guessPassword: GuessPassword;
  /** One attempt by a secret of another kind. `run` answers undefined for a wrong one, which is logged. */
  attemptBy<T>(actor: Actor, proof: Proof, run: () => Promise<T | undefined>): Promise<T | undefined>;
}

/** What somebody proves who they are by. */
export interface Proof {
  readonly kind: 'otp' | 'totp' | 'password';
  /** Whom it is for, as it was written: attempts count by it. */
  readonly name: string;
  /** The account of that name, if there is one. */
  readonly record: unknown;
}

/** What {@link createLogins} is made of. */
export interface LoginsDeps extends PasswordCheckDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Failures per minute from one address to one account; 0 = no limit. */
  readonly failedLogins: number;
}

const LONGEST = 255;

/** Makes {@link Logins}: held off by the caller's address, where it is known, and by the account. */
export function createLogins(deps: LoginsDeps): Logins {
  const { log } = deps;
  const checkPassword = createPasswordCheck(deps);
  const throttle = createLoginThrottle(deps.failedLogins, deps.clock);

  async function attemptBy<T>(
    actor: Actor,
    { kind, name, record }: Proof,
    run: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { address } = actor.request;
    // No account has a longer name, and keys are kept.
    const key = [address && addressBlock(address), kind, name.slice(0, LONGEST).toLowerCase()].join('\n');
    const result = await (address ? throttle.attempt(key, run) : run());
    if (result === undefined) log.warn('auth.proof_failed', { kind, record, address });
    return result;
  }

  return {
    async attempt(actor, collection, login) {
      const { address } = actor.request;
      const caller = address && addressBlock(address);
      const run = () => checkPassword(collection, login, caller);
      const key = [caller, collection.id, login.identity.toLowerCase()].join('\n');
      const record = await (address ? throttle.attempt(key, run) : run());
      if (!record) log.warn('auth.login_failed', { collection: collection.name, address });
      return record;
    },

    attemptBy,

    async guessPassword(actor, collection, id, run) {
      const proof = { kind: 'password', name: `${collection.id}/${id}`, record: id } as const;
      const right = await attemptBy(actor, proof, async () => (await run()) || undefined);
      return right === true;
    },
  };
}
