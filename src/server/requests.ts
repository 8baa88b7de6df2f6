import { createClientIp } from '../http/client-ip.ts';

/** What a running `Bun.serve` can tell of a request. */
export interface RequestServer {
  requestIP(request: Request): { readonly address: string } | null;
  timeout(request: Request, seconds: number): void;
}

/** What the server knows of a request beside its content. */
export interface Requests {
  /** The client's address; '' outside a server. */
  address(request: Request): string;
  /** An id for the log and for error answers; the same each time it is asked for. */
  id(request: Request): string;
  /** Lifts the idle time limit of this request's connection: for work that answers late, such as a backup. */
  holdOpen(request: Request): void;
  /** The server that requests come from. */
  attach(server: RequestServer): void;
  /** The request's id if anybody asked for it, else a new one that is not remembered. */
  finalId(request: Request): string;
}

/** Makes {@link Requests}. `prefix` tells one run of the program from another in logs. */
export function createRequests(prefix: string, trustedProxies: readonly string[]): Requests {
  const clientIp = createClientIp({ proxies: trustedProxies });
  const ids = new WeakMap<Request, string>();
  let server: RequestServer | undefined;
  let count = 0;

  const newId = () => `${prefix}-${(++count).toString(36)}`;

  return {
    address(request) {
      return clientIp(server?.requestIP(request)?.address ?? '', request.headers);
    },
    id(request) {
      const known = ids.get(request);
      if (known !== undefined) return known;
      const id = newId();
      ids.set(request, id);
      return id;
    },
    holdOpen(request) {
      server?.timeout(request, 0);
    },
    attach(source) {
      server = source;
    },
    finalId: (request) => ids.get(request) ?? newId(),
  };
}
