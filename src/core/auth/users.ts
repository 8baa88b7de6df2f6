import { type Actor, type Superuser, systemActor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Collections } from '../collections/collections.ts';
import { AppError, type Issue, invalid } from '../errors.ts';
import { checksOf } from '../fields/field.ts';
import { fieldType } from '../fields/index.ts';
import type { RecordInput } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import { hasUniqueIndex } from '../records/unique-index.ts';
import type { AccountNames } from './account-flows.ts';
import { findByIdentity } from './password-login.ts';
import type { AccountRef } from './sessions.ts';

/** The accounts of the collection `users`. */
export interface Users {
  /** `not_configured` reason `users` where there is no such auth collection. */
  collection(): Collection;
  /** The account of an e-mail, as it is written or in small letters, or, without one, of a user name. */
  find(names: AccountNames): Promise<AccountRef | undefined>;
  /** `invalid` with issues for names that no account of a collection, `users` if not said otherwise, may have. */
  checkNames(names: AccountNames, of?: Collection): void;
  /** The actor's account of whatever collection, as it is stored now. `unauthorized` for guests. */
  own(actor: Actor): Promise<AccountRef>;
  /** Changes an account on its holder's behalf, without rules; the result is the account after it. The actor is who asks, if known. */
  change(actor: Actor | undefined, account: AccountRef, input: RecordInput): Promise<AccountRef>;
}

const USERS = 'users';
const SHORTEST_NAME = 3;
const LONGEST_NAME = 32;

/** Makes {@link Users}. */
export function createUsers(deps: {
  readonly collections: Pick<Collections, 'schema'>;
  readonly records: Records;
}): Users {
  const { collections, records } = deps;

  function findCollection(): Collection | undefined {
    const found = collections.schema.byName(USERS);
    return found?.auth ? found : undefined;
  }

  function collection(): Collection {
    const found = findCollection();
    if (!found) throw new AppError('not_configured', { reason: 'users' });
    return found;
  }

  async function reload({ collection, record }: AccountRef): Promise<AccountRef> {
    const found = await records.findStored(collection, String(record.id));
    if (!found) throw new AppError('unauthorized');
    return { collection, record: found };
  }

  return {
    collection,
    async find({ email, username }) {
      const users = findCollection();
      const [field, value] = email ? ['email', email] : ['username', username];
      if (!users || !value || (field === 'username' && !hasUsernames(users))) return undefined;
      const forms = field === 'email' ? [value, plainEmail(value)] : [value];
      // Always both: who is found by the first must not be found sooner.
      const [exact, plain] = await Promise.all(
        forms.map((form) => findByIdentity(records, users, field, form)),
      );
      const record = exact ?? plain;
      return record && { collection: users, record };
    },
    checkNames(names, of = collection()) {
      const issues = [...emailIssues(of, names), ...usernameIssues(of, names)];
      if (issues.length > 0) throw invalid(...issues);
    },
    own(actor) {
      if (actor.kind === 'guest' || !actor.collection || !actor.record) throw new AppError('unauthorized');
      return reload({ collection: actor.collection, record: actor.record });
    },
    async change(actor, account, input) {
      await records.update(onBehalf(actor), account.collection, String(account.record.id), input);
      return reload(account);
    },
  };
}

/** An e-mail as accounts get it here: in small letters, for people write theirs in one way and another. */
export function plainEmail(email: string): string {
  return email.toLowerCase();
}

/** The product itself, in the place of the caller: hashing counts for the caller's address. */
export function onBehalf(actor: Actor | undefined): Superuser {
  return actor ? { ...systemActor, request: actor.request } : systemActor;
}

/** Whether accounts of the collection may go by a user name: it has a text field `username` with a unique index. */
export function hasUsernames(collection: Collection): boolean {
  const field = collection.fields.find(({ name }) => name === 'username');
  return field?.type === 'text' && hasUniqueIndex(collection, 'username');
}

/** Whether accounts of the collection may lack an e-mail: its `email` field is not required. */
export function mayLackEmail(collection: Collection): boolean {
  return collection.fields.find(({ name }) => name === 'email')?.required === false;
}

/** Whether a write failed for nothing but an e-mail or a name that is somebody else's. */
export function isTaken(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'invalid' || error.issues.length === 0) return false;
  return error.issues.every(
    ({ path, code }) => code === 'not_unique' && (path === 'email' || path === 'username'),
  );
}

function emailIssues(collection: Collection, { email = '', username = '' }: AccountNames): readonly Issue[] {
  const field = collection.fields.find(({ name }) => name === 'email');
  if (email === '') {
    const isMissing = !mayLackEmail(collection) || username === '';
    return isMissing ? [{ path: 'email', code: 'required' }] : [];
  }
  if (!field) return [];
  const context = { action: 'create', original: undefined, recordId: '', ...checksOf({}) } as const;
  return fieldType(field)
    .validate(email, field, context)
    .map((issue) => ({ ...issue, path: 'email' }));
}

function usernameIssues(collection: Collection, { username }: AccountNames): readonly Issue[] {
  const issue = (code: string, params?: Issue['params']): readonly Issue[] => [
    { path: 'username', code, ...(params && { params }) },
  ];
  if (username === undefined) return [];
  if (!hasUsernames(collection)) return issue('not_allowed');
  if (username === '') return issue('required');
  if (username.length < SHORTEST_NAME) return issue('min_text_constraint', { min: SHORTEST_NAME });
  if (username.length > LONGEST_NAME) return issue('max_text_constraint', { max: LONGEST_NAME });
  // In compatible forms (NFKC), so that no two names differ only in how their letters are drawn.
  const isPlain = /^\p{L}[\p{L}\p{N}]*$/u.test(username) && username === username.normalize('NFKC');
  return isPlain ? [] : issue('invalid_username');
}
