import type { Collection } from '../collections/collection.ts';
import type { Collections } from '../collections/collections.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Claims, TokenSigner } from '../ports/token-signer.ts';
import type { RecordValues } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import type { IssueOptions, TokenKind } from './auth.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

/** An account, with the claims of the token that named it. */
export interface TokenHolder {
  readonly collection: Collection;
  readonly record: RecordValues;
  readonly refreshable: boolean;
  /** Of an `emailChange` token; '' in others. */
  readonly newEmail: string;
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

interface AccountClaims {
  readonly id: string;
  readonly type: TokenKind;
  readonly collectionId: string;
  readonly refreshable: boolean;
  readonly newEmail: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Tokens of specs/pocketbase.md 8.1; {@link createVerifiedTokens} remembers those that were verified. */
export function createTokens({ collections, records, database, signer, clock }: TokensDeps): Tokens {
  const verified = createVerifiedTokens<AccountClaims>(
    {
      read: async (token) => readClaims(await signer.peek(token)),
      account({ id, expires, collectionId }) {
        const collection = expires > clock.now() ? collections.schema.byId(collectionId) : undefined;
        return collection && { collection, id };
      },
      keyOf: (collection, record, { type }) => keyOf(record, settingsOf(collection, type)?.secret ?? ''),
      verify: (token, _claims, key) => signer.verify(token, key, clock.now()),
    },
    { records, database },
  );

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
      const found = await verified.find(token, ({ type }) => type === kind);
      if (!found) return undefined;
      const { collection, record, claims } = found;
      return { collection, record, refreshable: claims.refreshable, newEmail: claims.newEmail };
    },
  };
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
      return { ...ofLink(kind), email: record.email };
    case 'emailChange':
      return { ...ofLink(kind), email: record.email, newEmail };
  }
}

/** Issuer and audience of tokens that travel by mail. */
function ofLink(kind: TokenKind) {
  return { iss: 'dossier', aud: kind };
}

const isOfLink = {
  auth: false,
  file: false,
  verification: true,
  passwordReset: true,
  emailChange: true,
} as const satisfies Record<TokenKind, boolean>;

function isTokenKind(value: unknown): value is TokenKind {
  return typeof value === 'string' && Object.hasOwn(isOfLink, value);
}

function readClaims(claims: Claims | undefined): AccountClaims | undefined {
  if (!claims) return undefined;
  const { id, type, collectionId, exp, refreshable, newEmail, iss, aud } = claims;
  if (typeof id !== 'string' || !isTokenKind(type) || typeof collectionId !== 'string') return undefined;
  const expected = ofLink(type);
  if (isOfLink[type] && (iss !== expected.iss || aud !== expected.aud)) return undefined;
  return {
    ...{ id, type, collectionId },
    refreshable: refreshable === true,
    newEmail: typeof newEmail === 'string' ? newEmail : '',
    expires: exp * 1000,
  };
}
