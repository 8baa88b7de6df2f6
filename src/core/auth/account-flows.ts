import type { Actor } from '../actor.ts';
import type { AccountRef, Sessions } from './sessions.ts';

/**
 * Names of an account of the `users` collection. By e-mail, or by user name where the collection has a unique text field
 * `username`. In look-ups, a text with `@` is an e-mail. New e-mails are kept in small letters, and found in any.
 */
export interface AccountNames {
  readonly email?: string;
  readonly username?: string;
}

/** A wish to have an account. */
export interface Registration extends AccountNames {
  readonly password: string;
}

/**
 * Where the link of a mail leads: a path of this server with `{TOKEN}` in it, such as
 * `/api/auth/v1/verify_email/confirm/{TOKEN}`. It takes the place of the link in the collection's stock template; a link
 * that an operator wrote into the template stays.
 */
export type MailLink = string;

/** One-time passwords of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s), one per account. */
export interface SecondFactor {
  /** Whether signing in needs one. */
  isOn(account: AccountRef): Promise<boolean>;
  /**
   * Makes a secret and keeps it until it is confirmed; an earlier one that was not is void. The URL is `otpauth://totp/…`, to be
   * shown as a QR code. `unauthorized` for guests, `conflict` reason `totp_on` when there is one.
   */
  begin(actor: Actor): Promise<{ readonly secret: string; readonly url: string }>;
  /** Switches it on by the first code. `invalid` reason `totp` for a wrong code, `conflict` reason `totp_not_begun`. */
  confirm(actor: Actor, code: string): Promise<void>;
  /** Switches it off by a code. `invalid` reason `totp` for a wrong code, `conflict` reason `totp_off`. */
  remove(actor: Actor, code: string): Promise<void>;
  /** Switches it off without a code, for whoever lost theirs. Superusers only. */
  forget(actor: Actor, account: AccountRef): Promise<void>;
  /** Takes over the base32 secret that an account has had elsewhere. Superusers only. */
  adopt(actor: Actor, account: AccountRef, secret: string): Promise<void>;
  /** The second step of a sign-in, good for 2 minutes and 5 tries; only its hash is stored. */
  issuePending(account: AccountRef): Promise<string>;
  /** The account of such a token, once, when the code is right as well; undefined otherwise. `busy` after too many failures. */
  redeemPending(actor: Actor, token: string, code: string): Promise<AccountRef | undefined>;
}

/** Codes that stand for an account for a short while. They are stored hashed and consumed by compare-and-swap. */
export interface OneTimeCodes {
  /**
   * Mails a code of 6 characters `[0-9A-Z]`, good for 5 minutes and 5 tries, at most one in 5 minutes. The same answer at
   * the same cost whether or not there is such an account, it has an e-mail, or it has a second factor (then nothing is
   * mailed). `not_configured` reason `otp` where the collection does not allow it.
   */
  request(actor: Actor, names: AccountNames, link?: MailLink): Promise<void>;
  /** The account whose code this is, once; undefined for whatever else. The code counts in any case of letters. */
  redeem(actor: Actor, names: AccountNames, code: string): Promise<AccountRef | undefined>;
  /** An authorization code (RFC 7636, S256): 48 alphanumerics, good for 5 minutes. `challenge`: base64url, no padding. */
  issueAuthorization(account: AccountRef, challenge: string): Promise<string>;
  /** The account of an authorization code, once; undefined for an unknown one or when the verifier is not the challenge's. */
  redeemAuthorization(code: string, verifier: string): Promise<AccountRef | undefined>;
}

/**
 * What people do with their own accounts of the `users` collection, in words of no dialect. Passwords obey the collection's
 * password field and must not be common ones: `invalid` with issues at `password` (`required`, `min_text_constraint`,
 * `max_password_constraint`, `common_password` …). Names: issues at `email` (`required`, `is_email`,
 * `email_domain_not_allowed`) and `username` (`required`, `min_text_constraint` below 3, `max_text_constraint` above 32,
 * `invalid_username` for other than a letter and alphanumerics, `not_allowed` where the collection has none).
 *
 * Whatever could tell who has an account costs and answers the same: mail is written and sent after the answer, by a bounded
 * queue (`busy` reason `mail_queue`). Attempts are held off per address and account (`busy` reason `too_many_attempts`).
 * Links in mail hold signed tokens, bound to the account's token key.
 */
