import type { Database } from '../ports/database.ts';
import { type FileStatements, NEVER } from './statements.ts';

/** An object that is to be erased, for an admin's eyes. */
interface Deletion {
  readonly id: number;
  readonly objectId: string;
  /** Name of the storage that has the bytes, and their key in it. */
  readonly storage: string;
  readonly key: string;
  /** The client's name of the file; empty when it never was attached, or when only a copy of it goes. */
  readonly originalName: string;
  /** 0 where it is not known. */
  readonly size: number;
  readonly attempts: number;
  /** It failed ten times and waits for {@link Deletions.retryAbandoned}. */
  readonly abandoned: boolean;
  /** Milliseconds since the epoch; undefined when abandoned. */
  readonly nextAttempt: number | undefined;
  /** Why the last attempt failed: codes, no paths. Empty when there was none. */
  readonly error: string;
  /** Milliseconds since the epoch when it was queued. */
  readonly created: number;
}

/** Query of {@link Deletions.list}: the next `limit` (default 100) with an id above `after` (default 0). */
interface DeletionQuery {
  readonly abandonedOnly?: boolean;
  readonly after?: number;
  readonly limit?: number;
}

/** The queue of erasures, as an admin sees it. Callers check that they are one. */
export interface Deletions {
  list(query?: DeletionQuery): Promise<readonly Deletion[]>;
  /** Gives every abandoned deletion ten new attempts, beginning now. Returns how many. */
  retryAbandoned(): Promise<number>;
}

type DeletionRow = {
  id: number;
  object: string;
  backend: string;
  key: string;
  attempts: number;
  next_attempt: number;
  error: string;
  created: number;
  original_name: string;
  size: number;
};

/** Makes {@link Deletions}; `wake` is called when there is work again. */
export function createDeletions(db: Database, statements: FileStatements, wake: () => void): Deletions {
  return {
    async list({ abandonedOnly = false, after = 0, limit = 100 } = {}) {
      const statement = abandonedOnly ? statements.listAbandoned : statements.listDeletions;
      return (await db.all<DeletionRow>(statement, { after, limit })).map(toDeletion);
    },
    async retryAbandoned() {
      const revived = await db.write(
        async (tx) => {
          await tx.run(statements.reviveObjects);
          return (await tx.run(statements.reviveDeletions)).changes;
        },
        { frees: true },
      );
      if (revived > 0) wake();
      return revived;
    },
  };
}

function toDeletion(row: DeletionRow): Deletion {
  const abandoned = row.next_attempt === NEVER;
  return {
    id: row.id,
    objectId: row.object,
    storage: row.backend,
    key: row.key,
    originalName: row.original_name,
    size: row.size,
    attempts: row.attempts,
    abandoned,
    nextAttempt: abandoned ? undefined : row.next_attempt,
    error: row.error,
    created: row.created,
  };
}
