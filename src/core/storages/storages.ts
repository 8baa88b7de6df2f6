import type { Actor } from '../actor.ts';
import type { Deletions } from '../files/deletions.ts';

/** One configured storage and what the catalogue keeps in it. */
export interface StorageInfo {
  readonly name: string;
  /** `local`, `s3`, `gcs`, `azure`. */
  readonly type: string;
  /** New files go here. */
  readonly isDefault: boolean;
  /** Live objects of the catalogue. */
  readonly objects: number;
  /** Their bytes. */
  readonly bytes: number;
}

/** One step of a round trip through a storage. */
export interface TestStep {
  readonly kind: 'step';
  readonly step: 'reach' | 'write' | 'head' | 'read' | 'range' | 'list' | 'copy' | 'large' | 'remove';
  readonly ok: boolean;
  readonly milliseconds: number;
  /** What went wrong: codes, no secrets. Empty when it went well. */
  readonly error: string;
}

/** How far a long work is. */
export interface Progress {
  readonly kind: 'progress';
  readonly done: number;
  /** Undefined while it is not known. */
  readonly total: number | undefined;
  readonly bytes: number;
}

/** Something wrong between catalogue and bytes. */
export interface Finding {
  readonly kind: 'finding';
  /** `unreadable`: the storage failed while it was looked at. */
  readonly problem: 'missing' | 'wrong_size' | 'wrong_hash' | 'unknown' | 'unreadable';
  readonly storage: string;
  readonly key: string;
  /** What it belongs to, where known. */
  readonly collection: string;
  readonly record: string;
  readonly originalName: string;
}

/** The end of a verification. */
export interface VerifySummary {
  readonly kind: 'summary';
  readonly objects: number;
  readonly bytes: number;
  readonly findings: number;
}

/** The end of a migration. */
export interface MigrateSummary {
  readonly kind: 'summary';
  readonly moved: number;
  readonly bytes: number;
  /** Objects that could not be moved and stay where they are; each was a {@link Finding}. */
  readonly failed: number;
}

/** One object that `collect` dealt with. `put_back`: the catalogue knows it again, as after the restore of a backup. */
export interface Collected {
  readonly kind: 'collected';
  readonly action: 'quarantined' | 'erased' | 'put_back' | 'would_quarantine' | 'would_erase';
  readonly storage: string;
  readonly key: string;
  readonly size: number;
}

/** The end of a collection; of a dry run, what would have been done. */
export interface CollectSummary {
  readonly kind: 'summary';
  readonly quarantined: number;
  readonly erased: number;
  /** Objects that lie in quarantine now. */
  readonly waiting: number;
}

/**
 * The care of stored objects, for superusers (`unauthorized`, `forbidden` reason `superusers_only`). An unknown storage name
 * is `not_found` reason `storage`. The iterables work while they are read, may be left at any time, and may be begun again;
 * requests are served meanwhile. One care work at a time: `busy` reason `storage_work_running`.
 */
export interface Storages {
  list(actor: Actor): Promise<readonly StorageInfo[]>;
  /** A full round trip with an object of its own, which is gone afterwards. Ends after the first step that fails. */
  test(actor: Actor, name: string): AsyncIterable<TestStep>;
  /**
   * Compares the catalogue with the bytes of one storage (default: of all): what is missing, of the wrong size or hash, or
   * unknown. Without `content` only sizes are looked at.
   */
  verify(
    actor: Actor,
    options: { readonly storage?: string; readonly content: boolean },
  ): AsyncIterable<Progress | Finding | VerifySummary>;
  /**
   * Moves every live object that lies elsewhere (or in `from`) to the storage `to`: copied, its hash compared, then
   * switched in one transaction; the old bytes are queued for erasure. What arrives meanwhile is moved, too. Ended anywhere
   * and begun again, it goes on with what is left.
   */
  migrate(
    actor: Actor,
    options: { readonly to: string; readonly from?: string },
  ): AsyncIterable<Progress | Finding | MigrateSummary>;
  /**
   * Puts objects that the catalogue does not know in quarantine, inside their storage, and erases what has lain there for
   * `keepDays` (default 7). `dryRun` only says what would happen.
   */
  collect(
    actor: Actor,
    options: { readonly storage?: string; readonly keepDays?: number; readonly dryRun?: boolean },
  ): AsyncIterable<Progress | Collected | CollectSummary>;
  /** The queue of erasures. */
  deletions(actor: Actor): Deletions;
}
