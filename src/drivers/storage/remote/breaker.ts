import type { RemoteTiming, RemoteTuning } from './options.ts';

/** One pass through a {@link Breaker}; exactly one of its functions is called, once. */
export interface Pass {
  /** The one request that tries whether the service is back. */
  readonly isTrial: boolean;
  /** The service answered, whatever it said. */
  succeeded(): void;
  /** It did not do what it should. */
  failed(): void;
  /** Given up by the caller; nothing was learned. */
  left(): void;
}

/** Lets requests through to a service until it keeps failing. */
export interface Breaker {
  /** A pass, or the milliseconds after which to ask again. */
  enter(): Pass | number;
  /** Milliseconds for which nothing passes; undefined when requests pass. */
  closedFor(): number | undefined;
}

/**
 * Makes a circuit breaker: after `failures` failed steps in a row nothing passes for `rest` milliseconds, then a single
 * request is let through to try, and another when that takes longer than `maxRest`. Answered, all pass again; failed, the rest
 * doubles, up to `maxRest`.
 */
export function createBreaker(
  { failures, rest, maxRest }: Pick<RemoteTuning, 'failures' | 'rest' | 'maxRest'>,
  { now }: Pick<RemoteTiming, 'now'>,
): Breaker {
  let inARow = 0;
  /** Undefined: requests pass. */
  let shut: { until: number; rest: number } | undefined;
  /** The request that tries now, and when it began. */
  let trial: { readonly since: number } | undefined;

  function shutFor(milliseconds: number): void {
    shut = { until: now() + milliseconds, rest: milliseconds };
  }

  function failed(mine: typeof trial): void {
    if (mine !== undefined) {
      // Another tries by now, and will say.
      if (trial !== mine) return;
      trial = undefined;
      shutFor(Math.min((shut?.rest ?? rest) * 2, maxRest));
      return;
    }
    inARow++;
    if (shut === undefined && inARow >= failures) shutFor(rest);
  }

  function pass(mine: typeof trial): Pass {
    return {
      isTrial: mine !== undefined,
      succeeded() {
        // What began before the service failed says nothing about it now.
        if (shut !== undefined && mine === undefined) return;
        inARow = 0;
        shut = undefined;
        trial = undefined;
      },
      failed: () => failed(mine),
      left() {
        if (trial === mine) trial = undefined;
      },
    };
  }

  function closedFor(): number | undefined {
    if (shut === undefined) return undefined;
    const left = shut.until - now();
    if (left > 0) return left;
    // A large part may take its time, and nobody else should wait for that.
    const isTried = trial !== undefined && now() - trial.since < maxRest;
    return isTried ? Math.min(rest, shut.rest) : undefined;
  }

  return {
    closedFor,
    enter() {
      const wait = closedFor();
      if (wait !== undefined) return wait;
      const mine = shut === undefined ? undefined : { since: now() };
      trial = mine;
      return pass(mine);
    },
  };
}
