import type { SqliteFault } from './errors.ts';
import type { InspectReply, InspectRequest } from './inspect.ts';
import type { WireRows, WireValue } from './wire-values.ts';

/** What the server asks of a reader process. The first request of each is `open`. */
export type ReaderRequest =
  | { readonly kind: 'open'; readonly path: string }
  | { readonly kind: 'all' | 'get'; readonly text: string; readonly values: readonly WireValue[] }
  /** Writes a consistent copy to a path where nothing is. */
  | { readonly kind: 'copy'; readonly to: string }
  /** Checks the file: answers one row per fault found. */
  | { readonly kind: 'check' }
  /** A statement that a person wrote. After it the process is good for nothing else. */
  | ({ readonly kind: 'inspect' } & InspectRequest);

/** What it answers: rows and the milliseconds they took, or what went wrong. */
export type ReaderReply =
  | {
      readonly ok: true;
      readonly took: number;
      readonly result: WireRows;
      readonly inspection?: InspectReply;
    }
  | { readonly ok: false; readonly fault: SqliteFault };
