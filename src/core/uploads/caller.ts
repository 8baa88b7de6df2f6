import { addressBlock } from '../../lib/address-block.ts';
import type { Actor } from '../actor.ts';

/** The {@link callerOf} of everybody who is not identified. */
export const GUEST = 'guest';

/** Who an upload belongs to. */
export function callerOf(actor: Actor): string {
  if (actor.kind === 'guest') return GUEST;
  return `${actor.kind} ${actor.collection?.id ?? ''}/${String(actor.record?.id ?? '')}`;
}

/** Whom an open upload counts for: guests are told apart by where they come from. */
export function sourceOf(actor: Actor): string {
  if (actor.kind !== 'guest') return callerOf(actor);
  const { address } = actor.request;
  return address === undefined ? GUEST : `${GUEST} ${addressBlock(address)}`;
}
