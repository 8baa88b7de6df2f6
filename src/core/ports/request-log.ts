/** A request that was answered. */
export interface RequestEntry {
  readonly kind: 'request';
  /** When it was answered, in milliseconds since the epoch. */
  readonly time: number;
  /** Its id, which error answers carry as `x-request-id`. */
  readonly request: string;
  readonly method: string;
  /** With its query; secrets are masked, and what is very long is cut. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds from its arrival to the head of the answer. */
  readonly ms: number;
  /** Of the answer's body, as declared; undefined when it was not. */
  readonly bytes: number | undefined;
  readonly address: string;
  /** `<collection>/<record id>` of who asked; '' for guests. */
  readonly account: string;
  /** The dialect that answered, `console`, or ''. */
  readonly dialect: string;
  /** The client's User-Agent, cut. */
  readonly agent: string;
}

/** Something that the program wants its operator to know. */
export interface EventEntry {
  readonly kind: 'event';
  readonly time: number;
  /** The request it happened in; '' where there was none, or it is not known. */
  readonly request: string;
  readonly level: 'warn' | 'error';
  /** Its name, such as `mail.failed`. */
  readonly event: string;
  /** A JSON object, without secrets. */
  readonly facts: string;
}

/** What the request log holds. */
export type LogEntry = RequestEntry | EventEntry;

/** An entry with its place: later ones have greater ids. */
export type StoredEntry = LogEntry & { readonly id: number };

/** Which entries are meant: those that satisfy every property that is there. Those of requests leave no events. */
export interface LogFilter {
  readonly kind?: LogEntry['kind'];
  /** The first digit of a request's status. */
  readonly statusClass?: number;
  readonly method?: string;
  /** Part of a request's path; ASCII letters in either case. */
  readonly path?: string;
  readonly account?: string;
  readonly address?: string;
  /** Requests that took at least so many milliseconds. */
  readonly minMs?: number;
  /** Milliseconds since the epoch, included. */
  readonly from?: number;
  /** Milliseconds since the epoch, excluded. */
  readonly to?: number;
  /** Part of a path, id, address, account, client, event or fact; ASCII letters in either case. */
  readonly text?: string;
}

/** Requests of one stretch of time. */
export interface LogBucket {
  /** When it begins, in milliseconds since the epoch. */
  readonly time: number;
  readonly count: number;
  /** Of them, answered 500 and above. */
  readonly errors: number;
  /** Milliseconds that 95 of 100 did not exceed. */
  readonly p95: number;
}

/** Where the request log is kept. What it holds may be lost in a power cut. Throws `busy` and `unavailable` as databases do. */
export interface RequestLog {
  /** Keeps entries, oldest first, and gives them their ids. */
  append(entries: readonly LogEntry[]): Promise<readonly StoredEntry[]>;
  /** Newest first; with `before`, only those with smaller ids. */
  list(filter: LogFilter, page: { readonly before?: number; readonly limit: number }): Promise<StoredEntry[]>;
  find(id: number): Promise<StoredEntry | undefined>;
  /** All entries of the same request from the hour around this one, oldest first; this one among them. */
  sameRequest(entry: StoredEntry): Promise<StoredEntry[]>;
  /** Only stretches of `width` milliseconds in which there were requests, oldest first. */
  buckets(filter: LogFilter, width: number): Promise<LogBucket[]>;
  /** Forgets some of what is older than `before` or makes it longer than `bytes`; true when there is more. */
  trim(bounds: { readonly before: number; readonly bytes: number }): Promise<boolean>;
  close(): Promise<void>;
}
