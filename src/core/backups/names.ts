import { invalid } from '../errors.ts';

/** Names of backups. */
export const BACKUP_NAME = /^[a-z0-9_-]+\.zip$/;
const MAX_NAME = 150;
const SCHEDULED = 'dossier_scheduled_';
const SCHEDULED_NAME = /^dossier_scheduled_\d{14}\.zip$/;

/** Throws `invalid` for what no backup may be called. Names of scheduled backups are the schedule's: it removes what has one. */
export function checkBackupName(key: string): void {
  if (key.length > MAX_NAME) {
    throw invalid({ path: 'name', code: 'length_out_of_range', params: { min: 1, max: MAX_NAME } });
  }
  if (!BACKUP_NAME.test(key) || key.startsWith(SCHEDULED))
    throw invalid({ path: 'name', code: 'match_invalid' });
}

/** A name with the time in it; `before`: what it begins with. */
export function timedName(before: 'backup' | 'scheduled' | 'before_restore', now: number): string {
  const stamp = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14);
  return `dossier_${before}_${stamp}.zip`;
}

/** Whether the schedule took it, and removes it in its time. */
export function isScheduled(key: string): boolean {
  return SCHEDULED_NAME.test(key);
}
