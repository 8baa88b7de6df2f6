import { AppError, invalid, notFound } from '../errors.ts';
import type { Files } from '../files/files.ts';
import type { BackupInfo, BackupSource, BackupStore } from '../ports/backup-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { Backups } from './backups.ts';

/** What backups are made with. */
export interface BackupDeps {
  readonly store: BackupStore;
  readonly files: Pick<Files, 'pin'>;
  readonly source: BackupSource;
  readonly clock: Clock;
  readonly log: Log;
}

/** Backups with what the schedule and the end of the server need. */
export interface BackupKeeper extends Backups {
  /**
   * Takes a scheduled backup, behind one that is under way, and then removes scheduled ones until the newest `keep` are left.
   * Others are never removed. When taking it fails, nothing is.
   */
  takeScheduled(keep: number, signal: AbortSignal): Promise<void>;
  /** Ends the backup that is under way. */
  close(): Promise<void>;
}

const NAME = /^[a-z0-9_-]+\.zip$/;
const MAX_NAME = 150;
const SCHEDULED = 'dossier_scheduled_';
const SCHEDULED_NAME = /^dossier_scheduled_\d{14}\.zip$/;

/** Backups over a store; one at a time. */
export function createBackups({ store, files, source, clock, log }: BackupDeps): BackupKeeper {
  let running: { readonly key: string; readonly ended: Promise<void> } | undefined;
  const closing = new AbortController();

  async function take(key: string, signal: AbortSignal, skipDamaged = false): Promise<BackupInfo> {
    signal.throwIfAborted();
    if (running !== undefined) throw new AppError('busy', { reason: 'backup_running' });
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    running = { key, ended };
    // Objects that are live now stay until the archive holds them (SECURITY-REQUIREMENTS 9.5).
    const unpin = files.pin();
    try {
      if (await store.has(key)) throw invalid({ path: 'name', code: 'backup_name_exists' });
      const info = await store.write(key, source, { signal, skipDamaged });
      log.info('backup.created', { key: info.key, size: info.size, storage: info.storage });
      return info;
    } catch (error) {
      if (error instanceof AppError && error.reason === 'backup_damaged') {
        log.error('backup.damaged', { key, ...error.params, hint: 'dossier storage verify' });
      }
      throw error;
    } finally {
      unpin();
      running = undefined;
      resolve();
    }
  }

  async function removeOld(keep: number): Promise<void> {
    const scheduled = (await store.list()).filter(({ key }) => SCHEDULED_NAME.test(key));
    const oldest = scheduled.sort((a, b) => (a.key < b.key ? 1 : -1)).slice(keep);
    for (const { key, storage } of oldest) {
      try {
        await store.remove(key);
        log.info('backup.expired', { key, storage });
      } catch (cause) {
        log.warn('backup.not_removed', { key, storage, error: String(cause) });
      }
    }
  }

  return {
    async list(actor) {
      requireSuperuser(actor);
      return store.list();
    },

    async create(actor, name, options) {
      requireSuperuser(actor);
      const key = name === undefined || name === '' ? `dossier_backup_${stamp(clock.now())}.zip` : name;
      checkName(key);
      return take(key, closing.signal, options?.skipDamaged);
    },

    async open(actor, key) {
      requireSuperuser(actor);
      const found = NAME.test(key) ? await store.open(key) : undefined;
      if (found === undefined) throw notFound('backup');
      return found;
    },

    async delete(actor, key) {
      requireSuperuser(actor);
      if (key === running?.key) throw new AppError('conflict', { reason: 'backup_in_use' });
      if (!NAME.test(key) || !(await store.remove(key))) throw notFound('backup');
      log.info('backup.deleted', { key });
    },

    async takeScheduled(keep, signal) {
      while (running !== undefined) await running.ended;
      await take(`${SCHEDULED}${stamp(clock.now())}.zip`, AbortSignal.any([signal, closing.signal]));
      await removeOld(keep);
    },

    async close() {
      closing.abort(new AppError('unavailable', { reason: 'stopping' }));
      await running?.ended;
    },
  };
}

/** Names of scheduled backups are the schedule's: it removes what has one. */
function checkName(key: string): void {
  if (key.length > MAX_NAME) {
    throw invalid({ path: 'name', code: 'length_out_of_range', params: { min: 1, max: MAX_NAME } });
  }
  if (!NAME.test(key) || key.startsWith(SCHEDULED)) throw invalid({ path: 'name', code: 'match_invalid' });
}

function stamp(now: number): string {
  return new Date(now).toISOString().replace(/\D/g, '').slice(0, 14);
}
