/** Which configuration key (its last part) a refusal of the service is about, for the operator's sentence. */
export interface RemoteSettings {
  /** `bucket` or `container`. */
  readonly bucket: string;
  /** E.g. `access_key`. */
  readonly credentials: string;
  /** Where nothing answers, e.g. `endpoint`. */
  readonly endpoint: string;
  /** What is wrong when the service calls the request itself wrong, e.g. `region`. */
  readonly other: string;
}

/** Time and chance; replaced in tests. */
export interface RemoteTiming {
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** From 0 to less than 1. */
  readonly random: () => number;
  /** Resolves after some milliseconds, or at once when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** How hard a remote storage tries. */
export interface RemoteTuning {
  /** Requests for one step, the first included. Default 5. */
  readonly attempts: number;
  /** Milliseconds that all attempts of one step may take before no further one begins. Default 20,000. */
  readonly patience: number;
  /** Milliseconds of the first pause; it doubles. Default 100. */
  readonly pause: number;
  /** Milliseconds that no pause exceeds, but one that the service asks for. Default 5,000. */
  readonly maxPause: number;
  /** Milliseconds for an answer to a small request, and between chunks of a body. Default 10,000. */
  readonly timeout: number;
  /** Milliseconds for a listing, and for making one object of its parts. Default 60,000. */
  readonly slowTimeout: number;
  /** Bytes in a second below which a long request is given up. Default 65,536. */
  readonly leastSpeed: number;
  /** Milliseconds for a copy inside the service. Default 900,000. */
  readonly copyTimeout: number;
  /** Failed steps in a row after which the service is left alone for a while. Default 5. */
  readonly failures: number;
  /** Milliseconds of the first such while; it doubles. Default 1,000. */
  readonly rest: number;
  /** Milliseconds of the longest. Default 30,000. */
  readonly maxRest: number;
  /** Bytes of an object that stays in memory until it is sent. Default 1 MiB. */
  readonly memory: number;
}

/** Options of `createRemoteStorage`. */
export interface RemoteStorageOptions {
  /** The name that catalogue rows carry. */
  readonly name: string;
  /** Put before every key; empty, or ending with a slash. */
  readonly prefix: string;
  /** An absolute folder for this storage alone, where parts wait to be sent; created with the first. */
  readonly spoolDir: string;
  readonly settings: RemoteSettings;
  readonly tuning?: Partial<RemoteTuning>;
  readonly timing?: Partial<RemoteTiming>;
}

/**
 * The defaults of {@link RemoteTuning}. When a service does not answer at all, a download is refused after 20 s and a small
 * upload after 25, until it is left alone: less than clients and proxies wait.
 */
export const defaultTuning: RemoteTuning = {
  attempts: 5,
  patience: 20_000,
  pause: 100,
  maxPause: 5000,
  timeout: 10_000,
  slowTimeout: 60_000,
  leastSpeed: 65_536,
  copyTimeout: 900_000,
  failures: 5,
  rest: 1000,
  maxRest: 30_000,
  memory: 1024 * 1024,
};

/** Real time and chance. */
export const systemTiming: RemoteTiming = {
  now: () => performance.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal?.addEventListener('abort', end, { once: true });
    }),
};
