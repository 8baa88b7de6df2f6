import type { Account, Actor, RequestFacts, Superuser } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Queryable } from '../ports/database.ts';
import type { RecordValues } from '../records/record.ts';
import type { Records } from '../records/records.ts';

/** An actor without a request: whom subscriptions speak for. All subscriptions of one session share one. */
export interface Caller {
  readonly key: string;
  /** Undefined for guests and for the product itself. */
  readonly account: CallerAccount | undefined;
  /** Changes whenever {@link actorOf} would give another actor. */
  revision: number;
  who: Who;
}

/** See {@link Caller}. */
export interface CallerAccount {
  readonly collectionId: string;
  readonly recordId: string;
  /** What the session hangs on; another one ends it. */
  readonly session: string;
  /** The account may have changed since it was read. */
  stale: boolean;
  readAt: number;
  databaseVersion: number;
  schemaVersion: number;
  uses: number;
}

type Who =
  | { readonly kind: 'guest' }
  | { readonly kind: 'account'; readonly collection: Collection; readonly record: RecordValues }
  | {
      readonly kind: 'superuser';
      readonly collection: Collection | undefined;
      readonly record: RecordValues | undefined;
    };

/** The callers of all subscriptions. */
export interface Callers {
  /** Of an actor who was identified just now. */
  hold(actor: Actor): Caller;
  release(caller: Caller): void;
  /** Looks whether the account still is what it was, where it may have changed. */
  refresh(q: Queryable, caller: Caller): Promise<void>;
  /** Whether the record is an account that somebody speaks for. */
  watches(collectionId: string, recordId: string): boolean;
  /** That record changed. */
  changed(collectionId: string, recordId: string): void;
}

/** What {@link createCallers} needs. */
export interface CallersParts {
  readonly database: Database;
  readonly schema: () => Schema;
  readonly clock: Clock;
  readonly findStored: Records['findStored'];
}

/** Changes of accounts are reported; those that were not, count after this many milliseconds (SECURITY-REQUIREMENTS 1.7). */
const TRUSTED_MS = 2000;

/** Makes an empty {@link Callers}. */
export function createCallers({ database, schema, clock, findStored }: CallersParts): Callers {
  const nobody: Caller = { key: '', account: undefined, revision: 0, who: { kind: 'guest' } };
  const byKey = new Map<string, Caller>();
  /** By collection and record: one account may have several sessions. */
  const byAccount = new Map<string, Set<Caller>>();

  function hold(actor: Actor): Caller {
    if (actor.kind === 'guest') return nobody;
    const { collection, record } = actor;
    if (!collection || !record) return { key: '!', account: undefined, revision: 0, who: actor };
    const recordId = String(record.id);
    const session = sessionOf(schema(), collection.id, record);
    const key = `${collection.id}\n${recordId}\n${session}`;
    const known = byKey.get(key);
    if (known?.account && known.who.kind !== 'guest') {
      known.account.uses++;
      return known;
    }
    const caller = {
      ...{ key, revision: 0 },
      who: withoutRequest(actor),
      account: {
        ...{ collectionId: collection.id, recordId, session, stale: true, uses: 1 },
        ...{ readAt: 0, databaseVersion: -1, schemaVersion: -1 },
      },
    };
    byKey.set(key, caller);
    const place = accountKey(collection.id, recordId);
    const others = byAccount.get(place) ?? new Set<Caller>();
    byAccount.set(place, others.add(caller));
    return caller;
  }

  function release(caller: Caller): void {
    const { account } = caller;
    if (!account || --account.uses > 0) return;
    if (byKey.get(caller.key) === caller) byKey.delete(caller.key);
    const place = accountKey(account.collectionId, account.recordId);
    const others = byAccount.get(place);
    others?.delete(caller);
    if (others?.size === 0) byAccount.delete(place);
  }

  function isCurrent(account: CallerAccount): boolean {
    if (account.stale || account.schemaVersion !== schema().version) return false;
    return account.databaseVersion === database.version || clock.now() - account.readAt < TRUSTED_MS;
  }

  async function refresh(q: Queryable, caller: Caller): Promise<void> {
    const { account, who } = caller;
    if (!account || who.kind === 'guest' || isCurrent(account)) return;
    const { version } = database;
    account.stale = false;
    account.schemaVersion = schema().version;
    const collection = schema().byId(account.collectionId);
    const record = collection && (await findStored(collection, account.recordId, q));
    if (!record || sessionOf(schema(), collection.id, record) !== account.session) {
      caller.who = { kind: 'guest' };
    } else {
      caller.who =
        who.kind === 'account'
          ? { kind: 'account', collection, record }
          : { kind: 'superuser', collection, record };
      // What a transaction shows may yet be undone.
      if (q !== database) account.stale = true;
    }
    account.readAt = clock.now();
    account.databaseVersion = version;
    caller.revision++;
  }

  return {
    hold,
    release,
    refresh,
    watches: (collectionId, recordId) =>
      byAccount.size > 0 && byAccount.has(accountKey(collectionId, recordId)),
    changed(collectionId, recordId) {
      for (const { account } of byAccount.get(accountKey(collectionId, recordId)) ?? []) {
        if (account) account.stale = true;
      }
    },
  };
}

/** The caller as an actor with these facts. */
export function actorOf({ who }: Caller, request: RequestFacts): Actor {
  return { ...who, request };
}

function accountKey(collectionId: string, recordId: string): string {
  return `${collectionId}/${recordId}`;
}

/** '' where a part is missing, which no session has. */
function sessionOf(schema: Schema, collectionId: string, { tokenKey }: RecordValues): string {
  const secret = schema.byId(collectionId)?.auth?.authToken.secret;
  return typeof tokenKey === 'string' && secret ? `${tokenKey} ${secret}` : '';
}

function withoutRequest(actor: Account | Superuser): Who {
  return actor.kind === 'account'
    ? { kind: actor.kind, collection: actor.collection, record: actor.record }
    : { kind: actor.kind, collection: actor.collection, record: actor.record };
}
