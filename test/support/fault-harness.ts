/** What a run of a {@link FaultHarness} found. */
export interface FaultReport {
  /** Faults, deaths or scripts that were gone through and looked at afterwards. */
  readonly cycles: number;
  /** Operations that the product had acknowledged, each of them compared afterwards. */
  readonly acknowledged: number;
  /** One sentence for each promise that was broken; none when all is well. */
  readonly violations: readonly string[];
}

/** How a harness is run. */
export interface FaultRun {
  /**
   * `short`: a fixed, small set of faults, as a `*.test.ts` runs it in a few seconds. `long`: everything the harness knows,
   * and then on with random choices until `seconds` have passed.
   */
  readonly form: 'short' | 'long';
  /** About how long it may take. A cycle that was begun is finished; a set that must be complete may take longer. */
  readonly seconds: number;
  /** All choices of a run follow from it (see {@link generator}). */
  readonly seed: number;
}

/**
 * One kind of fault against one driver. It makes its own folder, stand-ins and servers, and removes them again whatever
 * happens. It rejects only when the harness itself could not work; what the product does wrong is a violation.
 * Harnesses are listed in `test/faults/harnesses.ts`; `bun run faults` runs their long form.
 */
export interface FaultHarness {
  /** What is done to the product, e.g. `kill -9`. */
  readonly name: string;
  /** The storage driver (`local`, `s3`, `gcs`, `azure`), or what else is under test, e.g. `tus`. */
  readonly driver: string;
  /** Its part of the time of a long run, relative to the others; default 1. */
  readonly share?: number;
  /** Why it cannot run on this machine, as a sentence; undefined when it can. */
  unavailable?(): string | undefined | Promise<string | undefined>;
  run(options: FaultRun): Promise<FaultReport>;
}

/** The seed of this run: `DOSSIER_TEST_SEED`, or one that is the same every time. */
export function testSeed(): number {
  return Number(process.env.DOSSIER_TEST_SEED ?? 20_260_309);
}

/** Numbers below 1 that follow from a seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
