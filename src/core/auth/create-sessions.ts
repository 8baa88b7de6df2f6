import { createHmac } from 'node:crypto';
import { type Actor, systemActor } from '../actor.ts';
import type { Collections } from '../collections/collections.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import { ALPHANUMERIC, type Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Claims } from '../ports/token-signer.ts';
import type { Records } from '../records/records.ts';
import { accountActor, guestOf } from './account-actor.ts';
import { digest } from './digest.ts';
import type { Keys } from './keys.ts';
import { advanceChain, isUsable, startChain } from './rotation.ts';
import { createSessionCare, whereabouts } from './session-care.ts';
import { createSessionStore, type StoredSession, type Whereabouts } from './session-store.ts';
import type { AccountRef, ExtraClaims, OpenSession, Sessions } from './sessions.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

/** What {@link createSessions} is made of. */
export interface SessionsDeps {
  readonly collections: Pick<Collections, 'schema'>;
  readonly records: Records;
  readonly database: Database;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly lifetimes: SessionLifetimes;
}

/** Lives in seconds. */
export interface SessionLifetimes {
  readonly access: number;
  readonly refresh: number;
  readonly anonymous: number;
}

/** {@link Sessions}, and what only the core asks. */
export interface CoreSessions extends Sessions {
  /** Whether the account came in by an anonymous session that still lasts. */
  isAnonymous(account: AccountRef): Promise<boolean>;
}

/** Half of a refresh token: what all of one session begin with, and then what each has alone. 256 bits each. */
const HALF = 43;
const REFRESH_FORM = new RegExp(`^[A-Za-z0-9]{${2 * HALF}}$`);
const CSRF_LENGTH = 20;
const SAME_SUCCESSOR_MS = 10_000;
const NOTED_EVERY_MS = 60_000;
/** Seconds for which clients' clocks may lag behind. */
const LEEWAY = 60;
/** `type` of access tokens among the tokens of specs/trailbase.md 12. */
const ACCESS = 1;

interface AccessClaims {
  readonly all: Claims;
  readonly fingerprint: string;
  readonly collectionId: string;
  readonly id: string;
}

/**
 * Makes {@link Sessions}. A refresh token is known as one of its session by its first half, which nobody else ever sees. So
 * every token of a session that is not good any more is recognised as reused, however old, and none of them must be stored.
 */
