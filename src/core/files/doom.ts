import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import type { Database } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { FileStatements } from './statements.ts';

/** What {@link createDoomer} needs. */
export interface DoomerOptions {
  readonly db: Database;
  readonly statements: FileStatements;
  readonly log: Log;
  /** Called when something was queued for erasure, or waits for {@link Doomer.retry}. */
  readonly queued: () => void;
}

/** Gives up reserved objects that will not be attached. */
export interface Doomer {
  /** Turns those of the objects that are still pending to doomed, and queues them. Never throws; see {@link retry}. */
  doom(objectIds: readonly string[]): Promise<void>;
  /** Tries again what could not be written before; throws when it still cannot. */
  retry(): Promise<void>;
}

/**
 * Makes a {@link Doomer}. What the database refuses to write (a full disk) is kept in memory for the eraser's next round;
 * when the process ends before that, the start's recovery finds the same rows by their epoch.
 */
export function createDoomer({ db, statements, log, queued }: DoomerOptions): Doomer {
  let waiting: string[] = [];

  async function doomNow(objectIds: readonly string[]): Promise<void> {
    if (FAILPOINTS) failpoint('discard.before');
    await db.write(
      async (tx) => {
        for (const id of objectIds) {
          const { changes } = await tx.run(statements.doom, { id });
          if (changes > 0) await tx.run(statements.queue, { id, now: tx.now });
        }
      },
      { frees: true },
    );
    if (FAILPOINTS) failpoint('discard.after');
    queued();
  }

  return {
    async doom(objectIds) {
      if (objectIds.length === 0) return;
      try {
        await doomNow(objectIds);
      } catch (error) {
        waiting.push(...objectIds);
        log.warn('files.discard_failed', { objects: objectIds.length, error: String(error) });
        // Its round tries again, and keeps trying.
        queued();
      }
    },
    async retry() {
      if (waiting.length === 0) return;
      const again = waiting;
      waiting = [];
      try {
        await doomNow(again);
      } catch (error) {
        waiting.push(...again);
        throw error;
      }
    },
  };
}