export interface AccountFlows {
  readonly sessions: Sessions;
  readonly totp: SecondFactor;
  readonly codes: OneTimeCodes;

  /**
   * The account with this identity and password, of `users` and else of `_superusers`, or of the latter only where `of` says
   * so; undefined for unknown and wrong alike, at the same cost. The second factor ({@link SecondFactor.isOn}) is the caller's to ask for.
   */
  checkPassword(
    actor: Actor,
    login: { readonly identity: string; readonly password: string; readonly of?: 'superusers' },
  ): Promise<AccountRef | undefined>;

  /**
   * Makes an account, if the collection's create rule lets this actor (`forbidden` reason `rule_failed`), and mails a link to
   * verify its e-mail. An e-mail or name that is in use gets the same answer, and nothing happens. `not_configured` reason
   * `password_auth` where registration is off.
   */
  register(actor: Actor, wish: Registration, link?: MailLink): Promise<void>;
  /** Mails that link again, at most once in 4 hours. Never says whether there is such an account, or one to verify. */
  requestVerification(actor: Actor, email: string, link?: MailLink): Promise<void>;
  /** `invalid` reason `token`. */
  confirmVerification(token: string): Promise<AccountRef>;

  /**
   * Mails a link to set a new password, at most once an hour, or in the life of the link where that is shorter. Never says
   * whether there is such an account.
   */
  requestPasswordReset(actor: Actor, names: AccountNames, link?: MailLink): Promise<void>;
  /**
   * Sets the password, once, and ends every session. Of an account whose e-mail was not verified before, an authenticator app goes
   * as well. `invalid` reason `token`, or with issues (then the token is still good).
   */
  confirmPasswordReset(actor: Actor, token: string, password: string): Promise<AccountRef>;

  /**
   * Mails a link to the new address, which becomes the account's when it is followed. The same answer when the address is in
   * use. `unauthorized` for guests.
   */
  requestEmailChange(actor: Actor, newEmail: string, link?: MailLink): Promise<void>;
  /** Ends every session. `invalid` reason `token`; `conflict` reason `email_taken` when it is somebody else's by now. */
  confirmEmailChange(token: string): Promise<AccountRef>;
  /** Takes the e-mail away, where the collection does not require one and there is a user name; else `invalid` with issues. */
  removeEmail(actor: Actor): Promise<AccountRef>;

  /** null takes it away, where there is an e-mail. `conflict` reason `username_taken`, or `invalid` with issues. */
  changeUsername(actor: Actor, username: string | null): Promise<void>;
  /**
   * Sets a new password, given the old one (`invalid` with the issue `invalid_old_password` at `oldPassword`), and ends every
   * session. The result is the account to open a new one for.
   */
  changePassword(
    actor: Actor,
    change: { readonly oldPassword: string; readonly newPassword: string },
  ): Promise<AccountRef>;
  /** Removes the actor's own account and its files; what else holds it back is told as by the deletion of any record. */
  deleteAccount(actor: Actor): Promise<void>;

  /**
   * Makes an account that has neither e-mail nor a password that anybody knows, named `anon` and 6 more characters. Open its
   * session as `anonymous`. `not_configured` reason `anonymous` where that is off, or where the collection cannot hold one: it
   * needs a unique `username` field, and an `email` field that is not required.
   */
  createAnonymous(actor: Actor): Promise<AccountRef>;
  /**
   * Gives such an account a password and names. A user name is its own at once, an e-mail once it was confirmed. Ends every
   * session; the result is the account to open a new one for. `conflict` reason `not_anonymous`, `username_taken`.
   */
  promoteAnonymous(actor: Actor, wish: Registration, link?: MailLink): Promise<AccountRef>;

  /**
   * 32 bytes that only this installation knows, and others for each purpose (HKDF of a secret in the database). The purpose
   * is a name in the source, such as `list cursors`. `internal` before the core has started.
   */
  derivedKey(purpose: string): Uint8Array;
}
