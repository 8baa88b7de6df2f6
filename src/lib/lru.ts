/** A map that forgets what was used longest ago. */
export interface Lru<K, V> {
  /** The value, which becomes the most recently used; `undefined` when absent. */
  get(key: K): V | undefined;
  /** Stores a value as the most recently used, and forgets the oldest beyond the capacity. */
  set(key: K, value: V): void;
  delete(key: K): boolean;
  clear(): void;
  readonly size: number;
}

/**
 * Makes an {@link Lru} of at most `capacity` entries (at least 1). Values must not be `undefined`.
 *
 * A `Map` keeps insertion order, so moving an entry to the end is delete and set. To keep hits cheap, entries live in two
 * generations of half the capacity each: a hit in the young one moves nothing; a full young one becomes the old one, and
 * the old one's leftovers are forgotten. So an entry survives at least `capacity / 2` other insertions after its last use.
 */
export function createLru<K, V>(capacity: number): Lru<K, V> {
  const half = Math.max(1, Math.floor(capacity / 2));
  let young = new Map<K, V>();
  let old = new Map<K, V>();

  function add(key: K, value: V): void {
    if (young.size >= half && !young.has(key)) {
      old = capacity > 1 ? young : new Map();
      young = new Map();
    }
    young.set(key, value);
  }

  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      if (aged === undefined) return undefined;
      old.delete(key);
      add(key, aged);
      return aged;
    },
    set(key, value) {
      old.delete(key);
      add(key, value);
    },
    delete(key) {
      const wasYoung = young.delete(key);
      return old.delete(key) || wasYoung;
    },
    clear() {
      young = new Map();
      old = new Map();
    },
    get size() {
      return young.size + old.size;
    },
  };
}