export function createSessions(deps: SessionsDeps): CoreSessions {
  const { collections, records, database, keys, clock, ids, log, lifetimes } = deps;
  const store = createSessionStore(database);

  const verified = createVerifiedTokens<AccessClaims>(
    {
      async read(token) {
        const claims = await (await keys.accessTokens()).verify(token, clock.now(), LEEWAY);
        return claims && readAccessClaims(claims);
      },
      account({ all, collectionId, id }) {
        const isAlive = (all.exp + LEEWAY) * 1000 > clock.now();
        const collection = isAlive ? collections.schema.byId(collectionId) : undefined;
        return collection && { collection, id };
      },
      keyOf: keys.accountKey,
      verify: async (_token, { fingerprint }, key) => fingerprint === keys.fingerprintOf(key),
    },
    { records, database },
  );

  async function passesAuthRule(actor: Actor, { collection, record }: AccountRef): Promise<boolean> {
    const rule = collection.auth?.authRule ?? null;
    return records.satisfies(actor, collection, String(record.id), rule, {});
  }

  async function issueAccess(account: AccountRef, extra: ExtraClaims) {
    const { collection, record } = account;
    const now = Math.floor(clock.now() / 1000);
    const csrfToken = ids.random(CSRF_LENGTH, ALPHANUMERIC);
    const claims = {
      ...extra,
      ...{ iat: now, exp: now + lifetimes.access, type: ACCESS, csrf_token: csrfToken },
      acc: `${fingerprintOf(account)}/${collection.id}/${String(record.id)}`,
    };
    const accessToken = await (await keys.accessTokens()).sign(claims);
    return { accessToken, csrfToken, accessTtl: lifetimes.access };
  }

  /**
   * The same for all who use a token at once: a browser asks for many things together, and any of the answers may be the
   * one whose cookie stays. So those who share a token are not told apart while they use it within the same seconds.
   */
  function successorOf(refreshToken: string): string {
    const moment = Math.floor(clock.now() / SAME_SUCCESSOR_MS);
    const hmac = createHmac('sha512', keys.derived('refresh tokens')).update(`${refreshToken}\n${moment}`);
    return refreshToken.slice(0, HALF) + alphanumerics(hmac.digest('hex'), HALF);
  }

  function fingerprintOf({ collection, record }: AccountRef): string {
    const found = keys.fingerprint(collection, record);
    if (found === undefined) throw new AppError('internal', { reason: 'no_token_key' });
    return found;
  }

  /** The account of a session, as the queryable shows it; undefined when it is another by now. */
  async function accountOfSession(
    session: StoredSession,
    q: Pick<Database, 'get' | 'all'>,
  ): Promise<AccountRef | undefined> {
    const collection = collections.schema.byId(session.collection);
    const record = collection && (await records.findStored(collection, session.record, q));
    if (!record || keys.fingerprint(collection, record) !== session.fingerprint) return undefined;
    return { collection, record };
  }

  const idOf = (refreshToken: string) => digest(refreshToken.slice(0, HALF));

  async function advance(refreshToken: string, next: string, where: Whereabouts) {
    return database.write(async (tx) => {
      const session = await store.find(tx, idOf(refreshToken), tx.now);
      if (!session) return undefined;
      const used = digest(refreshToken);
      const account = await accountOfSession(session, tx);
      const isReused = !isUsable(session.chain, used, tx.now);
      if (!account || isReused) {
        await store.remove(tx, session.id);
        return { session, account: undefined, isReused: account !== undefined };
      }
      await store.update(tx, session.id, advanceChain(session.chain, used, digest(next), tx.now), where);
      return { session, account, isReused: false };
    });
  }

  async function findUsable(refreshToken: string): Promise<StoredSession | undefined> {
    if (!REFRESH_FORM.test(refreshToken)) return undefined;
    const now = clock.now();
    const session = await store.find(database, idOf(refreshToken), now);
    return session && isUsable(session.chain, digest(refreshToken), now) ? session : undefined;
  }

  async function signOut({ collection, record }: AccountRef): Promise<void> {
    const id = String(record.id);
    // Through the records: streams of every dialect hear of it (SECURITY-REQUIREMENTS 1.7).
    await records.update(systemActor, collection, id, { tokenKey: ids.random(50, ALPHANUMERIC) });
    await database.write((tx) => store.removeOf(tx, collection.id, id));
    log.info('auth.signed_out', { collection: collection.name, record: id });
  }

  return {
    ...createSessionCare({ ...deps, store, signOut, idOf }),
    signOut,

    async open(actor, account, { claims = {}, anonymous = false } = {}) {
      const { collection, record } = account;
      if (!(await passesAuthRule(actor, account))) throw new AppError('forbidden', { reason: 'auth_rule' });
      const refreshToken = ids.random(2 * HALF, ALPHANUMERIC);
      const refreshTtl = anonymous ? lifetimes.anonymous : lifetimes.refresh;
      const access = await issueAccess(account, claims);
      await database.write((tx) =>
        store.insert(tx, {
          id: idOf(refreshToken),
          collection: collection.id,
          record: String(record.id),
          fingerprint: fingerprintOf(account),
          chain: startChain(digest(refreshToken), tx.now),
          ...{ anonymous, created: tx.now, expires: tx.now + refreshTtl * 1000 },
          ...whereabouts(actor.request),
        }),
      );
      log.info('auth.login', {
        ...{ collection: collection.name, record: record.id },
        address: actor.request.address,
      });
      return { account, ...access, refreshToken, refreshTtl } satisfies OpenSession;
    },

    async refresh(actor, refreshToken, claims) {
      if (!REFRESH_FORM.test(refreshToken)) return undefined;
      const next = successorOf(refreshToken);
      const advanced = await advance(refreshToken, next, whereabouts(actor.request));
      if (!advanced) return undefined;
      const { session, account, isReused } = advanced;
      if (isReused) {
        log.warn('auth.refresh_reused', {
          ...{ collection: collections.schema.byId(session.collection)?.name, record: session.record },
          address: actor.request.address,
        });
      }
      if (!account || !(await passesAuthRule(actor, account))) return undefined;
      const access = await issueAccess(account, await claims(account));
      const refreshTtl = Math.max(0, Math.floor((session.expires - clock.now()) / 1000));
      return { account, ...access, refreshToken: next, refreshTtl };
    },

    async identify(accessToken, request) {
      const found = accessToken ? await verified.find(accessToken) : undefined;
      if (!found) return { actor: guestOf(request), claims: undefined };
      const { collection, record, claims } = found;
      return { actor: accountActor(collection, record, request), claims: claims.all };
    },

    async accountOf(refreshToken, { idle = Number.POSITIVE_INFINITY } = {}) {
      const session = await findUsable(refreshToken);
      if (!session || clock.now() - session.used >= idle) return undefined;
      return accountOfSession(session, database);
    },

    async use(actor, refreshToken) {
      const session = await findUsable(refreshToken);
      if (!session || clock.now() - session.used < NOTED_EVERY_MS) return false;
      await database.write((tx) => store.touch(tx, session.id, whereabouts(actor.request)));
      return true;
    },

    async close(refreshToken) {
      if (!REFRESH_FORM.test(refreshToken)) return;
      await database.write((tx) => store.remove(tx, idOf(refreshToken)));
    },

    async isAnonymous(account) {
      const { collection, record } = account;
      const place = { collection: collection.id, record: String(record.id) };
      return store.isAnonymous({ ...place, fingerprint: fingerprintOf(account) }, clock.now());
    },
  };
}

/** Digits of a number much larger than what they can say, so that each is as likely as any other. */
function alphanumerics(hex: string, length: number): string {
  const base = BigInt(ALPHANUMERIC.length);
  let rest = BigInt(`0x${hex}`);
  let text = '';
  while (text.length < length) {
    text += ALPHANUMERIC.charAt(Number(rest % base));
    rest /= base;
  }
  return text;
}

function readAccessClaims(all: Claims): AccessClaims | undefined {
  const { type, acc } = all;
  const match = typeof acc === 'string' ? /^([^/]+)\/([^/]+)\/(.+)$/s.exec(acc) : null;
  const [, fingerprint, collectionId, id] = match ?? [];
  if (type !== ACCESS || !fingerprint || !collectionId || !id) return undefined;
  return { all, fingerprint, collectionId, id };
}
