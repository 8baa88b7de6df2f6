import type { Actor } from '../actor.ts';
import type { JobInfo } from '../jobs/jobs.ts';
import type { HostFacts, Licence } from '../ports/host.ts';
import type { StorageInfo } from '../storages/storages.ts';

/** A storage, and whether it answers. */
export interface StorageHealth extends StorageInfo {
  readonly ok: boolean;
  /** Why not: codes, no secrets. */
  readonly error: string;
}

/** How the server is. */
export interface HealthReport extends HostFacts {
  /** Milliseconds since the process began. */
  readonly uptime: number;
  readonly storages: readonly StorageHealth[];
  /** What waits. */
  readonly queues: {
    /** Files to be erased. */
    readonly deletions: number;
    /** Of them, those that failed too often and wait for an admin. */
    readonly abandoned: number;
    /** Resumable uploads that may go on. */
    readonly uploads: number;
    /** Messages that are to be sent. */
    readonly mail: number;
    /** Entries of the request log that are to be stored. */
    readonly log: number;
  };
  readonly jobs: readonly JobInfo[];
}

/** How the server is and what it is made of, for superusers (`unauthorized`, `forbidden` reason `superusers_only`). */
export interface Health {
  /** Each storage is asked, and has 3 seconds to answer. */
  report(actor: Actor): Promise<HealthReport>;
  licences(actor: Actor): Promise<readonly Licence[]>;
}
