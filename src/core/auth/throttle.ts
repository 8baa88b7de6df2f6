import { createLru } from '../../lib/lru.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';

/** Holds off guessing. */
export interface LoginThrottle {
  /**
   * Runs an attempt, which answers whether the password was right. Throws `busy` reason `too_many_attempts` instead when
   * this key has failed too often within the throttle's time, with the `seconds` until the next attempt. Attempts of one key that could together exceed the limit wait for each
   * other, so that guesses sent at once count as those sent one by one.
   */
  attempt<T>(key: string, run: () => Promise<T | undefined>): Promise<T | undefined>;
}

interface Entry {
  /** Times of failures, oldest first; at most as many as the limit. */
  failures: number[];
  running: number;
  readonly waiting: (() => void)[];
}

const MINUTE_MS = 60_000;
const REMEMBERED = 20_000;

/**
 * Makes a throttle of `limit` failures per minute, or `windowMs` milliseconds, and key; 0 = none. A success forgets the key's failures. A key that holds the
 * address beside the account lets nobody lock the owner out from elsewhere (SECURITY-REQUIREMENTS 7.3). Memory is
 * bounded; the keys used longest ago are forgotten.
 */
export function createLoginThrottle(limit: number, clock: Clock, windowMs = MINUTE_MS): LoginThrottle {
  const entries = createLru<string, Entry>(REMEMBERED);

  function entryOf(key: string): Entry {
    const entry = entries.get(key) ?? { failures: [], running: 0, waiting: [] };
    entries.set(key, entry);
    return entry;
  }

  function dropOld(entry: Entry): void {
    const since = clock.now() - windowMs;
    entry.failures = entry.failures.filter((time) => time > since);
  }

  async function takeTurn(entry: Entry): Promise<void> {
    for (;;) {
      dropOld(entry);
      if (entry.failures.length >= limit) {
        const seconds = Math.ceil(((entry.failures[0] ?? 0) + windowMs - clock.now()) / 1000);
        throw new AppError('busy', { reason: 'too_many_attempts', params: { seconds } });
      }
      if (entry.failures.length + entry.running < limit) {
        // In the same turn as the look: otherwise all who wait would pass together.
        entry.running++;
        return;
      }
      await new Promise<void>((resolve) => entry.waiting.push(resolve));
    }
  }

  return {
    async attempt(key, run) {
      if (limit === 0) return run();
      const entry = entryOf(key);
      await takeTurn(entry);
      try {
        const result = await run();
        if (result === undefined) entry.failures.push(clock.now());
        else entry.failures = [];
        return result;
      } finally {
        entry.running--;
        const woken = entry.waiting.splice(0);
        for (const wake of woken) wake();
        // Logins that were right, or refused by a full queue, must not push out the keys of those who guess.
        const isSpent = entry.running === 0 && entry.failures.length === 0 && woken.length === 0;
        if (isSpent && entries.get(key) === entry) entries.delete(key);
      }
    },
  };
}
