import { createAddressGate } from './address-gate.ts';
import type { Requests } from './requests.ts';

/** Answers that stay open until something happens. */
export interface Streams {
  /**
   * A place for one more: its connection may be quiet for as long as it likes, and `end` is called when the server stops.
   * The result gives the place back, and may be called more than once. Undefined when the client's address has as many as it
   * may, or the server stops.
   */
  open(request: Request, end: () => void): (() => void) | undefined;
  /** How many there are. */
  readonly count: number;
  /** Ends all there are; there will be no more. */
  close(): void;
}

/** What {@link createStreams} needs. */
export interface StreamsOptions {
  readonly requests: Pick<Requests, 'address' | 'setTimeLimit'>;
  /** Most of one address (IPv6: of one /64); 0 = no bound. */
  readonly most: number;
  /** Seconds that a connection has after its stream: one that does not take the rest is cut. */
  readonly idleTimeout: number;
}

/** Makes {@link Streams}. */
export function createStreams({ requests, most, idleTimeout }: StreamsOptions): Streams {
  const gate = createAddressGate(most);
  const ends = new Set<() => void>();
  let closed = false;

  return {
    open(request, end) {
      if (closed) return undefined;
      const key = gate.enter(requests.address(request));
      if (key === undefined) return undefined;
      requests.setTimeLimit(request, 0);
      const entry = () => end();
      ends.add(entry);
      return () => {
        if (!ends.delete(entry)) return;
        gate.leave(key);
        requests.setTimeLimit(request, idleTimeout);
      };
    },
    get count() {
      return ends.size;
    },
    close() {
      closed = true;
      for (const end of [...ends]) end();
    },
  };
}
