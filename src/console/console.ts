import type { Collection, Core, Field } from '../core/index.ts';
import type { Assets } from './assets.ts';
import type { PageView } from './layout.ts';
import type { Form, Visit, Visitor } from './visit.ts';

/** What the console takes from around it. */
export interface ConsoleDeps {
  readonly core: Core;
  /** The configured public address, without a final slash; undefined = as each request came. */
  readonly publicUrl: string | undefined;
  /** The files of `public/` by their names below it (`console.css`). */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The client's address, as trusted proxies and the socket tell it. */
  clientAddress(request: Request): string;
  /** Notes who asks, as `<collection>/<record id>`, for the request log; left out where there is none. */
  identified?(request: Request, account: string): void;
  /** The request's id in the log. */
  requestId(request: Request): string;
  /**
   * A place for an answer that stays open; `end` is called when the server stops. The result gives the place back. Undefined
   * when there is none. Left out where nobody counts them.
   */
  openStream?(request: Request, end: () => void): (() => void) | undefined;
  /** Seconds that a session of the console may go unused; left out where it may for as long as it lasts. */
  idleLimit?(): number;
  /** How often such an answer looks whether its session lasts, in milliseconds; default 3 s. */
  readonly watchEvery?: number;
  /**
   * Makes collections of CREATE statements, all of them or none; `notes` are sentences about what was left out. `invalid` reason
   * `sql_refused` with the parameter `sentences` for what cannot be taken. Ask only for superusers; left out where no SQL is read.
   */
  createBySql?(
    sql: string,
  ): Promise<{ readonly names: readonly string[]; readonly notes: readonly string[] }>;
  /** Code that uses a collection, for clients that reach the server at `origin`; left out where there are none. */
  snippets?(collection: Collection, origin: string): readonly ConsoleSnippet[];
  /** Where clients that reach the server at `origin` read a file; left out where there are none. */
  fileLinks?(
    file: {
      readonly collection: Collection;
      readonly field: Field;
      readonly record: string;
      /** The public name. */
      readonly name: string;
    },
    origin: string,
  ): readonly ConsoleFileLink[];
}

/** An address that gives the bytes of a file to a client of some product. */
export interface ConsoleFileLink {
  /** The product whose API it is of. */
  readonly product: string;
  /** '' for the file as it is, else the size of the picture. */
  readonly variant: string;
  readonly address: string;
  /** Who gets an answer: `file_token` for those who add one, `account` for those whom the view rule lets. */
  readonly access: 'anybody' | 'file_token' | 'account';
}

/** Code that a developer copies. */
export interface ConsoleSnippet {
  /** The product whose API it speaks to. */
  readonly product: string;
  /** The package or program that it uses. */
  readonly client: string;
  readonly action:
    | 'sign_in'
    | 'list'
    | 'view'
    | 'create'
    | 'update'
    | 'delete'
    | 'subscribe'
    | 'upload'
    | 'types';
  readonly language: 'sh' | 'js' | 'ts';
  /** What to know before, in English. */
  readonly about: string;
  readonly code: string;
}

/** What every page is made with. Routes hand their request to one of its answers, which find out who asks. */
export interface Console extends ConsoleDeps {
  readonly assets: Assets;
  /**
   * A page for a superuser, whole or the part that htmx asked for. Anybody else is sent to the login, and comes back. A
   * `not_found` of the core becomes the page that says so; other refusals a page with their message.
   */
  show(request: Request, page: (visit: Visit) => Promise<PageView> | PageView): Promise<Response>;
  /**
   * What is no page for a superuser: a file, a download. Refused as {@link show} does. `isUse` false: pages ask for it by
   * themselves, and nobody who walked away is kept signed in by that.
   */
  give(
    request: Request,
    answer: (visit: Visit) => Promise<Response>,
    options?: { readonly isUse?: boolean },
  ): Promise<Response>;
  /**
   * A change by a superuser: the form is read (at most 2 MB), and its CSRF token and origin are checked before anything else
   * (SECURITY-REQUIREMENTS 8.3). Answer with `seeOther`, or with `page` of status 422 for input that is not accepted.
   */
  act(request: Request, action: (visit: Visit, form: Form) => Promise<Response>): Promise<Response>;
  /** A page or form for whoever asks: login and first run. It brings no script. */
  plain(request: Request, view: PlainView): Response;
  /** Who sent a request, before anybody looks at who that is. */
  visitor(request: Request): Visitor;
  /** The superuser who sent it, if one did. */
  findVisit(request: Request): Promise<Visit | undefined>;
  /** The form of somebody who has not signed in. Throws when the browser says that another site's page sent it. */
  readForm(visitor: Visitor): Promise<Form>;
  /** A page as an answer, within the frame. */
  page(visit: Visit, view: PageView): Response;
  /** The page for an address that has none. */
  missing(request: Request): Response;
  redirect(request: Request, path: string): Response;
}

/** A page for whoever asks. */
export type PlainView = Pick<PageView, 'title' | 'body' | 'status'> & {
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
};
