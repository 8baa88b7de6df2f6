import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** What {@link createEraserLoop} needs. */
export interface EraserLoopOptions {
  /** Works until nothing is due, or `go` says no. Rejects when the database fails. */
  readonly round: (go: () => boolean) => Promise<void>;
  /** When the next deletion is due; undefined: none waits. */
  readonly nextDue: () => Promise<number | undefined>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Decides when the eraser works. */
export interface EraserLoop {
  /** Works soon. While it pauses after a failure this does nothing, so that a failing database is not hammered. */
  wake(): void;
  /** Works now, and resolves when nothing is due (or the round failed). */
  settle(): Promise<void>;
  /** No new batch starts until the returned function is called; each of several holds counts. */
  hold(): () => void;
  /** Resolves when the deletion that is running has ended. */
  close(): Promise<void>;
}

const LONGEST_SLEEP = 60_000;
const LONGEST_BACKOFF = 5 * 60_000;

/** Makes an {@link EraserLoop}: one round at a time, woken by callers and by its own timer. */
export function createEraserLoop({ round, nextDue, clock, log }: EraserLoopOptions): EraserLoop {
  let closed = false;
  let holds = 0;
  let failures = 0;
  let again = false;
  let soon = false;
  let running: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const go = () => !closed && holds === 0;

  function start(): Promise<void> {
    if (running !== undefined) {
      again = true;
      return running;
    }
    clearTimeout(timer);
    timer = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function work(): Promise<void> {
    try {
      do {
        again = false;
        if (go()) await round(go);
        failures = 0;
        // Inside the loop: who wakes it while it looks for the next deletion must not be forgotten.
        if (go()) await sleepUntilDue();
      } while (again && go());
    } catch (error) {
      failures++;
      const pause = Math.min(LONGEST_BACKOFF, 1000 * 2 ** (failures - 1));
      log.error('files.eraser_failed', { failures, error: String(error) });
      if (!closed) sleep(pause);
    }
  }

  async function sleepUntilDue(): Promise<void> {
    const due = await nextDue();
    if (due !== undefined && go()) sleep(Math.min(LONGEST_SLEEP, Math.max(20, due - clock.now())));
  }

  function sleep(milliseconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      void start();
    }, milliseconds);
    timer.unref();
  }

  function wake(): void {
    if (closed || soon || (failures > 0 && timer !== undefined)) return;
    soon = true;
    // After the replies of this turn; several commits of one turn wake it once.
    setImmediate(() => {
      soon = false;
      if (!closed) void start();
    });
  }

  return {
    wake,
    async settle() {
      if (running !== undefined) await running;
      await start();
    },
    hold() {
      holds++;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holds--;
        if (go()) wake();
      };
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
