import type { AnyElysia } from 'elysia';
import type { Collection, Core, Field } from '../core/index.ts';

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

/** The server's end of a WebSocket. */
export interface Socket {
  /** Hands a text message on. False when too much waits for a client that does not read: it was dropped. */
  send(text: string): boolean;
  /** Ends it with a code of RFC 6455, 7.4. What was sent before goes out first. */
  close(code: number, reason: string): void;
}

/** What a WebSocket tells whoever opened it. None of these may throw. */
export interface SocketHandler {
  opened(socket: Socket): void;
  /** Undefined for a message that is no text. */
  message(text: string | undefined): void;
  /** There is room again after messages were dropped. */
  roomy(): void;
  /** It is over, whoever ended it. */
  closed(): void;
}

/**
 * Why there is no WebSocket: the request asks for none, a page of another origin sent it that may not, or the client has as
 * many as it may.
 */
export type SocketRefusal = 'unsupported' | 'foreign' | 'full';

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
  /** Notes who asks, as `<collection>/<record id>`, for the request log; left out where there is none. */
  identified?(request: Request, account: string): void;
  /** Lifts the idle time limit of the request's connection: for work that answers late, such as a backup. */
  holdOpen(request: Request): void;
  /**
   * A place for an answer that stays open, such as a stream of events: its connection may be quiet, and `end` is called when
   * the server stops. The result gives the place back. Undefined when the client has as many as it may, or the server stops.
   */
  openStream(request: Request, end: () => void): (() => void) | undefined;
  /**
   * Turns a request into a WebSocket, and gives the answer to return for it. It has a place as {@link openStream} gives one,
   * and is closed with 1001 when the server stops. Messages are at most 64 KB, and few at a time.
   *
   * Browsers let any page open WebSockets and send cookies along (SECURITY-REQUIREMENTS 8.6): the page must be of this host or
   * of an origin that the configuration lists, and of this host where the request speaks for somebody by `cookies`.
   */
  openSocket(
    request: Request,
    handler: SocketHandler,
    options: { readonly cookies: boolean },
  ): Response | SocketRefusal;
}

/** What a piece of code in {@link Snippet} does. */
export type SnippetAction =
  | 'sign_in'
  | 'list'
  | 'view'
  | 'create'
  | 'update'
  | 'delete'
  | 'subscribe'
  | 'upload'
  | 'types';

/** Code that a developer copies: it runs as it stands once the credentials and the names of files in it are there. */
export interface Snippet {
  readonly action: SnippetAction;
  /** The package or program that it uses: `pocketbase`, `curl`. */
  readonly client: string;
  readonly language: 'sh' | 'js' | 'ts';
  readonly title: string;
  /** One sentence or two about what to know before. */
  readonly about: string;
  readonly code: string;
}

/** What snippets speak of besides the collection. */
export interface SnippetPlace {
  /** Address under which clients reach the server, without a final slash. */
  readonly origin: string;
  readonly core: Core;
  /** Id of a record to change and remove. Default: a placeholder. */
  readonly record?: string;
  /** Ids that relations may have, by field name. Default: none, and a placeholder where one is required. */
  readonly related?: Readonly<Record<string, string>>;
}

/** A file of a record, by its public name. */
export interface LinkedFile {
  readonly collection: Collection;
  readonly field: Field;
  readonly record: string;
  readonly name: string;
}

/** An address that gives the bytes of a file. */
export interface FileLink {
  /** What it gives: '' for the file as it is, else the size of the picture, such as `100x100`. */
  readonly variant: string;
  readonly address: string;
  /** Who gets an answer: `file_token` for those who add one, `account` for those whom the view rule lets. */
  readonly access: 'anybody' | 'file_token' | 'account';
}

/** One wire dialect: a folder beside this file and a line in `index.ts`. */
export interface Dialect {
  /** Folder name and label in logs. */
  readonly name: string;
  /** The product whose clients it serves. */
  readonly title: string;
  /** Paths at and below which OPTIONS asks the dialect what it can, where a browser does not ask for leave. */
  readonly discoverable?: readonly string[];
  /** Code for its clients that uses a collection; nothing for one that they cannot reach. */
  snippets?(collection: Collection, place: SnippetPlace): readonly Snippet[];
  /** Where its clients read a file; nothing for one that they cannot reach. */
  fileLinks?(file: LinkedFile, place: Pick<SnippetPlace, 'origin' | 'core'>): readonly FileLink[];
  /** Its routes, with the last one answering unknown paths below its prefix in its own shape. */
  routes(core: Core, options: DialectOptions): AnyElysia;
}
