import type { Actor } from '../actor.ts';
import type { BackupInfo, OpenBackup } from '../ports/backup-store.ts';

export type { BackupInfo, OpenBackup };

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
  /** The archive, to be served. `not_found` reason `backup`. */
  open(actor: Actor, key: string): Promise<OpenBackup>;
  /** `not_found` reason `backup`; `conflict` reason `backup_in_use`. */
  delete(actor: Actor, key: string): Promise<void>;
}
