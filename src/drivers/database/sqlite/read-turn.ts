import type { Database } from 'bun:sqlite';

/** One read transaction for all reads of one turn of the event loop. */
export interface ReadTurn {
  /** Called before each read in place. */
  begin(): void;
  /** Ends the transaction, so that the next read sees the last commit; does nothing when there is none. */
  end(): void;
  close(): void;
}

/**
 * Taking and leaving the read lock of a WAL database costs as much as a point read. Reads that come in one turn of the event
 * loop, as they do under load, share one. Nobody can tell: the only writer is in this process and ends the turn when it has
 * committed, so each read still sees the last commit.
 */
export function createReadTurn(db: Database, onFault: (error: unknown) => unknown): ReadTurn {
  const beginStatement = db.prepare('BEGIN');
  const commitStatement = db.prepare('COMMIT');
  let open = false;
  let scheduled = false;

  function end(): void {
    if (!open) return;
    open = false;
    try {
      commitStatement.run();
    } catch (error) {
      onFault(error);
    }
  }

  function endOfTurn(): void {
    scheduled = false;
    end();
  }

  return {
    begin() {
      if (open) return;
      beginStatement.run();
      open = true;
      if (scheduled) return;
      scheduled = true;
      setImmediate(endOfTurn);
    },
    end,
    close() {
      end();
      beginStatement.finalize();
      commitStatement.finalize();
    },
  };
}
