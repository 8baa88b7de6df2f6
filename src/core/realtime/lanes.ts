/** Work that is in order within a lane, while no lane waits for another. */
export interface Lanes {
  /** False when there is no room; then nothing is kept. `work` never fails. */
  add(lane: object, weight: number, work: () => Promise<void>): boolean;
  /** Throws away what waits. */
  clear(): void;
  /** Resolves when nothing waits or works. */
  idle(): Promise<void>;
}

/** How much may wait, and work. */
export interface LanesLimits {
  /** In one lane. */
  readonly items: number;
  /** Of all weights together. */
  readonly weight: number;
  /** Lanes that work at the same time. */
  readonly atOnce: number;
}

interface Lane {
  readonly key: object;
  readonly waiting: { readonly weight: number; work(): Promise<void> }[];
}

/** Makes empty {@link Lanes}. Each piece of work begins in a turn of the event loop of its own, so that others come between. */
export function createLanes(limits: LanesLimits): Lanes {
  const lanes = new Map<object, Lane>();
  const ready: Lane[] = [];
  let weight = 0;
  let atWork = 0;
  let empty = Promise.withResolvers<void>();
  empty.resolve();

  function begin(): void {
    while (atWork < limits.atOnce) {
      const lane = ready.shift();
      if (!lane) break;
      atWork++;
      setImmediate(() => void step(lane));
    }
    if (lanes.size === 0) empty.resolve();
  }

  async function step(lane: Lane): Promise<void> {
    const item = lane.waiting.shift();
    if (item) {
      await item.work();
      weight -= item.weight;
    }
    atWork--;
    if (lane.waiting.length > 0) ready.push(lane);
    else lanes.delete(lane.key);
    begin();
  }

  function open(key: object): Lane {
    const lane: Lane = { key, waiting: [] };
    if (lanes.size === 0) empty = Promise.withResolvers();
    lanes.set(key, lane);
    ready.push(lane);
    return lane;
  }

  return {
    add(key, itsWeight, work) {
      const known = lanes.get(key);
      if (known && known.waiting.length >= limits.items) return false;
      if (weight > 0 && weight + itsWeight > limits.weight) return false;
      const lane = known ?? open(key);
      lane.waiting.push({ weight: itsWeight, work });
      weight += itsWeight;
      begin();
      return true;
    },
    clear() {
      for (const { waiting } of lanes.values()) {
        for (const item of waiting.splice(0)) weight -= item.weight;
      }
    },
    idle: () => empty.promise,
  };
}
