import { createLru } from '../../lib/lru.ts';
import type { Collection } from '../collections/collection.ts';
import type { Collections } from '../collections/collections.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Claims, TokenSigner } from '../ports/token-signer.ts';
import type { RecordValues } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import type { IssueOptions, TokenKind } from './auth.ts';

/** An account, with the claims of the token that named it. */
export interface TokenHolder {
  readonly collection: Collection;
  readonly record: RecordValues;
  readonly refreshable: boolean;
}

/** Issues tokens and finds out whose they are. */
export interface Tokens {
  issue(
    kind: TokenKind,
    collection: Collection,
    record: RecordValues,
    options?: IssueOptions,
  ): Promise<string>;
  /** Undefined for whatever is not a valid token of this kind of an account that exists. */
  holder(token: string, kind: TokenKind): Promise<TokenHolder | undefined>;
}

/** What {@link createTokens} is made of. */
export interface TokensDeps {
  readonly collections: Pick<Collections, 'schema'>;
  readonly records: Pick<Records, 'findStored'>;
  readonly database: Pick<Database, 'version'>;
  readonly signer: TokenSigner;
  readonly clock: Clock;
}

/** Accounts whose tokens stay verified; some 500 bytes each. */
const REMEMBERED = 10_000;
/** Accounts of more characters are read each time, so that those remembered stay small. */
const LARGEST_ACCOUNT = 2000;
/** Ours have some 250 characters. */
const LONGEST = 4096;

interface Verified {
  readonly claims: AccountClaims;
  /** The key that the signature was checked with. */
  readonly key: string;
  /** The account as it was at `version` of the database; undefined when it is large. */
  readonly record: RecordValues | undefined;
  readonly version: number;
}

interface AccountClaims {
  readonly id: string;
  readonly type: string;
  readonly collectionId: string;
  readonly refreshable: boolean;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * Tokens of specs/pocketbase.md 8.1. A token that was verified is remembered together with the key it was verified with.
 * Each use looks at the account: it is read again whenever anything was committed since, and a key that changed means
 * verifying again, which then fails.
 */
export function createTokens({ collections, records, database, signer, clock }: TokensDeps): Tokens {
  const verified = createLru<string, Verified>(REMEMBERED);

  return {
    async issue(kind, collection, record, options = {}) {
      const settings = settingsOf(collection, kind);
      const duration = options.duration || settings?.duration;
      if (!settings || !duration) throw new AppError('internal', { reason: 'not_an_account' });
      const claims = {
        ...extraClaims(kind, record, options),
        id: String(record.id),
        type: kind,
        collectionId: collection.id,
        exp: Math.floor(clock.now() / 1000) + duration,
      };
      return signer.sign(claims, keyOf(record, settings.secret) ?? refuse());
    },

    async holder(token, kind) {
      if (token.length > LONGEST) return undefined;
      const known = verified.get(token);
      const claims = known?.claims ?? readClaims(await signer.peek(token));
      if (claims?.type !== kind || claims.expires <= clock.now()) return undefined;

      const collection = collections.schema.byId(claims.collectionId);
      const settings = collection && settingsOf(collection, kind);
      if (!settings) return undefined;
      // Before the read: what is committed during it makes the entry old, not wrong.
      const { version } = database;
      const kept = known?.version === version ? known.record : undefined;
      const record = kept ?? (await records.findStored(collection, claims.id));
      const key = record && keyOf(record, settings.secret);
      if (!key) return undefined;

      if (known?.key !== key && !(await signer.verify(token, key, clock.now()))) return undefined;
      if (!kept) verified.set(token, { claims, key, record: isSmall(record) ? record : undefined, version });
      return { collection, record, refreshable: claims.refreshable };
    },
  };
}

function isSmall(record: RecordValues): boolean {
  let size = 0;
  for (const name in record) {
    const value = record[name];
    if (typeof value === 'string') size += value.length;
    else if (typeof value === 'object' && value !== null) size += JSON.stringify(value).length;
    if (size > LARGEST_ACCOUNT) return false;
  }
  return true;
}

function settingsOf(collection: Collection, kind: TokenKind) {
  const { auth } = collection;
  if (!auth) return undefined;
  const settings = {
    auth: auth.authToken,
    file: auth.fileToken,
    verification: auth.verificationToken,
    passwordReset: auth.passwordResetToken,
    emailChange: auth.emailChangeToken,
  } satisfies Record<TokenKind, unknown>;
  return settings[kind];
}

/** Undefined when a part is missing: a token must never be signed with half a key. */
function keyOf(record: RecordValues, secret: string): string | undefined {
  const { tokenKey } = record;
  return typeof tokenKey === 'string' && tokenKey !== '' && secret !== '' ? tokenKey + secret : undefined;
}

function refuse(): never {
  throw new AppError('internal', { reason: 'no_token_key' });
}

function extraClaims(
  kind: TokenKind,
  record: RecordValues,
  { refreshable, newEmail }: IssueOptions,
): Readonly<Record<string, unknown>> {
  switch (kind) {
    case 'auth':
      return { refreshable: refreshable ?? true };
    case 'file':
      return {};
    case 'verification':
    case 'passwordReset':
      return { email: record.email };
    case 'emailChange':
      return { email: record.email, newEmail };
  }
}

function readClaims(claims: Claims | undefined): AccountClaims | undefined {
  if (!claims) return undefined;
  const { id, type, collectionId, exp, refreshable } = claims;
  if (typeof id !== 'string' || typeof type !== 'string' || typeof collectionId !== 'string')
    return undefined;
  return { id, type, collectionId, refreshable: refreshable === true, expires: exp * 1000 };
}
