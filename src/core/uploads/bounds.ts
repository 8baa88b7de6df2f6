import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Files } from '../files/files.ts';
import { quotaExceeded } from '../files/quota.ts';
import type { Database } from '../ports/database.ts';
import type { Staging } from '../ports/staging.ts';
import { GUEST, sourceOf } from './caller.ts';
import type { UploadStatements } from './statements.ts';

/** How much open uploads may take. */
export interface UploadBounds {
  /** Open uploads of one caller; of guests, from one address. Default 1000. */
  readonly maxOpen: number;
  /** Open uploads of all guests together, who may come from any number of addresses. Default 10,000. */
  readonly maxGuests: number;
  /** Part of the volume that is never promised to uploads, at most `maxReserve` bytes. Default 0.05. */
  readonly reserve: number;
  /** Default 1 GiB. */
  readonly maxReserve: number;
  /** Part of the volume that uploads of guests may take together. Default 0.25. */
  readonly guestShare: number;
  /** Bytes that the open uploads of one caller may have, as a multiple of what the quotas leave. Default 4. */
  readonly perRoom: number;
  /** Where the quotas leave less than this, they count as if they left this. Default 16 MiB. */
  readonly smallRoom: number;
}

/** What {@link createBounds} needs. */
export interface BoundsOptions {
  readonly db: Database;
  readonly statements: UploadStatements;
  readonly staging: Staging;
  readonly files: Pick<Files, 'room'>;
  readonly bounds: Partial<UploadBounds> | undefined;
}

/** What is to be taken on. */
export interface Ask {
  readonly actor: Actor;
  /** Bytes that are still to come. */
  readonly size: number;
  /** Whether it is one upload more, and not more of one that is open. */
  readonly isNew: boolean;
}

/**
 * Keeps uploads from filling the disk (SECURITY-REQUIREMENTS 3.8, 9.7). Refusals: `busy` reason `too_many_uploads`,
 * `storage_full` reason `staging` when the disk has no room beside what was promised to others, or `quota_exceeded` when the
 * caller has more open than the quotas would ever let in.
 */
export interface Bounds {
  /** Asks, and does the work that makes the promise. Until it ends, it counts for those who ask meanwhile. */
  admit<T>(ask: Ask, work: () => Promise<T>): Promise<T>;
  /** Asks for more bytes of an upload that never said how many there will be: nothing was promised to it. */
  requireRoom(actor: Actor, size: number): Promise<void>;
}

const defaults: UploadBounds = {
  maxOpen: 1000,
  maxGuests: 10_000,
  reserve: 0.05,
  maxReserve: 1024 ** 3,
  guestShare: 0.25,
  perRoom: 4,
  smallRoom: 16 * 1024 ** 2,
};

/** What one caller has open; its bytes are all that there will be, as far as is known. */
type Open = { count: number; bytes: number };

/** What open uploads were promised, in bytes, and how many are guests'. */
type Promised = { bytes: number; guests: number; open: number };

/** Makes {@link Bounds}. */
export function createBounds({ db, statements, staging, files, bounds }: BoundsOptions): Bounds {
  const { maxOpen, maxGuests, reserve, maxReserve, guestShare, ...quota } = { ...defaults, ...bounds };
  const asking = new Set<Ask>();

  /** `earlier` are those whose promises may not be rows yet. */
  async function check({ actor, size, isNew }: Ask, earlier: readonly Ask[]): Promise<void> {
    const source = sourceOf(actor);
    const open = await db.get<Open>(statements.openOf, { source });
    const coming = earlier.filter((ask) => sourceOf(ask.actor) === source);
    const count = (open?.count ?? 0) + coming.filter((ask) => ask.isNew).length;
    if (isNew && count >= maxOpen) throw new AppError('busy', { reason: 'too_many_uploads' });
    const allowed = quota.perRoom * Math.max(await files.room(actor), quota.smallRoom);
    if ((open?.bytes ?? 0) + sizeOf(coming) + size > allowed) throw quotaExceeded();
    const promised = await db.get<Promised>(statements.promised, { guest: GUEST });
    const guestsComing = earlier.filter((ask) => isGuest(ask) && ask.isNew).length;
    if (isNew && actor.kind === 'guest' && (promised?.open ?? 0) + guestsComing >= maxGuests) {
      throw new AppError('busy', { reason: 'too_many_uploads' });
    }
    const { free, total } = await staging.room();
    const kept = Math.min(maxReserve, total * reserve);
    const others = (promised?.bytes ?? 0) + sizeOf(earlier);
    const guests = (promised?.guests ?? 0) + sizeOf(earlier.filter(isGuest)) + size;
    if ((actor.kind === 'guest' && guests > total * guestShare) || size > free - kept - others) {
      throw new AppError('storage_full', { reason: 'staging' });
    }
  }

  return {
    async admit(ask, work) {
      // Taken before the rows are read: one that becomes a row meanwhile counts twice rather than not at all.
      const earlier = [...asking];
      asking.add(ask);
      try {
        await check(ask, earlier);
        return await work();
      } finally {
        asking.delete(ask);
      }
    },
    requireRoom: (actor, size) => check({ actor, size, isNew: false }, [...asking]),
  };
}

function sizeOf(asks: readonly Ask[]): number {
  return asks.reduce((sum, { size }) => sum + size, 0);
}

function isGuest({ actor }: Ask): boolean {
  return actor.kind === 'guest';
}
