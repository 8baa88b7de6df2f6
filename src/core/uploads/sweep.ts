import type { Clock } from '../ports/clock.ts';
import type { Database, Tx } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { Staging } from '../ports/staging.ts';
import type { UploadStatements } from './statements.ts';
import type { Turns } from './turns.ts';

/** What {@link createSweeper} needs. */
export interface SweeperOptions {
  readonly db: Database;
  readonly statements: UploadStatements;
  readonly staging: Staging;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly log: Log;
}

/** Removes what nobody will ask for again. */
export interface Sweeper {
  /**
   * Forgets expired uploads and removes their files, and files that no open upload has. The row goes first: a file that is
   * left when the process ends between the two is found here again.
   */
  sweep(): Promise<number>;
  /** Lowers offsets to what is really there: the staging folder may be older than the database, or empty after a restore. */
  reconcile(): Promise<number>;
}

const BATCH = 200;

/** Makes a {@link Sweeper}. */
export function createSweeper(options: SweeperOptions): Sweeper {
  const { db, statements, staging, turns, clock, log } = options;

  async function forgetExpired(): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const now = clock.now();
      const rows = await db.all<{ id: string }>(statements.expired, { now, limit: BATCH });
      // A request that is at it moves its time, or ends.
      const idle = rows.filter(({ id }) => !turns.isTaken(id));
      if (idle.length === 0) return forgotten;
      const forget = async (tx: Tx) => {
        for (const { id } of idle) await tx.run(statements.forgetExpired, { id, now });
      };
      await db.write(forget, { frees: true });
      forgotten += idle.length;
      if (rows.length < BATCH) return forgotten;
    }
  }

  return {
    async sweep() {
      const forgotten = await forgetExpired();
      // Listed before the rows are read: a file is made after its row, so what has no row then is nobody's.
      const staged = await staging.list();
      const open = new Set((await db.all<{ id: string }>(statements.ids)).map(({ id }) => id));
      let removed = 0;
      for (const id of staged) {
        if (open.has(id) || turns.isTaken(id)) continue;
        // One that stays must not keep the others, or the server from starting.
        await staging.remove(id).then(
          () => removed++,
          (error) => log.warn('uploads.not_removed', { error }),
        );
      }
      if (forgotten + removed > 0) log.info('uploads.swept', { expired: forgotten, files: removed });
      return forgotten + removed;
    },
    async reconcile() {
      let lowered = 0;
      for (const { id, offset } of await db.all<{ id: string; offset: number }>(statements.begun)) {
        const size = (await staging.size(id)) ?? 0;
        if (size >= offset) continue;
        await db.write((tx) => tx.run(statements.lower, { id, offset: size, before: offset }), {
          frees: true,
        });
        lowered++;
      }
      if (lowered > 0) log.warn('uploads.lowered', { uploads: lowered });
      return lowered;
    },
  };
}
