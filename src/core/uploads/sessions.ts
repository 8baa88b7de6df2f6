import type { Actor } from '../actor.ts';
import { AppError, notFound } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import { callerOf } from './caller.ts';
import type { SessionRow, UploadStatements } from './statements.ts';
import type { Upload } from './uploads.ts';

/** What {@link createSessions} needs. */
export interface SessionsOptions {
  readonly db: Database;
  readonly statements: UploadStatements;
  readonly clock: Clock;
  /** Milliseconds since the last byte. */
  readonly expireAfter: number;
}

/** The rows of uploads. */
export interface Sessions {
  /** The actor's upload; `not_found` reason `upload` or `upload_expired`. */
  get(actor: Actor, id: string): Promise<SessionRow>;
  /** When an upload that something happens to now will expire. */
  expiry(): number;
  /** Moves the offset of an open upload, durably; `internal` when it stood elsewhere. */
  setOffset(row: SessionRow, offset: number): Promise<SessionRow>;
}

/** Makes {@link Sessions}. */
export function createSessions({ db, statements, clock, expireAfter }: SessionsOptions): Sessions {
  const expiry = () => clock.now() + expireAfter;
  return {
    expiry,
    async get(actor, id) {
      const row = await db.get<SessionRow>(statements.find, { id });
      // Somebody else's looks as if it were not there.
      if (row === undefined || row.caller !== callerOf(actor)) throw notFound('upload');
      if (row.expires <= clock.now()) throw notFound('upload_expired');
      return row;
    },
    async setOffset(row, offset) {
      const expires = expiry();
      const { id, offset: before } = row;
      const { changes } = await db.write((tx) =>
        tx.runOnly(statements.setOffset, { id, offset, before, expires }),
      );
      if (changes !== 1) throw new AppError('internal', { reason: 'upload_moved' });
      return { ...row, offset, expires };
    },
  };
}

/** Whether every byte is there. */
export function isComplete({ size, offset }: SessionRow): boolean {
  return size !== null && offset === size;
}

/** What the creator is told of an upload. */
export function shown(row: SessionRow): Upload {
  const { id, metadata, pieces, expires } = row;
  const [collection = '', record = ''] = row.record.split('/');
  return {
    ...{ id, metadata, expires },
    size: row.size ?? undefined,
    offset: acknowledged(row),
    complete: isComplete(row),
    part: row.part === 'partial' ? 'partial' : row.part === 'final' ? 'joined' : 'whole',
    pieces: pieces === '' ? [] : pieces.split(','),
    record: row.state === 'attached' ? { collection, id: record } : undefined,
  };
}

/** See {@link Upload.offset}. */
function acknowledged(row: SessionRow): number {
  const waits = isComplete(row) && row.state === 'open' && row.part === '';
  return waits ? Math.max(0, row.offset - 1) : row.offset;
}
