import type { Actor, Core } from '../../../core/index.ts';

type Step = ReturnType<Core['storages']['verify']> extends AsyncIterable<infer One> ? One : never;

/** Something wrong between catalogue and bytes. */
type Finding = Extract<Step, { kind: 'finding' }>;

/** How a comparison of catalogue and storages stands. Times in milliseconds since the epoch. */
export interface Verification {
  readonly started: number;
  /** Undefined while it runs. */
  readonly ended: number | undefined;
  /** Whether contents are compared, and not sizes alone. */
  readonly content: boolean;
  readonly done: number;
  readonly total: number | undefined;
  /** The first of them. */
  readonly findings: readonly Finding[];
  readonly found: number;
  /** It ended before it was through. */
  readonly isBroken: boolean;
}

/** Runs comparisons, one at a time, and remembers the last until the server stops. */
export interface Verifier {
  readonly last: Verification | undefined;
  /** Begins one, unless one runs. */
  start(actor: Actor, content: boolean): void;
}

const MOST_SHOWN = 100;

/** Makes a {@link Verifier}. */
export function createVerifier({ storages, clock, log }: Core): Verifier {
  let last: Verification | undefined;

  async function run(actor: Actor, begun: Verification): Promise<void> {
    let now = begun;
    const set = (change: Partial<Verification>) => {
      now = { ...now, ...change };
      last = now;
    };
    try {
      for await (const step of storages.verify(actor, { content: begun.content })) {
        if (step.kind === 'progress') set({ done: step.done, total: step.total });
        if (step.kind === 'summary') set({ done: step.objects, total: step.objects, found: step.findings });
        if (step.kind === 'finding') {
          const findings = now.findings.length < MOST_SHOWN ? [...now.findings, step] : now.findings;
          set({ findings, found: now.found + 1 });
        }
      }
    } catch (cause) {
      set({ isBroken: true });
      log.warn('storage.verify_failed', { cause });
    }
    set({ ended: clock.now() });
  }

  return {
    get last() {
      return last;
    },
    start(actor, content) {
      if (last !== undefined && last.ended === undefined) return;
      last = {
        ...{ started: clock.now(), ended: undefined, content, done: 0, total: undefined },
        ...{ findings: [], found: 0, isBroken: false },
      };
      void run(actor, last);
    },
  };
}
