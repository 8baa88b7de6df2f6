import { type SQL, sql } from 'drizzle-orm';
import type { Actor, RequestFacts } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { AppError, notFound } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { Records } from '../records/records.ts';
import type { Keys } from './keys.ts';
import type { SessionStore } from './session-store.ts';
import type { AccountRef, SessionCare, Sessions } from './sessions.ts';

/** What {@link createSessionCare} is made of. */
export interface SessionCareDeps {
  readonly collections: { readonly schema: Schema };
  readonly records: Pick<Records, 'findStored'>;
  readonly database: Database;
  readonly store: SessionStore;
  readonly keys: Pick<Keys, 'fingerprint'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signOut: Sessions['signOut'];
  /** The id of the session that a refresh token belongs to, good or not. */
  readonly idOf: (refreshToken: string) => string;
}

type Row = {
  id: string;
  created: number;
  used: number;
  expires: number;
  anonymous: number;
  address: string;
  agent: string;
};

/** Makes {@link SessionCare}. */
export function createSessionCare(deps: SessionCareDeps): SessionCare {
  const { collections, records, database, store, keys, clock, log, signOut, idOf } = deps;
  const at = (name: string): SQL => sql`${sql.placeholder(name)}`;
  const ofAccount = database.prepare(sql`
    SELECT id, created, used, expires, anonymous, address, agent FROM _sessions
    WHERE collection = ${at('collection')} AND record = ${at('record')} AND fingerprint = ${at('fingerprint')}
      AND expires > ${at('now')} ORDER BY used DESC, id`);

  async function find(actor: Actor, collection: Collection, id: string): Promise<AccountRef> {
    if (actor.kind === 'guest') throw new AppError('unauthorized');
    if (!speaksFor(actor, collection.id, id)) throw new AppError('forbidden', { reason: 'superusers_only' });
    const record = collection.auth && (await records.findStored(collection, id));
    if (!record) throw notFound('account');
    return { collection, record };
  }

  return {
    async list(actor, { collection, id }, refreshToken) {
      const account = await find(actor, collection, id);
      const rows = await database.all<Row>(ofAccount, {
        ...{ collection: collection.id, record: id, now: clock.now() },
        fingerprint: keys.fingerprint(collection, account.record) ?? '',
      });
      const own = refreshToken === undefined ? undefined : idOf(refreshToken);
      return rows.map(({ anonymous, ...row }) => ({
        ...row,
        ...{ anonymous: anonymous === 1, isCurrent: row.id === own },
      }));
    },
    async end(actor, id) {
      if (actor.kind === 'guest') throw new AppError('unauthorized');
      const ended = await database.write(async (tx) => {
        const session = await store.find(tx, id, tx.now);
        // Whose it is, is not for others to know.
        if (!session || !speaksFor(actor, session.collection, session.record)) throw notFound('session');
        await store.remove(tx, id);
        return session;
      });
      const collection = collections.schema.byId(ended.collection)?.name;
      const who = actor.record?.id;
      log.info('auth.session_ended', {
        ...{ collection, record: ended.record },
        ...(who !== undefined && who !== ended.record && { by: who }),
        address: actor.request.address,
      });
    },
    async endAll(actor, { collection, id }) {
      await signOut(await find(actor, collection, id));
    },
  };
}

/** Superusers do for everybody, accounts for themselves. */
function speaksFor(actor: Actor, collectionId: string, id: string): boolean {
  if (actor.kind === 'superuser') return true;
  return actor.kind === 'account' && actor.collection.id === collectionId && String(actor.record.id) === id;
}

const LONGEST_AGENT = 300;

/** From where a session is used, and by what, in a form that can be kept. */
export function whereabouts({ address, header }: RequestFacts): { address: string; agent: string } {
  const agent = (header('user_agent') ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, LONGEST_AGENT);
  return { address: address ?? '', agent };
}
