import type { Field } from '../fields/field.ts';

/** `view` is declared for readers of old data; it cannot be created yet. */
export type CollectionType = 'base' | 'auth' | 'view';

/** A stored rule: null = superusers only, '' = everyone, text = expression. */
export type Rule = string | null;

/** Rules per action on the records of a collection. */
export interface Rules {
  readonly list: Rule;
  readonly view: Rule;
  readonly create: Rule;
  readonly update: Rule;
  readonly delete: Rule;
}

/** Lifetime in seconds and signing secret of one kind of token. The secret never leaves the server. */
export interface TokenOptions {
  readonly duration: number;
  readonly secret: string;
}

/** An e-mail template. */
export interface MailTemplate {
  readonly subject: string;
  readonly body: string;
}

/** What an auth collection adds (specs/pocketbase.md 3). */
export interface AuthOptions {
  readonly authRule: Rule;
  readonly manageRule: Rule;
  readonly authAlert: { readonly enabled: boolean; readonly emailTemplate: MailTemplate };
  readonly oauth2: {
    readonly enabled: boolean;
    readonly providers: readonly Readonly<Record<string, unknown>>[];
    readonly mappedFields: {
      readonly id: string;
      readonly name: string;
      readonly username: string;
      readonly avatarURL: string;
    };
  };
  readonly passwordAuth: { readonly enabled: boolean; readonly identityFields: readonly string[] };
  readonly mfa: { readonly enabled: boolean; readonly duration: number; readonly rule: string };
  readonly otp: {
    readonly enabled: boolean;
    readonly duration: number;
    readonly length: number;
    readonly emailTemplate: MailTemplate;
  };
  readonly authToken: TokenOptions;
  readonly passwordResetToken: TokenOptions;
  readonly emailChangeToken: TokenOptions;
  readonly verificationToken: TokenOptions;
  readonly fileToken: TokenOptions;
  readonly verificationTemplate: MailTemplate;
  readonly resetPasswordTemplate: MailTemplate;
  readonly confirmEmailChangeTemplate: MailTemplate;
}

/** How ids of a collection's records look: 15-char text, 64-bit integer, or UUIDv7 text. */
export type IdKind = 'text' | 'integer' | 'uuid';

/** One collection as the metadata cache holds it. Immutable; a change makes a new object with a new `version`. */
export interface Collection {
  readonly id: string;
  readonly name: string;
  readonly type: CollectionType;
  readonly system: boolean;
  readonly idKind: IdKind;
  readonly fields: readonly Field[];
  /** Raw `CREATE [UNIQUE] INDEX …` texts, parsed and rewritten to this table when saved. */
  readonly indexes: readonly string[];
  readonly rules: Rules;
  /** For `auth` collections only. */
  readonly auth: AuthOptions | undefined;
  /** What dialects keep with the collection, by their names: JSON that only they read. */
  readonly dialects: Readonly<Record<string, unknown>>;
  readonly created: string;
  readonly updated: string;
  /** Unique to this state of this collection within the process; a cache key. */
  readonly version: number;
}

/**
 * The metadata cache: every collection as of the last commit. `version` changes whenever any collection does; compiled
 * rules and statements are cached under it.
 */
export interface Schema {
  readonly version: number;
  readonly collections: readonly Collection[];
  byId(id: string): Collection | undefined;
  /** Case-insensitive, by name only. */
  byName(name: string): Collection | undefined;
  /** By id, then by name. */
  find(idOrName: string): Collection | undefined;
}

/** Name of the collection whose records are superusers. */
export const SUPERUSERS = '_superusers';

/** Name of the collection whose accounts sign up and recover themselves (`auth/account-flows.ts`). */
export const USERS = 'users';
