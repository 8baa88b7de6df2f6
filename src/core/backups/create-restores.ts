import type { Actor } from '../actor.ts';
import { AppError, notFound } from '../errors.ts';
import type { BackupInfo, BackupStore } from '../ports/backup-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RestoreOutcome, Restorer, UnpackedBackup } from '../ports/restorer.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { Backups, Restoration } from './backups.ts';
import { BACKUP_NAME, timedName } from './names.ts';
import type { BackupTurn } from './turn.ts';

/** What {@link createRestores} needs. */
export interface RestoreDeps {
  readonly store: BackupStore;
  /** Left out where no server runs. */
  readonly restorer: Restorer | undefined;
  readonly turn: BackupTurn;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Takes a backup within the turn that somebody has. */
  save(key: string): Promise<BackupInfo>;
}

/** Restores that a running server is asked for. */
export function createRestores(deps: RestoreDeps): Pick<Backups, 'restore' | 'restoration'> {
  const { store, restorer, turn, clock, log, signal } = deps;
  let running: Restoration['running'];
  /** Why the last one never came to the program around. */
  let failed: RestoreOutcome | undefined;

  /** The core is closed soon after this. */
  async function prepare(actor: Actor, key: string, unsaved: boolean, around: Restorer): Promise<void> {
    running = { key, stage: 'checking' };
    const checked = await store.check(key, signal);
    if (checked === undefined) throw notFound('backup');
    let unpacked: UnpackedBackup | undefined;
    try {
      running = { key, stage: 'unpacking' };
      unpacked = await around.unpack(checked.path, signal);
      // Last, so that it has all that was written meanwhile.
      running = { key, stage: 'saving' };
      const saved = unsaved ? '' : (await deps.save(timedName('before_restore', clock.now()))).key;
      signal.throwIfAborted();
      const by = actor.kind === 'guest' ? '' : actor.record?.id;
      log.warn('restore.begins', { key, saved, by });
      around.begin({ key, path: checked.path, saved });
    } catch (error) {
      await unpacked?.discard();
      await checked.release();
      throw error;
    }
    running = { key, stage: 'replacing' };
    turn.keep();
  }

  return {
    async restore(actor, key, { unsaved = false } = {}) {
      requireSuperuser(actor);
      if (!BACKUP_NAME.test(key) || !(await store.has(key))) throw notFound('backup');
      if (restorer === undefined) throw new AppError('not_configured', { reason: 'restore' });
      const giveBack = turn.take('restore', key);
      failed = undefined;
      try {
        await prepare(actor, key, unsaved, restorer);
      } catch (error) {
        running = undefined;
        const problem = problemOf(error);
        failed = { key, saved: '', ended: clock.now(), problem };
        log.error('restore.refused', { key, problem });
        throw error;
      } finally {
        giveBack();
      }
    },
    async restoration(actor) {
      requireSuperuser(actor);
      const last = failed ?? restorer?.last;
      return { ...(running && { running }), ...(last && { last }) };
    },
  };
}

function problemOf(error: unknown): string {
  if (!(error instanceof AppError)) return String(error);
  const { why } = error.params;
  return typeof why === 'string' ? why : error.message;
}
