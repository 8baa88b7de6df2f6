import { addressBlock } from '../../lib/address-block.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Passwords } from '../ports/passwords.ts';
import type { Draft } from './input.ts';
import type { Shape } from './shape.ts';

/**
 * Runs a guess at the password of the record of that id, whether there is one or not. Throws `busy` reason `too_many_attempts`
 * instead after too many wrong ones.
 */
export type GuessPassword = (
  actor: Actor,
  collection: Collection,
  id: string,
  run: () => Promise<boolean>,
) => Promise<boolean>;

/** Hashes of the passwords that an input sets, by field name; made before the transaction, since hashing takes long. */
export type Hashes = ReadonlyMap<string, string>;

/** Fields that the input sets and that are stored as a hash only. */
export function passwordsToHash(shape: Shape, draft: Draft): readonly string[] {
  return shape.secrets.filter((name) => draft.sent.has(name) && draft.values[name] !== '');
}

/** Whose hashing counts together: all that comes from one address. */
export function callerOf({ request: { address } }: Actor): string | undefined {
  return address && addressBlock(address);
}

/** Of an input without passwords. */
export const NO_HASHES: Hashes = new Map();

/** Hashes them one after another. Throws `busy` when the queue is full. */
export async function hashPasswords(
  passwords: Passwords,
  names: readonly string[],
  draft: Draft,
  actor: Actor,
): Promise<Hashes> {
  const caller = callerOf(actor);
  const hashes = new Map<string, string>();
  for (const name of names) hashes.set(name, await passwords.hash(String(draft.values[name]), caller));
  return hashes;
}

/** The draft's values with hashes in place of passwords. Throws `internal` rather than let a plain one through. */
export function replacePasswords(shape: Shape, draft: Draft, hashes: Hashes): Record<string, unknown> {
  const values = { ...draft.values };
  for (const name of passwordsToHash(shape, draft)) {
    const hash = hashes.get(name);
    if (hash === undefined) throw new AppError('internal', { reason: 'password_not_hashed' });
    values[name] = hash;
  }
  return values;
}
