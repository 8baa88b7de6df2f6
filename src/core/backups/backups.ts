import type { Actor } from '../actor.ts';
import { AppError, invalid, notFound } from '../errors.ts';
import type { Files } from '../files/files.ts';
import type { BackupInfo, BackupSource, BackupStore } from '../ports/backup-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export type { BackupInfo };

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

/** What backups are made with. */
export interface BackupDeps {
  readonly store: BackupStore;
  readonly files: Pick<Files, 'pin'>;
  readonly source: BackupSource;
  readonly clock: Clock;
  readonly log: Log;
}

const NAME = /^[a-z0-9_-]+\.zip$/;
const MAX_NAME = 150;

/** Backups over a store; one at a time. */
export function createBackups({ store, files, source, clock, log }: BackupDeps): Backups {
  let running: string | undefined;

  return {
    async list(actor) {
      requireSuperuser(actor);
      return store.list();
    },

    async create(actor, name) {
      requireSuperuser(actor);
      const key = name === undefined || name === '' ? defaultName(clock.now()) : name;
      checkName(key);
      if (running !== undefined) throw new AppError('busy', { reason: 'backup_running' });
      running = key;
      // Objects that are live now stay until the archive holds them (SECURITY-REQUIREMENTS 9.5).
      const unpin = files.pin();
      try {
        if (await store.has(key)) throw invalid({ path: 'name', code: 'backup_name_exists' });
        const info = await store.write(key, source);
        log.info('backup.created', { key, size: info.size });
        return info;
      } finally {
        unpin();
        running = undefined;
      }
    },

    async open(actor, key) {
      requireSuperuser(actor);
      const found = NAME.test(key) ? await store.open(key) : undefined;
      if (found === undefined) throw notFound('backup');
      return found;
    },

    async delete(actor, key) {
      requireSuperuser(actor);
      if (key === running) throw new AppError('conflict', { reason: 'backup_in_use' });
      if (!NAME.test(key) || !(await store.remove(key))) throw notFound('backup');
      log.info('backup.deleted', { key });
    },
  };
}

function requireSuperuser(actor: Actor): void {
  if (actor.kind === 'guest') throw new AppError('unauthorized');
  if (actor.kind !== 'superuser') throw new AppError('forbidden', { reason: 'superusers_only' });
}

function checkName(key: string): void {
  if (key.length > MAX_NAME) {
    throw invalid({ path: 'name', code: 'length_out_of_range', params: { min: 1, max: MAX_NAME } });
  }
  if (!NAME.test(key)) throw invalid({ path: 'name', code: 'match_invalid' });
}

function defaultName(now: number): string {
  const stamp = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14);
  return `dossier_backup_${stamp}.zip`;
}
