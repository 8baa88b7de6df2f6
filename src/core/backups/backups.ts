import type { Actor } from '../actor.ts';
import type { BackupContents, BackupInfo, OpenBackup } from '../ports/backup-store.ts';
import type { RestoreOutcome } from '../ports/restorer.ts';

export type { BackupContents, BackupInfo, OpenBackup, RestoreOutcome };

/** How a restore stands. */
export interface Restoration {
  /**
   * The one that is under way: its archive is checked and unpacked, the present state is saved, and then everything is replaced.
   */
  readonly running?: {
    readonly key: string;
    readonly stage: 'checking' | 'unpacking' | 'saving' | 'replacing';
  };
  /** How the last one ended while this process ran. */
  readonly last?: RestoreOutcome;
}

/** Backups of records and files together. Superusers only (`unauthorized`, `forbidden` reason `superusers_only`). */
export interface Backups {
  /** Newest first, wherever they lie. */
  list(actor: Actor): Promise<readonly BackupInfo[]>;
  /**
   * Takes one: a snapshot of the database and every live object, writers not blocked, verified before it appears in the
   * list. Blank name = `dossier_backup_<YYYYMMDDhhmmss>.zip`. `invalid` with issues at `name` (`match_invalid`, also for names
   * that begin as those of scheduled backups do, `length_out_of_range`, `backup_name_exists`); `busy` reason `backup_running`;
   * `unavailable`; `internal` reason `backup_failed`, or `backup_damaged` with params `{ objects, more }` when objects are
   * missing or not what the catalogue says. With `skipDamaged` those are left out, and the name ends in `_incomplete.zip`.
   */
  create(actor: Actor, name?: string, options?: { readonly skipDamaged?: boolean }): Promise<BackupInfo>;
  /**
   * Takes an archive that comes from elsewhere, as it arrives; it is checked whole before it is listed. `invalid` with issues at
   * `name` as for {@link create}, or reason `backup_unusable` with param `why`, an English sentence, for what is no whole backup
   * of this product or one of a newer version; `busy` reason `backup_running`; `unavailable`; `storage_full`; `internal` reason
   * `backup_failed`. Nothing is left of one that failed.
   */
  upload(actor: Actor, name: string, body: AsyncIterable<Uint8Array>): Promise<BackupInfo>;
  /**
   * What one holds, as it says itself; undefined for one that is not on this machine. `not_found` reason `backup`; `invalid`
   * reason `backup_unusable`.
   */
  inspect(actor: Actor, key: string): Promise<BackupContents | undefined>;
  /**
   * Replaces everything by a backup. It is checked whole and unpacked, and, unless `unsaved`, the present state is backed up while
   * requests are answered (what is written from then on is in neither); then this resolves, and a moment later the server stops answering, replaces everything, all or nothing, and
   * answers again. `not_found` reason `backup`; `invalid` reason `backup_unusable` with param `why`; `busy` reason
   * `backup_running`; `not_configured` reason `restore` where no server runs; and what {@link create} throws.
   */
  restore(actor: Actor, key: string, options?: { readonly unsaved?: boolean }): Promise<void>;
  restoration(actor: Actor): Promise<Restoration>;
  /** The archive, to be served. `not_found` reason `backup`. */
  open(actor: Actor, key: string): Promise<OpenBackup>;
  /** `not_found` reason `backup`; `conflict` reason `backup_in_use`. */
  delete(actor: Actor, key: string): Promise<void>;
}
