/** Work in the order of its coming, without holding up the event loop. */
export interface Turns<T> {
  /** False when there is no room; then nothing is kept. */
  add(item: T, weight: number): boolean;
  /** Throws away what waits. */
  clear(): void;
  /** Resolves when nothing waits or works. */
  idle(): Promise<void>;
}

/** How much may wait. */
export interface TurnsLimits {
  readonly items: number;
  /** Of all weights together. */
  readonly weight: number;
}

/** Lets other work in after this many milliseconds of its own. */
const SLICE_MS = 5;

/** Calls `work` for one item after the other; it never fails, and calls `breathe` wherever it may be interrupted. */
export function createTurns<T>(
  limits: TurnsLimits,
  work: (item: T, breathe: () => Promise<void> | undefined) => Promise<void>,
): Turns<T> {
  let waiting: { readonly item: T; readonly weight: number }[] = [];
  let next = 0;
  let weight = 0;
  let active: Promise<void> | undefined;
  let since = 0;

  function breathe(): Promise<void> | undefined {
    if (performance.now() - since < SLICE_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        since = performance.now();
        resolve();
      });
    });
  }

  async function run(): Promise<void> {
    // The commit that brought the first item has not been answered yet; its writer comes first.
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
    for (let entry = take(); entry; entry = take()) {
      await work(entry.item, breathe);
      await breathe();
    }
    active = undefined;
  }

  function take() {
    const entry = waiting[next];
    if (!entry) {
      waiting = [];
      next = 0;
      return undefined;
    }
    next++;
    weight -= entry.weight;
    // What was taken must not stay in memory while more is added.
    if (next >= 1000) {
      waiting = waiting.slice(next);
      next = 0;
    }
    return entry;
  }

  return {
    add(item, itsWeight) {
      const isFull = waiting.length - next >= limits.items || weight + itsWeight > limits.weight;
      // One alone always fits, or a large one never would.
      if (isFull && waiting.length > next) return false;
      waiting.push({ item, weight: itsWeight });
      weight += itsWeight;
      active ??= run();
      return true;
    },
    clear() {
      waiting = [];
      next = 0;
      weight = 0;
    },
    idle: () => active ?? Promise.resolve(),
  };
}
