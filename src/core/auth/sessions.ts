import type { Actor, RequestFacts } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { RecordValues } from '../records/record.ts';

/** An account as it is stored, hidden values included: for the core and for what a dialect puts into a token. */
export interface AccountRef {
  readonly collection: Collection;
  readonly record: RecordValues;
}

/** Claims that a dialect adds to an access token, and finds there again. Plain JSON values. */
export type ExtraClaims = Readonly<Record<string, unknown>>;

/** What a dialect says of an account in the access tokens that a refresh makes. */
export type ClaimsOf = (account: AccountRef) => ExtraClaims | Promise<ExtraClaims>;

/** What a client needs to speak for an account from now on. */
export interface OpenSession {
  readonly account: AccountRef;
  /**
   * JWT `{"typ":"JWT","alg":"EdDSA"}` (Ed25519). The claims `iat`, `exp`, `type` (1), `csrf_token` and `acc` are the core's,
   * the others the dialect's.
   */
  readonly accessToken: string;
  /** 86 alphanumerics that nobody can guess. */
  readonly refreshToken: string;
  /** 20 random alphanumerics, the same as in the access token. */
  readonly csrfToken: string;
  /** Seconds that the access token lives. */
  readonly accessTtl: number;
  /** Seconds until the session ends; using it does not extend it. */
  readonly refreshTtl: number;
}

/**
 * Sessions with refresh tokens (specs/trailbase.md 12). Each is bound to the token key of its account, as is every token of
 * every dialect: a new password or e-mail, {@link Sessions.signOut}, the end of the account or a new secret of its collection
 * ends it at once.
 *
 * Refresh tokens rotate, and a client that ignores successors may go on with the one it has: a token is good while none that
 * came after it was used. Once one was, the tokens before it and beside it are good for another minute, for answers that were
 * lost; after that their use means that two parties have them, and ends the session. Of the successors that were not used,
 * the last three are good; a token that is used several times within seconds has one successor. An account has at most 50 sessions; the oldest give way.
 */
export interface Sessions extends SessionCare {
  /**
   * Opens a session for an account that has proved itself; what else the collection asks of accounts (its auth rule) is
   * checked here: `forbidden` reason `auth_rule`. `anonymous`: for the longer life of accounts that cannot sign in again.
   */
  open(
    actor: Actor,
    account: AccountRef,
    options?: { readonly claims?: ExtraClaims; readonly anonymous?: boolean },
  ): Promise<OpenSession>;
  /**
   * A new access token and the successor of the refresh token; undefined for one that is unknown, expired, revoked or reused,
   * and for an account that the auth rule refuses by now.
   */
  refresh(actor: Actor, refreshToken: string, claims: ClaimsOf): Promise<OpenSession | undefined>;
  /**
   * Whom an access token speaks for, and all its claims; a guest without claims for whatever is no valid access token of an
   * account that still has the same token key. Verified tokens are remembered (bounded); expiry, with a leeway of 60 s, and
   * account are looked at every time.
   */
  identify(
    accessToken: string | undefined,
    request: RequestFacts,
  ): Promise<{ readonly actor: Actor; readonly claims: ExtraClaims | undefined }>;
  /**
   * The account of a refresh token that is still good; undefined too where `idle` milliseconds went by since the session was
   * opened, refreshed or {@link Sessions.use}d.
   */
  accountOf(refreshToken: string, options?: { readonly idle?: number }): Promise<AccountRef | undefined>;
  /**
   * Notes that the session of a good refresh token is used, and from where, once a minute at most; whether it did. For clients
   * that keep one token for the whole session.
   */
  use(actor: Actor, refreshToken: string): Promise<boolean>;
  /** Ends the one session of a refresh token, whichever of its tokens that is. Nothing happens when there is none. */
  close(refreshToken: string): Promise<void>;
  /** Ends every session, token and stream of the account, in every dialect, by a new token key. */
  signOut(account: AccountRef): Promise<void>;
}

/** A session that lasts, without what would let anybody use it. */
export interface SessionInfo {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** When it was last refreshed, or opened. */
  readonly used: number;
  readonly expires: number;
  readonly anonymous: boolean;
  /** From where, and by what, it was last opened or refreshed; '' where that is not known. */
  readonly address: string;
  readonly agent: string;
  /** It is that of the refresh token which was given. */
  readonly isCurrent: boolean;
}

/** A record of an auth collection, by its id. */
export interface AccountId {
  readonly collection: Collection;
  readonly id: string;
}

/**
 * The sessions of an account, for superusers and for the account itself: `unauthorized` for guests, `forbidden` reason
 * `superusers_only` for others; `not_found` reason `account`.
 */
export interface SessionCare {
  /** Those that last, the last used first; at most 50. `refreshToken` says which of them is the caller's own. */
  list(actor: Actor, account: AccountId, refreshToken?: string): Promise<readonly SessionInfo[]>;
  /**
   * Ends one: its refresh tokens are good for nothing from now on, and its access token until it expires. `not_found` reason
   * `session` for those of others, too.
   */
  end(actor: Actor, id: string): Promise<void>;
  /** {@link Sessions.signOut} for those who may. */
  endAll(actor: Actor, account: AccountId): Promise<void>;
}
