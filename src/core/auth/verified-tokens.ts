import { stringifyJson } from '../../lib/lossless-json.ts';
import { createLru } from '../../lib/lru.ts';
import type { Collection } from '../collections/collection.ts';
import type { Database } from '../ports/database.ts';
import type { RecordValues } from '../records/record.ts';
import type { Records } from '../records/records.ts';

/** How tokens of one form are read; `C` is what is known of one once it was read. */
export interface TokenForm<C> {
  /** What a token says. Undefined for what is none. */
  read(token: string): Promise<C | undefined>;
  /** Where its account is, if it counts at this moment; undefined when it expired or is of another kind. Asked each time. */
  account(claims: C): { readonly collection: Collection; readonly id: string } | undefined;
  /** What ties a token to the account as it is now; undefined when nothing can be tied to it. */
  keyOf(collection: Collection, record: RecordValues, claims: C): string | undefined;
  /** Whether the token is tied to this key. Asked again only when the key is another. */
  verify(token: string, claims: C, key: string): Promise<boolean>;
}

/** Finds the accounts of tokens. */
export interface VerifiedTokens<C> {
  /** Undefined for whatever is no valid token of an account that exists, and for claims that are not wanted. */
  find(token: string, isWanted?: (claims: C) => boolean): Promise<TokenFound<C> | undefined>;
}

/** A valid token. */
export interface TokenFound<C> {
  readonly collection: Collection;
  readonly record: RecordValues;
  readonly claims: C;
}

/** Accounts whose tokens stay verified; some 500 bytes each. */
const REMEMBERED = 10_000;
/** Accounts of more characters are read each time, so that those remembered stay small. */
const LARGEST_ACCOUNT = 2000;
/** Ours have some 500 characters at most. */
const LONGEST = 4096;

interface Verified<C> {
  readonly claims: C;
  /** The key that the token was verified with. */
  readonly key: string;
  /** The account as it was at `version` of the database; undefined when it is large. */
  readonly record: RecordValues | undefined;
  readonly version: number;
}

/**
 * Makes {@link VerifiedTokens}. A token that was verified is remembered together with the key it was verified with. Each use
 * looks at the account: it is read again whenever anything was committed since, and a key that changed means verifying
 * again, which then fails.
 */
export function createVerifiedTokens<C>(
  form: TokenForm<C>,
  {
    records,
    database,
  }: { readonly records: Pick<Records, 'findStored'>; readonly database: Pick<Database, 'version'> },
): VerifiedTokens<C> {
  const verified = createLru<string, Verified<C>>(REMEMBERED);

  return {
    async find(token, isWanted = () => true) {
      if (token.length > LONGEST) return undefined;
      const known = verified.get(token);
      const claims = known ? known.claims : await form.read(token);
      const account = claims && isWanted(claims) ? form.account(claims) : undefined;
      if (!claims || !account) return undefined;
      const { collection, id } = account;
      // Before the read: what is committed during it makes the entry old, not wrong.
      const { version } = database;
      const kept = known?.version === version ? known.record : undefined;
      const record = kept ?? (await records.findStored(collection, id));
      const key = record && form.keyOf(collection, record, claims);
      if (!key) return undefined;

      if (known?.key !== key && !(await form.verify(token, claims, key))) return undefined;
      if (!kept) verified.set(token, { claims, key, record: isSmall(record) ? record : undefined, version });
      return { collection, record, claims };
    },
  };
}

function isSmall(record: RecordValues): boolean {
  let size = 0;
  for (const name in record) {
    const value = record[name];
    if (typeof value === 'string') size += value.length;
    else if (typeof value === 'object' && value !== null) size += stringifyJson(value)?.length ?? 0;
    if (size > LARGEST_ACCOUNT) return false;
  }
  return true;
}
