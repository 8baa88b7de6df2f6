import { AppError } from '../errors.ts';

/** What is done with backups. */
export type BackupWork = 'backup' | 'upload' | 'restore';

/**
 * Whose turn it is. A backup and an upload go together, since an upload may take as long as its line is slow; two of a kind do
 * not, a restore goes alone, and no two work on one archive.
 */
export interface BackupTurn {
  /** Whether the archive is being worked on. */
  has(key: string): boolean;
  /** Takes a turn; the result gives it back. Throws `busy` reason `backup_running`. */
  take(work: BackupWork, key: string): () => void;
  /** Nobody gets a turn any more. */
  keep(): void;
  /** Resolves when nothing is under way that this would have to wait for. */
  free(work: BackupWork): Promise<void>;
  /** Resolves when all that is under way has ended. */
  ended(): Promise<void>;
}

interface Running {
  readonly work: BackupWork;
  readonly key: string;
  readonly ended: Promise<void>;
}

/** Makes a {@link BackupTurn}. */
export function createBackupTurn(): BackupTurn {
  const running = new Set<Running>();
  let isKept = false;

  const inTheWay = (work: BackupWork) =>
    [...running].find((one) => one.work === work || one.work === 'restore' || work === 'restore');
  const has = (key: string) => [...running].some((one) => one.key === key);

  return {
    has,
    take(work, key) {
      if (isKept || has(key) || inTheWay(work)) throw new AppError('busy', { reason: 'backup_running' });
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const one = { work, key, ended };
      running.add(one);
      return () => {
        running.delete(one);
        resolve();
      };
    },
    keep() {
      isKept = true;
    },
    async free(work) {
      for (let one = inTheWay(work); one !== undefined; one = inTheWay(work)) await one.ended;
    },
    async ended() {
      await Promise.all([...running].map((one) => one.ended));
    },
  };
}
