import type { Actor } from '../actor.ts';
import type { InspectionResult } from '../ports/database.ts';

/** How a statement is run. */
export interface SqlOptions {
  /** A name by which {@link Sql.cancel} finds it. `conflict` reason `sql_running` while another of it runs. */
  readonly id?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds, at most (and by default) 30,000. */
  readonly timeout?: number;
}

/**
 * Reading statements that a superuser writes (`unauthorized`, `forbidden` reason `superusers_only`). See `Database.inspect` for
 * what is refused. Passwords, token keys, secrets of settings and collections, codes and tokens of accounts cannot be read.
 */
export interface Sql {
  /**
   * At most 1,000 rows and 5 million characters. One that was cancelled is `busy` reason `cancelled`; two at a time, beyond
   * that `busy` reason `queue_full`.
   */
  run(actor: Actor, text: string, options?: SqlOptions): Promise<InspectionResult>;
  /** Ends a statement that runs; false where none of this id does. */
  cancel(actor: Actor, id: string): boolean;
}
