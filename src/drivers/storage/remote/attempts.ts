import type { AppError } from '../../../core/errors.ts';
import { createBreaker, type Pass } from './breaker.ts';
import { isUnknownOutcome, mayPass, unavailable } from './faults.ts';
import { ServiceError } from './object-service.ts';
import type { RemoteTiming, RemoteTuning } from './options.ts';

/** How one step may be tried. */
export interface StepOptions<T> {
  /** Of the caller; its reason is what the step rejects with. */
  readonly signal?: AbortSignal;
  /** Bytes that the request carries; it may take longer for them. */
  readonly bytes?: number;
  /** Requests at most, in the place of the usual. */
  readonly attempts?: number;
  /** Milliseconds for one request, in the place of the usual. */
  readonly timeout?: number;
  /** Asked when it is not known whether a request took effect: the step's result if it did. Must not reject. */
  readonly tookEffect?: () => Promise<{ readonly value: T } | undefined>;
}

/** Runs requests to a service, again where that may help. */
export interface Attempts {
  /**
   * The result of `request`. Rejects with the {@link ServiceError} that stays, with `unavailable` while the service is left
   * alone, or with the reason of the caller's signal. `request` must end with the signal it is given.
   */
  run<T>(request: (signal: AbortSignal) => Promise<T>, options?: StepOptions<T>): Promise<T>;
  /** One request without repetition or breaker. */
  once<T>(request: (signal: AbortSignal) => Promise<T>, options?: StepOptions<T>): Promise<T>;
  /** Throws `unavailable` while the service is left alone; for work that has much to do before its first request. */
  check(): void;
  /** The pause before the attempt after `made` ones, in milliseconds: exponential, with full jitter. */
  pause(made: number, retryAfter?: number): number;
}

/** Makes the {@link Attempts} of one storage, with a circuit breaker of its own. */
export function createAttempts(tuning: RemoteTuning, timing: RemoteTiming): Attempts {
  const breaker = createBreaker(tuning, timing);

  function enter(cause: unknown): Pass {
    const pass = breaker.enter();
    if (typeof pass !== 'number') return pass;
    throw resting(pass, cause);
  }

  function once<T>(request: (signal: AbortSignal) => Promise<T>, options: StepOptions<T> = {}): Promise<T> {
    const { signal, bytes = 0, timeout = tuning.timeout + (bytes / tuning.leastSpeed) * 1000 } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return withTimeout(request, timeout, signal);
  }

  function pause(made: number, retryAfter = 0): number {
    const longest = Math.min(tuning.maxPause, tuning.pause * 2 ** (made - 1));
    return Math.max(timing.random() * longest, retryAfter * 1000);
  }

  async function run<T>(
    request: (signal: AbortSignal) => Promise<T>,
    options: StepOptions<T> = {},
  ): Promise<T> {
    const { signal } = options;
    const started = timing.now();
    let fault: ServiceError | undefined;
    let unknown = false;
    for (let made = 1; ; made++) {
      const pass = enter(fault);
      try {
        const result = await once(request, options);
        pass.succeeded();
        return result;
      } catch (error) {
        if (signal?.aborted || !(error instanceof ServiceError)) {
          pass.left();
          throw signal?.aborted ? signal.reason : error;
        }
        unknown ||= isUnknownOutcome(error);
        const done = unknown ? await options.tookEffect?.() : undefined;
        if (done !== undefined || !mayPass(error.fault)) {
          pass.succeeded();
          if (done === undefined) throw error;
          return done.value;
        }
        fault = error;
        const wait = pause(made, error.retryAfter);
        const isLast =
          made >= (options.attempts ?? tuning.attempts) || timing.now() - started + wait > tuning.patience;
        // Nobody else may try while this step pauses, so a trial is over with its first request.
        if (isLast || pass.isTrial) pass.failed();
        else pass.left();
        if (isLast) throw error;
        await timing.sleep(wait, signal);
        if (signal?.aborted) throw signal.reason;
      }
    }
  }

  return {
    ...{ run, once, pause },
    check() {
      const wait = breaker.closedFor();
      if (wait !== undefined) throw resting(wait, undefined);
    },
  };
}

/** What is said while the service is left alone. */
function resting(milliseconds: number, cause: unknown): AppError {
  const error = cause instanceof ServiceError ? cause.fault : 'resting';
  return unavailable(error, { retryAfter: milliseconds / 1000, cause });
}

/** Ends a request that takes too long, as `unreachable`; late results are dropped by the request itself. */
function withTimeout<T>(
  request: (signal: AbortSignal) => Promise<T>,
  timeout: number,
  outer: AbortSignal | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const end = (reason: unknown) => {
      controller.abort(reason);
      settle(() => reject(reason));
    };
    const onOuter = () => end(outer?.reason);
    const timer = setTimeout(
      () => end(new ServiceError('unreachable', { cause: new Error('timeout') })),
      timeout,
    );
    const settle = (result: () => void) => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onOuter);
      result();
    };
    outer?.addEventListener('abort', onOuter, { once: true });
    request(controller.signal).then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}
