import { addressBlock } from '../../lib/address-block.ts';
import { createLru } from '../../lib/lru.ts';
import type { Clock } from '../ports/clock.ts';
import { createLoginThrottle } from './throttle.ts';

/** Holds off guessing the codes of an authenticator app, wherever the guesses come from. */
export interface CodeGuesses {
  /**
   * Runs an attempt, which answers undefined for a wrong code. Throws `busy` reason `too_many_attempts` instead when there
   * were too many within a day. `account` names the account as it is until its password changes.
   */
  attempt<T>(
    account: string,
    address: string | undefined,
    run: () => Promise<T | undefined>,
  ): Promise<T | undefined>;
}

/** Wrong codes in a row: three of a million are right at a time. */
const MOST_PER_DAY = 100;
const DAY_MS = 86_400_000;
const REMEMBERED = 20_000;

/**
 * Makes {@link CodeGuesses}. Addresses cost nothing, so a limit for each of them does not hold; one for the account might shut
 * the owner out (SECURITY-REQUIREMENTS 7.3). But only who knows the password may guess: the limit ends with the password, and
 * where a code was right before, guesses count apart.
 */
export function createCodeGuesses(clock: Clock): CodeGuesses {
  const throttle = createLoginThrottle(MOST_PER_DAY, clock, DAY_MS);
  const homes = createLru<string, true>(REMEMBERED);

  return {
    async attempt(account, address, run) {
      const home = [account, address && addressBlock(address)].join('\n');
      const result = await throttle.attempt(homes.get(home) ? home : account, run);
      if (result !== undefined) homes.set(home, true);
      return result;
    },
  };
}
