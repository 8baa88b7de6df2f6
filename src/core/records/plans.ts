import { createLru, type Lru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';

/**
 * Prepared statements of one operation, per collection and key, bounded. Everything is forgotten as soon as any
 * collection changes, since conditions reach into others.
 */
export interface Plans<P extends object> {
  find(collection: Collection, key: string, make: () => P): P;
}

/** Makes an empty {@link Plans} of at most `capacity` plans per collection. */
export function createPlans<P extends object>(schema: () => Schema, capacity: number): Plans<P> {
  let version = -1;
  let known = new WeakMap<Collection, Lru<string, P>>();

  return {
    find(collection, key, make) {
      const current = schema().version;
      if (current !== version) {
        version = current;
        known = new WeakMap();
      }
      let plans = known.get(collection);
      if (!plans) {
        plans = createLru(capacity);
        known.set(collection, plans);
      }
      const found = plans.get(key);
      if (found) return found;
      const made = make();
      plans.set(key, made);
      return made;
    },
  };
}

/** The part of a plan's key that depends on who asks: what a condition's text may differ by. */
export function actorKey(actor: Actor): string {
  switch (actor.kind) {
    case 'guest':
      return '';
    case 'account':
      return actor.collection.id;
    case 'superuser':
      return actor.collection === undefined ? '!' : `!${actor.collection.id}`;
  }
}
