import type { Actor } from '../actor.ts';
import type { Schema } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import { requireSuperuser } from '../require-superuser.ts';
import { readableTables } from './readable-tables.ts';
import type { Sql } from './sql.ts';

/** What {@link createSql} needs. */
export interface SqlParts {
  readonly database: Pick<Database, 'inspect'>;
  readonly schema: () => Schema;
  readonly log: Log;
}

const LIMITS = { rows: 1000, characters: 5_000_000 };
const LONGEST_TIME = 30_000;

/** Makes {@link Sql}. */
export function createSql({ database, schema, log }: SqlParts): Sql {
  const running = new Map<string, AbortController>();

  return {
    async run(actor, text, { id, signal, timeout = LONGEST_TIME } = {}) {
      requireSuperuser(actor);
      if (id !== undefined && running.has(id)) throw new AppError('conflict', { reason: 'sql_running' });
      const cancelling = new AbortController();
      const cancel = () => cancelling.abort(new AppError('busy', { reason: 'cancelled' }));
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
      if (id !== undefined) running.set(id, cancelling);
      try {
        const result = await database.inspect({
          ...{ text, tables: readableTables(schema()), limits: LIMITS },
          ...{ timeout: Math.min(LONGEST_TIME, timeout), signal: cancelling.signal },
        });
        const { milliseconds, rows } = result;
        log.info('sql.run', {
          by: idOf(actor),
          milliseconds,
          rows: rows.length,
          address: actor.request.address,
        });
        return result;
      } finally {
        signal?.removeEventListener('abort', cancel);
        if (id !== undefined) running.delete(id);
      }
    },
    cancel(actor, id) {
      requireSuperuser(actor);
      const found = running.get(id);
      found?.abort(new AppError('busy', { reason: 'cancelled' }));
      return found !== undefined;
    },
  };
}

function idOf(actor: Actor): unknown {
  return actor.kind === 'guest' ? undefined : actor.record?.id;
}
