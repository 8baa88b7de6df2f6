import type { RestoreOutcome, RestoreRequest, Restorer } from '../core/ports/restorer.ts';

/** A {@link Restorer} with what the loop around the core needs. */
export interface RestoreDesk extends Restorer {
  /** Resolves with the next request. */
  asked(): Promise<RestoreRequest>;
  /** Keeps how it ended, and takes further requests. */
  ended(outcome: RestoreOutcome): void;
}

/** Makes a {@link RestoreDesk}. */
export function createRestoreDesk(unpack: Restorer['unpack']): RestoreDesk {
  let next = Promise.withResolvers<RestoreRequest>();
  let last: RestoreOutcome | undefined;
  return {
    unpack,
    begin: (request) => next.resolve(request),
    get last() {
      return last;
    },
    asked: () => next.promise,
    ended(outcome) {
      last = outcome;
      next = Promise.withResolvers<RestoreRequest>();
    },
  };
}
