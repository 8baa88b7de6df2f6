import type { Actor } from '../actor.ts';

/** A verified backup. */
export interface BackupInfo {
  /** Its name, e.g. `before-upgrade.zip`. */
  readonly key: string;
  readonly size: number;
  /** `YYYY-MM-DD HH:MM:SS.mmmZ`. */
  readonly modified: string;
}

/** Backups of records and files together. Superusers only (`unauthorized`, `forbidden` reason `superusers_only`). */
export interface Backups {
  list(actor: Actor): Promise<readonly BackupInfo[]>;
  /**
   * Takes one: a snapshot of the database and every live object, writers not blocked, verified before it appears in the
   * list. Blank name = `dossier_backup_<YYYYMMDDhhmmss>.zip`. `invalid` with issues at `name` (`match_invalid`,
   * `length_out_of_range`, `backup_name_exists`); `busy` reason `backup_running`.
   */
  create(actor: Actor, name?: string): Promise<BackupInfo>;
  /** The archive as a file to serve. `not_found` reason `backup`. */
  open(actor: Actor, key: string): Promise<{ readonly info: BackupInfo; readonly body: Blob }>;
  /** `not_found` reason `backup`; `conflict` reason `backup_in_use`. */
  delete(actor: Actor, key: string): Promise<void>;
}
