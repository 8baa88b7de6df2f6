/** Contents in memory, by object and variant of it, bounded by weight; the objects used longest ago go first. */
export interface ContentCache<V> {
  get(objectId: string, variant: string): V | undefined;
  /** `weight` in bytes. What alone weighs more than the bound is not kept. */
  set(objectId: string, variant: string, value: V, weight: number): void;
  /** Forgets one variant. */
  delete(objectId: string, variant: string): void;
  /** Forgets all variants of an object. */
  drop(objectId: string): void;
  /** Bytes held now. */
  readonly weight: number;
}

interface Held<V> {
  readonly variants: Map<string, { readonly value: V; readonly weight: number }>;
  weight: number;
}

/** What an entry costs beside its content: maps, strings, the view on the bytes. */
const OVERHEAD = 512;

/** Makes a {@link ContentCache} of at most `maxWeight` bytes. Contents are immutable, so nothing in it can be stale. */
export function createContentCache<V>(maxWeight: number): ContentCache<V> {
  // Insertion order is order of use: a hit moves its object to the end.
  const objects = new Map<string, Held<V>>();
  let total = 0;

  function remove(objectId: string, variant: string): void {
    const held = objects.get(objectId);
    const old = held?.variants.get(variant);
    if (held === undefined || old === undefined) return;
    held.variants.delete(variant);
    held.weight -= old.weight;
    total -= old.weight;
    if (held.variants.size === 0) objects.delete(objectId);
  }

  function drop(objectId: string): void {
    const held = objects.get(objectId);
    if (held === undefined) return;
    total -= held.weight;
    objects.delete(objectId);
  }

  return {
    get(objectId, variant) {
      const held = objects.get(objectId);
      const found = held?.variants.get(variant);
      if (held === undefined || found === undefined) return undefined;
      objects.delete(objectId);
      objects.set(objectId, held);
      return found.value;
    },
    set(objectId, variant, value, contentWeight) {
      const weight = contentWeight + OVERHEAD;
      remove(objectId, variant);
      if (weight > maxWeight) return;
      const held = objects.get(objectId) ?? { variants: new Map(), weight: 0 };
      held.variants.set(variant, { value, weight });
      held.weight += weight;
      total += weight;
      objects.delete(objectId);
      objects.set(objectId, held);
      for (const oldest of objects.keys()) {
        if (total <= maxWeight) break;
        drop(oldest);
      }
    },
    delete: remove,
    drop,
    get weight() {
      return total;
    },
  };
}
