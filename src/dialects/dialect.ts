import type { AnyElysia } from 'elysia';
import type { Core } from '../core/index.ts';

/** What is configured that only dialects care about. */
export interface DialectSettings {
  /** Address under which browsers reach the server, without a final slash; undefined where nobody said. */
  readonly publicUrl: string | undefined;
  /** Addresses to which a sign-in may lead, compared as a whole. */
  readonly redirectUris: readonly string[];
  /** Schemes of apps to whose addresses a sign-in may lead, in lower case and without the colon. */
  readonly redirectSchemes: readonly string[];
  /** Whether TrailBase's batches are served. */
  readonly transactions: boolean;
}

/** What a dialect may know of the server around it. */
export interface DialectOptions {
  readonly settings: DialectSettings;
  /** Bytes of any request body, before what the files and long texts of a collection add to it. */
  readonly maxBodySize: number;
  /** The client's address, as trusted proxies and the socket tell it. */
  clientAddress(request: Request): string;
  /** The name of a header that a proxy seems to send and no setting trusts; '' when none. */
  proxyHeader(request: Request): string;
  /** The request's id in the log, which error answers carry as `x-request-id`. */
  requestId(request: Request): string;
  /** Lifts the idle time limit of the request's connection: for work that answers late, such as a backup. */
  holdOpen(request: Request): void;
  /**
   * A place for an answer that stays open, such as a stream of events: its connection may be quiet, and `end` is called when
   * the server stops. The result gives the place back. Undefined when the client has as many as it may, or the server stops.
   */
  openStream(request: Request, end: () => void): (() => void) | undefined;
}

/** One wire dialect: a folder beside this file and a line in `index.ts`. */
export interface Dialect {
  /** Folder name and label in logs. */
  readonly name: string;
  /** The product whose clients it serves. */
  readonly title: string;
  /** Paths at and below which OPTIONS asks the dialect what it can, where a browser does not ask for leave. */
  readonly discoverable?: readonly string[];
  /** Its routes, with the last one answering unknown paths below its prefix in its own shape. */
  routes(core: Core, options: DialectOptions): AnyElysia;
}
