import type { ServerWebSocket } from 'bun';
import { createClientIp } from '../http/client-ip.ts';
import type { Config } from './config.ts';

/** What a running `Bun.serve` can tell of a request. */
export interface RequestServer {
  upgrade(request: Request, options: { readonly data: SocketEvents }): boolean;
  requestIP(request: Request): { readonly address: string } | null;
  timeout(request: Request, seconds: number): void;
  /** WebSockets that are open. */
  readonly pendingWebSockets?: number;
}

/** What becomes of a connection that was upgraded to a WebSocket. */
export interface SocketEvents {
  open(socket: ServerWebSocket<SocketEvents>): void;
  message(socket: ServerWebSocket<SocketEvents>, message: string | Buffer): void;
  /** The client asks whether the server is still there, which Bun answers. */
  ping(socket: ServerWebSocket<SocketEvents>): void;
  drain(socket: ServerWebSocket<SocketEvents>): void;
  close(): void;
}

/** What the server knows of a request beside its content. */
export interface Requests {
  /** The client's address; '' outside a server. */
  address(request: Request): string;
  /** An id for the log and for error answers; the same each time it is asked for. */
  id(request: Request): string;
  /** Lifts the time limit of this request's connection: for work that answers late, such as a backup. */
  holdOpen(request: Request): void;
  /** Puts the limit back, `seconds` from now, where it was lifted: the next request may never come. */
  release(request: Request, seconds: number): void;
  /** Sets the limit of this request's connection, also for the time after the answer's head, in seconds; 0 = none. */
  setTimeLimit(request: Request, seconds: number): void;
  /** Makes the request's connection a WebSocket; false when that was not asked for, or cannot be. */
  upgrade(request: Request, events: SocketEvents): boolean;
  /** Takes what is known of one request for another that stands in its place. */
  follow(copy: Request, original: Request): void;
  /** The server that requests come from. */
  attach(server: RequestServer): void;
  /** Notes who asks. */
  setAccount(request: Request, account: string): void;
  /** Who asks, as far as it was noted; '' otherwise. */
  account(request: Request): string;
  /** WebSockets that are open. */
  readonly sockets: number;
  /** The request's id if anybody asked for it, else a new one that is not remembered. */
  finalId(request: Request): string;
}

/** {@link Requests} of a run of the program. */
export function newRequests({ server }: Pick<Config, 'server'>): Requests {
  return createRequests(Math.random().toString(36).slice(2, 8), server.trustedProxies);
}

/** Makes {@link Requests}. `prefix` tells one run of the program from another in logs. */
export function createRequests(prefix: string, trustedProxies: readonly string[]): Requests {
  const clientIp = createClientIp({ proxies: trustedProxies });
  const ids = new WeakMap<Request, string>();
  const originals = new WeakMap<Request, Request>();
  const accounts = new WeakMap<Request, string>();
  const held = new WeakSet<Request>();
  let server: RequestServer | undefined;
  let count = 0;

  const newId = () => `${prefix}-${(++count).toString(36)}`;
  /** Only HEAD requests are answered by way of a copy. */
  const known = (request: Request) =>
    request.method === 'GET' ? (originals.get(request) ?? request) : request;

  return {
    address(request) {
      return clientIp(server?.requestIP(known(request))?.address ?? '', request.headers);
    },
    id(request) {
      const original = known(request);
      const old = ids.get(original);
      if (old !== undefined) return old;
      const id = newId();
      ids.set(original, id);
      return id;
    },
    holdOpen(request) {
      const original = known(request);
      held.add(original);
      server?.timeout(original, 0);
    },
    release(request, seconds) {
      if (held.delete(request)) server?.timeout(request, seconds);
    },
    setTimeLimit(request, seconds) {
      const original = known(request);
      held.delete(original);
      server?.timeout(original, seconds);
    },
    upgrade: (request, data) => server?.upgrade(known(request), { data }) ?? false,
    follow(copy, original) {
      originals.set(copy, original);
    },
    attach(source) {
      server = source;
    },
    setAccount(request, account) {
      accounts.set(known(request), account);
    },
    account: (request) => accounts.get(request) ?? '',
    get sockets() {
      return server?.pendingWebSockets ?? 0;
    },
    finalId: (request) => ids.get(request) ?? newId(),
  };
}
