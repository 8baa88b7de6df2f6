import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import type { Database } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import type { FileStatements } from './statements.ts';

/** What {@link recoverFiles} needs. */
export interface RecoverOptions {
  readonly db: Database;
  readonly statements: FileStatements;
  readonly storages: ReadonlyMap<string, Storage>;
  readonly epoch: string;
  readonly log: Log;
}

/** What recovery did. */
export interface Recovered {
  /** Uploads of processes that ended, given up. */
  readonly doomed: number;
  /** Temporaries of the storages, removed. */
  readonly swept: number;
}

/**
 * Step 8 of DESIGN.md 5, under the lock of the data folder and before listening. May end anywhere and be repeated.
 *
 * Also queues doomed objects that no deletion names, and removes derivatives without an original: neither arises from
 * this program, but an admin's SQL may make them.
 */
export async function recoverFiles(options: RecoverOptions): Promise<Recovered> {
  const { db, statements, storages, epoch, log } = options;
  if (FAILPOINTS) failpoint('recover.before');
  const doomed = await db.write(
    async (tx) => {
      const { changes } = await tx.run(statements.doomForeign, { epoch });
      await tx.run(statements.queueDoomed, { now: tx.now });
      return changes;
    },
    { frees: true },
  );
  if (FAILPOINTS) failpoint('recover.doomed');
  let swept = 0;
  for (const storage of storages.values()) swept += await storage.sweep();
  if (FAILPOINTS) failpoint('recover.swept');
  const lost = await db.all<{ key: string }>(statements.lostDerivatives);
  for (const { key } of lost) {
    // Nothing says any more where it was.
    for (const storage of storages.values()) await storage.remove(key);
    await db.write((tx) => tx.run(statements.forgetDerivative, { key }), { frees: true });
  }
  if (FAILPOINTS) failpoint('recover.after');
  if (doomed + swept + lost.length > 0)
    log.info('files.recovered', { doomed, swept, derivatives: lost.length });
  return { doomed, swept };
}
