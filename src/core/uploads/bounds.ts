import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import type { Staging } from '../ports/staging.ts';
import { GUEST, sourceOf } from './caller.ts';
import type { UploadStatements } from './statements.ts';

/** How much open uploads may take. */
export interface UploadBounds {
  /** Open uploads of one caller; of guests, from one address. Default 1000. */
  readonly maxOpen: number;
  /** Part of the volume that is never promised to uploads, at most `maxReserve` bytes. Default 0.05. */
  readonly reserve: number;
  /** Default 1 GiB. */
  readonly maxReserve: number;
  /** Part of the volume that uploads of guests may take together. Default 0.25. */
  readonly guestShare: number;
}

/** What {@link createBounds} needs. */
export interface BoundsOptions {
  readonly db: Database;
  readonly statements: UploadStatements;
  readonly staging: Staging;
  readonly bounds: Partial<UploadBounds> | undefined;
}

/** Keeps uploads from filling the disk (SECURITY-REQUIREMENTS 3.8, 9.7). */
export interface Bounds {
  /**
   * Refuses another upload of so many bytes: `busy` reason `too_many_uploads`, or `storage_full` reason `staging` when the
   * disk has no room for it beside what it promised to others.
   */
  requireRoom(actor: Actor, size: number): Promise<void>;
}

const defaults: UploadBounds = { maxOpen: 1000, reserve: 0.05, maxReserve: 1024 ** 3, guestShare: 0.25 };

/** Makes {@link Bounds}. */
export function createBounds({ db, statements, staging, bounds }: BoundsOptions): Bounds {
  const { maxOpen, reserve, maxReserve, guestShare } = { ...defaults, ...bounds };
  return {
    async requireRoom(actor, size) {
      const open = await db.get<{ n: number }>(statements.countOf, { source: sourceOf(actor) });
      if ((open?.n ?? 0) >= maxOpen) throw new AppError('busy', { reason: 'too_many_uploads' });
      const promised = await db.get<{ bytes: number; guests: number }>(statements.promised, { guest: GUEST });
      const { free, total } = await staging.room();
      const kept = Math.min(maxReserve, total * reserve);
      const guests = actor.kind === 'guest' ? (promised?.guests ?? 0) + size : 0;
      if (guests > total * guestShare || size > free - kept - (promised?.bytes ?? 0)) {
        throw new AppError('storage_full', { reason: 'staging' });
      }
    },
  };
}
