/** How slowly a body may come before it is given up. */
export interface Pace {
  /** Milliseconds without a single byte. */
  readonly stall: number;
  /** Milliseconds of waiting before the average counts. */
  readonly grace: number;
  /** Least bytes per second of waiting, on average, after the grace. */
  readonly rate: number;
}

/** Slower than any line that still carries an upload, and far above the byte a minute that holds a connection for nothing. */
export const DEFAULT_PACE: Pace = { stall: 60_000, grace: 30_000, rate: 1000 };

/** Watches one body as it arrives. */
export interface PaceWatch {
  /** The next bytes are being waited for. */
  waiting(): void;
  /** They came: `bytes` of them. */
  received(bytes: number): void;
  /** Ends the watch. Call it in any case. */
  stop(): void;
}

/**
 * Calls `onTooSlow` once when a body comes more slowly than `pace` (SECURITY-REQUIREMENTS 8.2). Only the time spent waiting
 * for the client counts, so that a disk that is slow for a while is nobody's fault; and there is no limit on the whole time,
 * so that a large upload over a slow line may take as long as it needs.
 */
export function watchPace(onTooSlow: () => void, pace: Pace = DEFAULT_PACE): PaceWatch {
  let waited = 0;
  let bytes = 0;
  let since: number | undefined;

  function check(): void {
    if (since === undefined) return;
    const now = performance.now() - since;
    const total = waited + now;
    const isSlow = total > pace.grace && bytes < (total / 1000) * pace.rate;
    if (now > pace.stall || isSlow) {
      stop();
      onTooSlow();
    }
  }

  function stop(): void {
    since = undefined;
    clearInterval(timer);
  }

  const timer = setInterval(check, Math.min(1000, pace.stall / 4, pace.grace / 4));
  return {
    waiting() {
      since = performance.now();
    },
    received(count) {
      if (since !== undefined) waited += performance.now() - since;
      since = undefined;
      bytes += count;
    },
    stop,
  };
}
