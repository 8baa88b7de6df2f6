import { AppError, invalid, notFound } from '../errors.ts';
import type { Files } from '../files/files.ts';
import type { BackupInfo, BackupSource, BackupStore } from '../ports/backup-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Restorer } from '../ports/restorer.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { Backups } from './backups.ts';
import { createRestores } from './create-restores.ts';
import { BACKUP_NAME, checkBackupName, isScheduled, timedName } from './names.ts';
import { createBackupTurn } from './turn.ts';

/** What backups are made with. */
export interface BackupDeps {
  readonly store: BackupStore;
  readonly files: Pick<Files, 'pin'>;
  readonly source: BackupSource;
  /** Left out where no server runs. */
  readonly restorer?: Restorer;
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

/** Backups over a store; one is taken at a time. */
export function createBackups({ store, files, source, restorer, clock, log }: BackupDeps): BackupKeeper {
  const turn = createBackupTurn();
  const closing = new AbortController();
  /** Those that are under way, by the names of their backups. */
  const looks = new Map<string, ReturnType<BackupStore['inspect']>>();

  async function take(key: string, signal: AbortSignal, skipDamaged = false): Promise<BackupInfo> {
    signal.throwIfAborted();
    const giveBack = turn.take('backup', key);
    try {
      return await write(key, signal, skipDamaged);
    } finally {
      giveBack();
    }
  }

  async function write(key: string, signal: AbortSignal, skipDamaged: boolean): Promise<BackupInfo> {
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
    }
  }

  async function removeOld(keep: number): Promise<void> {
    const scheduled = (await store.list()).filter(({ key }) => isScheduled(key));
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
    ...createRestores({
      ...{ store, restorer, turn, clock, log, signal: closing.signal },
      // What is damaged must not keep anybody from going back to what was not.
      save: (key) => write(key, closing.signal, true),
    }),

    async list(actor) {
      requireSuperuser(actor);
      return store.list();
    },

    async create(actor, name, options) {
      requireSuperuser(actor);
      const key = name === undefined || name === '' ? timedName('backup', clock.now()) : name;
      checkBackupName(key);
      return take(key, closing.signal, options?.skipDamaged);
    },

    async upload(actor, key, body) {
      requireSuperuser(actor);
      checkBackupName(key);
      closing.signal.throwIfAborted();
      const giveBack = turn.take('upload', key);
      try {
        if (await store.has(key)) throw invalid({ path: 'name', code: 'backup_name_exists' });
        const info = await store.receive(key, body, closing.signal);
        const by = actor.kind === 'guest' ? '' : actor.record?.id;
        log.info('backup.uploaded', { key, size: info.size, storage: info.storage, by });
        return info;
      } finally {
        giveBack();
      }
    },

    async inspect(actor, key) {
      requireSuperuser(actor);
      if (!BACKUP_NAME.test(key) || !(await store.has(key))) throw notFound('backup');
      // Each unpacks a database: whoever asks again meanwhile waits for the same one.
      const look = looks.get(key) ?? store.inspect(key, closing.signal).finally(() => looks.delete(key));
      looks.set(key, look);
      return look;
    },

    async open(actor, key) {
      requireSuperuser(actor);
      const found = BACKUP_NAME.test(key) ? await store.open(key) : undefined;
      if (found === undefined) throw notFound('backup');
      return found;
    },

    async delete(actor, key) {
      requireSuperuser(actor);
      if (turn.has(key)) throw new AppError('conflict', { reason: 'backup_in_use' });
      if (!BACKUP_NAME.test(key) || !(await store.remove(key))) throw notFound('backup');
      log.info('backup.deleted', { key });
    },

    async takeScheduled(keep, signal) {
      await turn.free('backup');
      await take(timedName('scheduled', clock.now()), AbortSignal.any([signal, closing.signal]));
      await removeOld(keep);
    },

    async close() {
      closing.abort(new AppError('unavailable', { reason: 'stopping' }));
      await turn.ended();
    },
  };
}
