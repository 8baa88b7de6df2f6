import { sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import { type Issue, invalid } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { Passwords } from '../ports/passwords.ts';
import type { RecordValues } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import type { PasswordLogin } from './auth.ts';

/** What {@link createPasswordCheck} is made of. */
export interface PasswordCheckDeps {
  readonly records: Pick<Records, 'findStoredBy'>;
  readonly passwords: Passwords;
  readonly database: Database;
  readonly log: Log;
}

/** Most characters of an identity or a password. */
const LONGEST = 255;

/** Throws `invalid` with issues for a login that cannot be looked up: blank, too long, or by a field that is none. */
export function checkLoginInput(collection: Collection, login: PasswordLogin): void {
  const issues: Issue[] = [];
  for (const path of ['identity', 'password'] as const) {
    if (login[path] === '') issues.push({ path, code: 'required' });
    else if (login[path].length > LONGEST) {
      issues.push({ path, code: 'length_out_of_range', params: { min: 1, max: LONGEST } });
    }
  }
  const { identityField } = login;
  if (identityField && !collection.auth?.passwordAuth.identityFields.includes(identityField)) {
    issues.push({ path: 'identityField', code: 'in_invalid' });
  }
  if (issues.length > 0) throw invalid(...issues);
}

/**
 * Finds the account of a login whose password is right; undefined otherwise. An account that does not exist or has no
 * password costs as much time as a wrong password (SECURITY-REQUIREMENTS 7.2). A right password whose hash is of an older
 * form is hashed anew; the token key stays, so sessions go on.
 */
export function createPasswordCheck({ records, passwords, database, log }: PasswordCheckDeps) {
  async function find(collection: Collection, login: PasswordLogin): Promise<RecordValues | undefined> {
    for (const field of identityFields(collection, login)) {
      const found = await findByIdentity(records, collection, field, login.identity);
      if (found) return found;
    }
    return undefined;
  }

  async function renew(
    collection: Collection,
    record: RecordValues,
    old: string,
    password: string,
  ): Promise<void> {
    try {
      const hash = await passwords.hash(password);
      // Compares the old hash: a password that was changed meanwhile must win.
      const statement = database.prepare(sql`
        UPDATE ${sql.identifier(collection.name)} SET ${sql.identifier('password')} = ${hash}
        WHERE ${sql.identifier('id')} = ${record.id} AND ${sql.identifier('password')} = ${old}`);
      await database.write((tx) => tx.run(statement));
    } catch (cause) {
      // The login is right all the same; the next one tries again.
      log.warn('auth.rehash_failed', { collection: collection.name, record: record.id, cause });
    }
  }

  return async (
    collection: Collection,
    login: PasswordLogin,
    caller?: string,
  ): Promise<RecordValues | undefined> => {
    const record = await find(collection, login);
    const hash = record?.password;
    if (!record || typeof hash !== 'string' || hash === '') {
      await passwords.burn(login.password, caller);
      return undefined;
    }
    if (!(await passwords.verify(login.password, hash, caller))) return undefined;
    if (passwords.isOutdated(hash)) await renew(collection, record, hash, login.password);
    return record;
  };
}

/** The account that has this value in a unique field, compared as its index does; '' is nobody's. */
export async function findByIdentity(
  records: Pick<Records, 'findStoredBy'>,
  collection: Collection,
  field: string,
  value: string,
): Promise<RecordValues | undefined> {
  if (value === '') return undefined;
  return records.findStoredBy(collection, field, value, isCaseInsensitive(collection, field));
}

/** The fields to look in, in order: e-mail first when the identity looks like one (specs/pocketbase.md 8.2). */
function identityFields(collection: Collection, login: PasswordLogin): readonly string[] {
  if (login.identityField) return [login.identityField];
  const fields = collection.auth?.passwordAuth.identityFields ?? [];
  const looksLikeMail = /^[^\s@]+@[^\s@]+$/.test(login.identity);
  return looksLikeMail && fields.includes('email')
    ? ['email', ...fields.filter((field) => field !== 'email')]
    : fields;
}

/** Whether the field's unique index compares without case. */
function isCaseInsensitive(collection: Collection, field: string): boolean {
  const column = RegExp.escape(field);
  const folded = new RegExp(`\\(\\s*["\`[]?${column}["\`\\]]?\\s+COLLATE\\s+NOCASE\\b[^,]*\\)`, 'i');
  return collection.indexes.some((index) => /^\s*CREATE\s+UNIQUE\b/i.test(index) && folded.test(index));
}
