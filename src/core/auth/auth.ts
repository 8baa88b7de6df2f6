import type { Actor, RequestFacts } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { RecordValues, RecordView } from '../records/record.ts';
import type { AccountFlows } from './account-flows.ts';

/** Kinds of signed tokens (specs/pocketbase.md 8.1). */
export type TokenKind = 'auth' | 'file' | 'verification' | 'passwordReset' | 'emailChange';

/** A signed-in account. */
export interface Session {
  readonly token: string;
  readonly record: RecordView;
}

/** How accounts of a collection may sign in. */
export interface AuthMethods {
  readonly password: { readonly enabled: boolean; readonly identityFields: readonly string[] };
}

/** Options of a login. */
export interface PasswordLogin {
  readonly identity: string;
  readonly password: string;
  readonly identityField?: string;
}

/**
 * Accounts and tokens. Tokens are JWT HS256 signed with the record's token key + the collection's secret for the kind, so a
 * new password or e-mail, or a rotated secret, ends every one of them.
 */
export interface Auth {
  /**
   * The actor of a token of the given kind; a guest when it is missing, malformed, expired, of another kind, or of an
   * account that is gone or has a new token key. Verified tokens are cached (bounded); expiry and token key are looked at
   * every time.
   */
  identify(token: string | undefined, kind: 'auth' | 'file', request: RequestFacts): Promise<Actor>;
  methods(collection: Collection): AuthMethods;
  /**
   * `not_configured` reason `password_auth`; `invalid` with issues for blank input; `invalid` reason `credentials` for unknown
   * and wrong alike, at the same cost; `forbidden` reason `auth_rule`, or `second_factor` for an account that asks for more
   * than a password ({@link AccountFlows.totp}): it signs in where a client can give both.
   */
  withPassword(actor: Actor, collection: Collection, login: PasswordLogin, expand?: string): Promise<Session>;
  /** A new token for an auth token that may be refreshed, else the same one. The actor is an account or superuser. */
  refresh(actor: Actor, collection: Collection, token: string, expand?: string): Promise<Session>;
  /** A token for another account that cannot be refreshed. Superusers only. `duration` in seconds, 0 = the collection's. */
  impersonate(
    actor: Actor,
    collection: Collection,
    id: string,
    duration: number,
    expand?: string,
  ): Promise<Session>;
  /** A short-lived token for protected files and backups. `unauthorized` for guests. */
  fileToken(actor: Actor): Promise<string>;
  issue(
    kind: TokenKind,
    collection: Collection,
    record: RecordValues,
    options?: IssueOptions,
  ): Promise<string>;
  /** Whether no superuser exists yet. */
  needsFirstSuperuser(): Promise<boolean>;
  /** A one-time token for the first superuser's form; kept in memory only, new at every start, void once one exists. */
  setupToken(): string;
  /** Whether this is that token, and still of use. */
  isSetupToken(token: string): Promise<boolean>;
  /** Makes the first superuser. `forbidden` reason `setup` when the token is wrong or one exists. */
  createFirstSuperuser(token: string, email: string, password: string): Promise<Session>;
}

/** Extras of an issued token. */
export interface IssueOptions {
  /** Seconds; default is the collection's for the kind. */
  readonly duration?: number;
  readonly refreshable?: boolean;
  /** The address that an `emailChange` token confirms. */
  readonly newEmail?: string;
}
