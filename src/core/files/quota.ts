import { sql } from 'drizzle-orm';
import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Database, Prepared, Queryable } from '../ports/database.ts';

/** Bytes that may be stored; undefined = no limit. Derivatives and what is not yet attached do not count. */
export interface QuotaLimits {
  /** Of everybody together. */
  readonly total: number | undefined;
  /** Of the files that one account uploaded. Guests and superusers have the total only. */
  readonly perOwner: number | undefined;
}

/** What is stored, for one owner. */
export interface Usage {
  /** Bytes that the owner has; 0 where no limit asks for it. */
  readonly own: number;
  /** Bytes that all have; 0 where no limit asks for it. */
  readonly all: number;
}

/** Asks the quotas (SECURITY-REQUIREMENTS 3.8). Without limits nothing is read. */
export interface Quota {
  readonly limited: boolean;
  /** As of the last commit, or of the open transaction. */
  usage(q: Queryable, owner: string): Promise<Usage>;
  /** Bytes that the owner may still add; `Number.MAX_SAFE_INTEGER` where there is no limit. */
  room(owner: string): Promise<number>;
  /** As {@link room}, where the owner's files of a record may go in the same change. */
  roomInstead(owner: string, collectionId: string, recordId: string): Promise<number>;
  /**
   * Throws {@link quotaExceeded} when a change leads from `before` to `after` beyond a limit. A change that stores less than
   * before passes even there, so that who is at the limit can go below it.
   */
  require(before: Usage, after: Usage): void;
}

/** Who a file counts for: the account as `<collection id>/<record id>`; '' for guests and superusers. */
export function ownerOf(actor: Actor): string {
  return actor.kind === 'account' ? `${actor.collection.id}/${String(actor.record.id)}` : '';
}

/** `storage_full` reason `quota_exceeded`. */
export function quotaExceeded(): AppError {
  return new AppError('storage_full', { reason: 'quota_exceeded' });
}

type UsageRow = { owner: string; bytes: number };

const UNLIMITED = Number.MAX_SAFE_INTEGER;
const p = sql.placeholder;

/** Makes a {@link Quota}. */
export function createQuota(db: Database, { total, perOwner }: QuotaLimits): Quota {
  const limited = total !== undefined || perOwner !== undefined;
  const usageOf: Prepared = db.prepare(
    sql`SELECT owner, bytes FROM _usage WHERE owner IN (${p('owner')}, '*')`,
  );
  const heldBy: Prepared = db.prepare(sql`SELECT coalesce(sum(size), 0) AS \`all\`,
      coalesce(sum(CASE WHEN owner = ${p('owner')} THEN size END), 0) AS own
    FROM _objects WHERE state = 'live' AND collection = ${p('collection')} AND record = ${p('record')}`);

  async function usage(q: Queryable, owner: string): Promise<Usage> {
    if (!limited) return NOTHING;
    const rows = await q.all<UsageRow>(usageOf, { owner });
    const bytes = (wanted: string) => rows.find((row) => row.owner === wanted)?.bytes ?? 0;
    return { own: owner === '' ? 0 : bytes(owner), all: bytes('*') };
  }

  /** What is freed may always be filled again, also by who is beyond a limit that was lowered. */
  function left(owner: string, { own, all }: Usage, freed: Usage): number {
    const ofOwner =
      perOwner === undefined || owner === '' ? UNLIMITED : Math.max(0, perOwner - own) + freed.own;
    const ofAll = total === undefined ? UNLIMITED : Math.max(0, total - all) + freed.all;
    return Math.min(ofOwner, ofAll);
  }

  return {
    limited,
    usage,
    async room(owner) {
      return left(owner, await usage(db, owner), NOTHING);
    },
    async roomInstead(owner, collection, record) {
      if (!limited) return UNLIMITED;
      const held = await db.get<{ own: number; all: number }>(heldBy, { owner, collection, record });
      const freed = { own: owner === '' ? 0 : (held?.own ?? 0), all: held?.all ?? 0 };
      return left(owner, await usage(db, owner), freed);
    },
    require(before, after) {
      if (perOwner !== undefined && after.own > perOwner && after.own > before.own) throw quotaExceeded();
      if (total !== undefined && after.all > total && after.all > before.all) throw quotaExceeded();
    },
  };
}

const NOTHING: Usage = { own: 0, all: 0 };
