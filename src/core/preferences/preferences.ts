import type { Actor } from '../actor.ts';

/** JSON values by name. Whoever reads one checks its shape: it may be older than the program. */
export type PreferenceValues = ReadonlyMap<string, unknown>;

/** Bounds of what one account may keep. */
export const PREFERENCE_LIMITS = {
  /** Names of one account. */
  count: 500,
  /** Bytes of a value as JSON. */
  bytes: 8192,
} as const;

/**
 * What superusers choose for themselves: each reads and changes their own and nobody else's (`unauthorized`, `forbidden` reason
 * `superusers_only`; reason `no_account` for the product itself). They go with the account.
 */
export interface Preferences {
  /** All of the caller's. Cheap enough for every request: the database is asked only after something was committed. */
  list(actor: Actor): Promise<PreferenceValues>;
  /**
   * Keeps what is named, all or nothing; `null` forgets one. Names are up to 120 letters, digits and `_ . -`. `invalid` with an
   * issue `invalid_name` or `too_long` (param `max`, bytes) for each that cannot be; `conflict` reason `too_many` (param `max`).
   */
  save(actor: Actor, changes: Readonly<Record<string, unknown>>): Promise<void>;
}
