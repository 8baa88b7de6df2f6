import { addressBlock } from '../../lib/address-block.ts';
import { createLru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';

const REMEMBERED = 20_000;
const MINUTE_MS = 60_000;

/** Bounds what one address asks for. Throws `busy` reason `too_many_attempts`. */
export type RequestLimit = (actor: Actor) => void;

/** At most `most` requests per minute and address; 0 = no limit. */
export function createRequestLimit(most: number, clock: Clock): RequestLimit {
  const seen = createLru<string, { since: number; count: number }>(REMEMBERED);
  return ({ request: { address } }) => {
    if (most === 0 || !address) return;
    const key = addressBlock(address);
    const now = clock.now();
    const entry = seen.get(key);
    if (!entry || now - entry.since >= MINUTE_MS || now < entry.since) {
      seen.set(key, { since: now, count: 1 });
    } else if (++entry.count > most) {
      throw new AppError('busy', { reason: 'too_many_attempts' });
    }
  };
}

/** Something that may happen once in a while. */
export interface Cooldown {
  /** Whether it may happen now; if so, not again for `ms` milliseconds. */
  pass(key: string, ms: number): boolean;
  /** It did not happen after all. */
  forget(key: string): void;
}

/** Makes a {@link Cooldown} that remembers a bounded number of keys. */
export function createCooldown(clock: Clock): Cooldown {
  const until = createLru<string, number>(REMEMBERED);
  return {
    pass(key, ms) {
      const now = clock.now();
      if ((until.get(key) ?? now) > now) return false;
      until.set(key, now + ms);
      return true;
    },
    forget: (key) => void until.delete(key),
  };
}
