import type { Actor } from '../actor.ts';
import type { LogBucket, LogFilter, StoredEntry } from '../ports/request-log.ts';

/** A page of the log, newest first. */
export interface LogPage {
  readonly items: readonly StoredEntry[];
  /** What `before` is for the next page; undefined on the last. */
  readonly next: number | undefined;
}

/** An entry and what else is known of its request. */
export interface LogDetail {
  readonly entry: StoredEntry;
  /** Other entries of the same request, oldest first. */
  readonly related: readonly StoredEntry[];
}

/** What a live view is told: entries, and how many there were in all. Must not throw. */
export type TailListener = (items: readonly StoredEntry[], count: number) => void;

/**
 * The log of requests, and of events of level warn and error, for superusers (`unauthorized`, `forbidden` reason
 * `superusers_only`). Entries appear a fraction of a second late. `not_configured` reason `request_log` where it is off.
 *
 * It never holds requests up: under more load than it keeps pace with, requests are left out, those that failed (500 and
 * above) last, and an event `logs.dropped` says how many.
 */
export interface Logs {
  /** At most 200 entries at a time; default 50. */
  list(
    actor: Actor,
    filter: LogFilter,
    page?: { readonly before?: number; readonly limit?: number },
  ): Promise<LogPage>;
  /** `not_found` reason `log_entry`. */
  get(actor: Actor, id: number): Promise<LogDetail>;
  /**
   * Requests per stretch of `width` milliseconds from `from` to `to`, every stretch listed. `invalid` reason `bad_range` for
   * more than 1,000 stretches or none.
   */
  buckets(
    actor: Actor,
    filter: LogFilter & { readonly from: number; readonly to: number },
    width: number,
  ): Promise<readonly LogBucket[]>;
  /**
   * Tells the listener of new entries that satisfy the filter, a few times a second, at most 200 at a time (the latest);
   * the result ends that. `busy` reason `too_many_tails` when 50 do so already.
   */
  tail(actor: Actor, filter: LogFilter, listener: TailListener): () => void;
}
