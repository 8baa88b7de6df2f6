import { addressBlock } from '../../lib/address-block.ts';
import { createLru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Clock } from '../ports/clock.ts';

const WINDOW = 3_000;
const FREE_MISSES = 3;
const LONGEST_DELAY = 500;
const REMEMBERED = 10_000;

/** What {@link createThrottle} needs from outside. */
export interface ThrottleSources {
  readonly clock: Clock;
  sleep(ms: number): Promise<void>;
  /** Evenly in 0..1. */
  random(): number;
}

/** Called after a filtered list came out empty; resolves when the answer may leave. */
export type Throttle = (actor: Actor, collection: Collection) => Promise<void>;

/**
 * Blurs the timing of guesses: who gets more than three empty filtered lists of a collection within three seconds waits
 * up to half a second at random (specs/pocketbase.md 1.9). It does not stop a patient guesser; hidden fields do.
 *
 * Callers are told apart by address, or by account where no address is known. Memory is bounded: the callers seen
 * longest ago are forgotten.
 */
export function createThrottle({ clock, sleep, random }: ThrottleSources): Throttle {
  const misses = createLru<string, { since: number; count: number }>(REMEMBERED);
  return async (actor, collection) => {
    const key = `${collection.id} ${callerOf(actor)}`;
    const now = clock.now();
    const seen = misses.get(key);
    if (!seen || now - seen.since >= WINDOW || now < seen.since) {
      misses.set(key, { since: now, count: 1 });
      return;
    }
    seen.count++;
    if (seen.count > FREE_MISSES) await sleep(random() * LONGEST_DELAY);
  };
}

function callerOf(actor: Actor): string {
  if (actor.request.address !== undefined) return addressBlock(actor.request.address);
  return actor.kind === 'account' ? `${actor.collection.id}/${String(actor.record.id)}` : '';
}
