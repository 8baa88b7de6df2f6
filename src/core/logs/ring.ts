/** The latest items that wait, and how many had to go. */
export interface Ring<T> {
  /** Adds an item; the oldest goes when there is no room. */
  push(item: T): void;
  /** Takes the oldest items out, at most so many. */
  take(most: number): T[];
  readonly size: number;
  /** How many went since the last call. */
  takeDropped(): number;
}

/** Makes a {@link Ring} with room for `capacity` items. */
export function createRing<T>(capacity: number): Ring<T> {
  const slots = new Array<T | undefined>(capacity).fill(undefined);
  let first = 0;
  let size = 0;
  let dropped = 0;

  return {
    push(item) {
      slots[(first + size) % capacity] = item;
      if (size < capacity) {
        size++;
        return;
      }
      first = (first + 1) % capacity;
      dropped++;
    },
    take(most) {
      const items: T[] = [];
      for (; items.length < most && size > 0; size--) {
        const item = slots[first];
        slots[first] = undefined;
        first = (first + 1) % capacity;
        if (item !== undefined) items.push(item);
      }
      return items;
    },
    get size() {
      return size;
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}
