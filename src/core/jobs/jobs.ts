import type { Cron } from '../../lib/cron.ts';
import type { Actor } from '../actor.ts';

/** When a job runs. */
export type Schedule =
  | { readonly kind: 'cron'; readonly cron: Cron }
  | { readonly kind: 'every'; readonly milliseconds: number }
  /** Not for now: it is not listed, and cannot be run. */
  | { readonly kind: 'never' };

/** Work that comes back. */
export interface Job {
  /** Its key in `_jobs`: `[a-z_]+`. */
  readonly name: string;
  /** Asked each time: admins may change it. */
  readonly schedule: Schedule;
  /** Ends early when the signal says so: the server stops. */
  run(signal: AbortSignal): Promise<void>;
}

/** A run that ended. Times in milliseconds since the epoch. */
export interface JobRun {
  readonly started: number;
  readonly ended: number;
  readonly outcome: 'done' | 'failed';
  /** As {@link JobInfo.error}. */
  readonly error: string;
}

/** How a job stands. Times in milliseconds since the epoch. */
export interface JobInfo {
  readonly name: string;
  /** As a person reads it: five fields of cron in UTC, or `every 600 s`. */
  readonly schedule: string;
  /** The last run; undefined before the first. */
  readonly started: number | undefined;
  /** When it ended; undefined while it runs. */
  readonly ended: number | undefined;
  /** How the last run went; empty before the first. */
  readonly outcome: '' | 'running' | 'done' | 'failed';
  /** Why it failed: codes, no secrets. `interrupted`: the process ended under it. */
  readonly error: string;
  /** The last runs that ended, newest first; at most 20. */
  readonly runs: readonly JobRun[];
  /** The next run; in the past when one was missed and comes soon. */
  readonly next: number;
}

/** The jobs of a server, for superusers (`unauthorized`, `forbidden` reason `superusers_only`). */
export interface Jobs {
  list(actor: Actor): Promise<readonly JobInfo[]>;
  /**
   * Runs one now and resolves when it has ended, well or not. `not_found` reason `job`; `busy` reason `job_running`;
   * `unavailable` reason `stopping`.
   */
  run(actor: Actor, name: string): Promise<JobInfo>;
  /** Begins to run what is due. Called when the server accepts requests, so that commands on its folder run nothing. */
  start(): void;
}
