import type { Actor } from '../actor.ts';
import type { Collection, Rules, Schema } from '../collections/collection.ts';
import { AppError, notFound } from '../errors.ts';
import { isIntegerId } from '../fields/primary-key.ts';

/**
 * The text of the rule that this actor must meet, '' when nothing is asked of them. Throws `forbidden` reason
 * `superusers_only` when the rule is null, before anything is looked up.
 */
export function requireRule(actor: Actor, collection: Collection, action: keyof Rules): string {
  if (actor.kind === 'superuser') return '';
  const rule = collection.rules[action];
  if (rule === null) throw new AppError('forbidden', { reason: 'superusers_only' });
  return rule;
}

/** Views have no records of their own to write: `conflict` reason `view`. */
export function requireTable(collection: Collection): void {
  if (collection.type === 'view') throw new AppError('conflict', { reason: 'view' });
}

/**
 * Refuses as `not_found` what cannot be an id of this collection. SQLite would read `1e1` as the integer 10, and one record
 * must not have several names.
 */
export function requireId(collection: Collection, id: string): void {
  if (!canBeId(collection, id)) throw notFound('record');
}

/** See {@link requireId}. */
export function canBeId(collection: Collection, id: string): boolean {
  return collection.idKind !== 'integer' || isIntegerId(id);
}

/**
 * Refuses as `busy` reason `schema_changed` what was worked out for an older state of the collection: a definition may change
 * while a write waits for its turn, or for a password to be hashed. Called inside the transaction.
 */
export function requireCurrent(schema: Schema, collection: Collection): void {
  if (schema.byId(collection.id)?.version !== collection.version) {
    throw new AppError('busy', { reason: 'schema_changed' });
  }
}

/** Whether the actor is this record of this collection. */
export function isSelf(actor: Actor, collection: Collection, id: unknown): boolean {
  return actor.kind === 'account' && actor.collection.id === collection.id && actor.record.id === id;
}

/** The manage rule that might elevate this actor, if there is one. Guests and blank rules never do. */
export function manageRuleFor(actor: Actor, collection: Collection): string | undefined {
  if (actor.kind !== 'account') return undefined;
  return collection.auth?.manageRule || undefined;
}
