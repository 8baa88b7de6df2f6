import type { Actor } from './actor.ts';
import { AppError } from './errors.ts';

/** Throws `unauthorized` for a guest, and `forbidden` reason `superusers_only` for an account. */
export function requireSuperuser(actor: Actor): void {
  if (actor.kind === 'guest') throw new AppError('unauthorized');
  if (actor.kind !== 'superuser') throw new AppError('forbidden', { reason: 'superusers_only' });
}
