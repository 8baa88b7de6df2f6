import { SUPERUSERS } from '../collections/collection.ts';
import type { Issue } from '../errors.ts';
import { castText } from '../fields/values.ts';
import type { Draft } from './input.ts';
import type { RecordInput, RecordValues } from './record.ts';
import type { Shape } from './shape.ts';

/** The passwords of an input to an auth collection; '' where one was not sent. */
export interface Credentials {
  readonly password: string;
  readonly passwordConfirm: string;
  readonly oldPassword: string;
}

/** Reads the password keys, two of which are no fields. */
export function readCredentials(input: RecordInput): Credentials {
  return {
    password: toText(input.password),
    passwordConfirm: toText(input.passwordConfirm),
    oldPassword: toText(input.oldPassword),
  };
}

/** What {@link checkAccount} looks at. */
export interface AccountChange {
  readonly draft: Draft;
  /** The account before the change; undefined for a new one. */
  readonly stored: RecordValues | undefined;
  readonly credentials: Credentials;
  /** The actor is a superuser or meets the manage rule. */
  readonly managed: boolean;
  /** Whether the old password was shown to be right; asked only when it is needed. */
  oldPasswordFits(): Promise<boolean>;
}

/** Issues of the protections that only accounts have (specs/pocketbase.md 5); they come before those of the fields. */
export async function checkAccount(change: AccountChange): Promise<readonly Issue[]> {
  const { stored, managed, draft } = change;
  const issues: Issue[] = [];
  if (stored && !managed && draft.values.email !== stored.email) issues.push(mismatch('email'));
  const verified = stored ? stored.verified === true : false;
  if (!managed && (draft.values.verified === true) !== verified) issues.push(mismatch('verified'));
  issues.push(...(await checkPasswords(change)));
  return issues;
}

/**
 * Completes a draft that passed {@link checkAccount} with what the server decides: a new token key whenever the password
 * or the e-mail changes, so that every outstanding token ends; superusers are always verified.
 */
export function settleAccount(
  shape: Shape,
  draft: Draft,
  stored: RecordValues | undefined,
  newPassword: boolean,
  newTokenKey: () => unknown,
): void {
  const { values } = draft;
  if (shape.collection.name === SUPERUSERS) values.verified = true;
  if (!stored || values.tokenKey !== stored.tokenKey) return;
  if (newPassword || values.email !== stored.email) values.tokenKey = newTokenKey();
}

async function checkPasswords(change: AccountChange): Promise<readonly Issue[]> {
  const { stored, managed, credentials } = change;
  const { password, passwordConfirm, oldPassword } = credentials;
  const issues: Issue[] = [];
  if (password === '' && (!stored || passwordConfirm !== '' || oldPassword !== '')) {
    issues.push({ path: 'password', code: 'required' });
  }
  if (passwordConfirm === '' && (!stored || password !== '' || oldPassword !== '')) {
    issues.push({ path: 'passwordConfirm', code: 'required' });
  } else if (passwordConfirm !== password) {
    issues.push(mismatch('passwordConfirm'));
  }
  if (stored && !managed && (password !== '' || passwordConfirm !== '')) {
    if (oldPassword === '') issues.push({ path: 'oldPassword', code: 'required' });
    else if (!(await change.oldPasswordFits()))
      issues.push({ path: 'oldPassword', code: 'invalid_old_password' });
  }
  return issues;
}

function mismatch(path: string): Issue {
  return { path, code: 'values_mismatch' };
}

function toText(value: unknown): string {
  const text = castText(value);
  return typeof text === 'string' ? text : '';
}
