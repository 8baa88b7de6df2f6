import { AppError } from '../errors.ts';

/** Whose turn it is: one backup, upload or restore at a time. */
export interface BackupTurn {
  /** The archive that is being worked on. */
  readonly key: string | undefined;
  /** Takes the turn; the result gives it back. Throws `busy` reason `backup_running`. */
  take(key: string): () => void;
  /** Nobody gets a turn any more. */
  keep(): void;
  /** Resolves when whoever has the turn gives it back. */
  ended(): Promise<void>;
}

/** Makes a {@link BackupTurn}. */
export function createBackupTurn(): BackupTurn {
  let running: { readonly key: string; readonly ended: Promise<void> } | undefined;
  let isKept = false;
  return {
    get key() {
      return running?.key;
    },
    take(key) {
      if (running !== undefined || isKept) throw new AppError('busy', { reason: 'backup_running' });
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      running = { key, ended };
      return () => {
        running = undefined;
        resolve();
      };
    },
    keep() {
      isKept = true;
    },
    ended: async () => running?.ended,
  };
}
