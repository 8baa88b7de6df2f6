/** Something that can be kept by text: it remembers when it was used and can be ended. */
export interface Cached {
  tick: number;
  finalize(): void;
}

/** Statements by text. */
export interface StatementCache<T extends Cached> {
  /** The statement of a text, compiled when it is not there. Throws what compiling throws. */
  get(text: string): T;
  /** Ends them all: after a change of the schema, or before closing. */
  clear(): void;
  readonly size: number;
}

/**
 * Keeps at most `limit` statements. When it is full, the quarter that was used longest ago is ended at once, so that a
 * hit costs one look-up and no reordering.
 */
export function createStatementCache<T extends Cached>(
  limit: number,
  compile: (text: string) => T,
): StatementCache<T> {
  const entries = new Map<string, T>();
  let clock = 0;

  function evict(): void {
    const byAge = [...entries].sort(([, a], [, b]) => a.tick - b.tick);
    for (const [text, entry] of byAge.slice(0, Math.max(1, limit >> 2))) {
      entries.delete(text);
      entry.finalize();
    }
  }

  return {
    get(text) {
      let entry = entries.get(text);
      if (entry === undefined) {
        entry = compile(text);
        if (entries.size >= limit) evict();
        entries.set(text, entry);
      }
      entry.tick = ++clock;
      return entry;
    },
    clear() {
      for (const entry of entries.values()) entry.finalize();
      entries.clear();
    },
    get size() {
      return entries.size;
    },
  };
}
