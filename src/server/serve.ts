import type { Server } from 'bun';
import type { Core } from '../core/index.ts';
import { SHORT_BODY } from '../http/body.ts';
import { VERSION } from '../lib/version.ts';
import { createAddressGate } from './address-gate.ts';
import type { Config } from './config.ts';
import type { ListenAddress } from './config-values.ts';
import type { ServerLog } from './log.ts';
import { OperatorError } from './operator-error.ts';
import type { Requests, SocketEvents } from './requests.ts';

/** What {@link listen} puts on the network. */
export interface Handler {
  fetch(request: Request): Response | Promise<Response>;
  /** Ends answers that stay open, so that stopping need not wait for them. */
  endStreams?(): void;
}

/** A server that accepts requests. */
export interface Listening {
  /** With the port it really has. */
  readonly url: string;
  /**
   * Accepts no further request, waits until those under way are answered, at most `seconds`, and then cuts what is left.
   * Resolves to how many were cut.
   */
  drain(seconds: number): Promise<number>;
  /**
   * Has every further request answered by `meanwhile`, waits as {@link drain} does for those that came before, and cuts what is
   * left; the address is kept. Resolves to how many were cut. Then nothing uses the handler any more.
   */
  pause(meanwhile: Handler, seconds: number): Promise<number>;
  /** Has requests answered by another handler from now on. */
  resume(handler: Handler): void;
}

/** Bytes of a message of a WebSocket's client; a longer one ends it. */
const MAX_MESSAGE = 65_536;
/** Seconds in which the client of a WebSocket must say something, if only that it is there. */
const SOCKET_IDLE = 120;
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** A host name, IPv4 address or bracketed IPv6 address, with or without a port; one only (RFC 9112 3.2). */
const validHost = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Listens and answers with `handler`, writing a line per request. Refused here, before any dialect: a request without
 * exactly one valid Host (400), methods that nothing of ours has, TRACE and CONNECT among them (405), and what one address
 * sends beyond `server.max_requests_per_address` at a time (429). Error answers carry the request's id of the log.
 *
 * Bodies have no limit of size here; those who read them have. A connection on which nothing moves for
 * `server.idle_timeout` is closed. While a body arrives, Bun also closes what brings less than some 16 KB a second over that
 * time, which is more than a weak line has; so that limit is lifted for long bodies, whose readers have their own
 * (`http/pace.ts`), and put back with the answer.
 * Throws {@link OperatorError} when the address cannot be had.
 */
export function listen(first: Handler, config: Config, log: ServerLog, requests: Requests): Listening {
  let handler = first;
  let draining = false;
  const gate = createAddressGate(config.server.maxRequestsPerAddress);

  function answer(request: Request): Response | Promise<Response> {
    const started = performance.now();
    // Asked for once: it costs as much as reading a record.
    const address = requests.address(request);
    const refusal = refuse(request);
    if (refusal) return finish(request, refusal, started, address);
    const key = gate.enter(address);
    if (key === undefined) return finish(request, tooMany(), started, address);
    let response: Response | Promise<Response>;
    try {
      response = handle(request);
    } catch (error) {
      gate.leave(key);
      throw error;
    }
    if (response instanceof Response) {
      gate.leave(key);
      return finish(request, response, started, address);
    }
    return response.then(
      (late) => {
        gate.leave(key);
        requests.release(request, config.server.idleTimeout);
        return finish(request, late, started, address);
      },
      (error) => {
        gate.leave(key);
        throw error;
      },
    );
  }

  function handle(request: Request): Response | Promise<Response> {
    if (hasLongBody(request)) requests.holdOpen(request);
    return handler.fetch(request);
  }

  function finish(request: Request, response: Response, started: number, address: string): Response {
    const { status } = response;
    // Clients that reuse connections would otherwise keep a stopping server busy, and slow ones theirs.
    if (draining || status === 408) response.headers.set('connection', 'close');
    const isLogged = log.hasLineFor(status);
    if (status < 400 && !isLogged) return response;
    const id = requests.finalId(request);
    if (status >= 400) response.headers.set('x-request-id', id);
    if (!isLogged) return response;
    const length = response.headers.get('content-length');
    const line = {
      method: request.method,
      url: request.url,
      status,
      milliseconds: performance.now() - started,
      bytes: length === null ? undefined : Number(length),
      id,
      address,
    };
    log.request(line, request);
    return response;
  }

  /** Nearly every request has the same Host, so the last good one is remembered. */
  let goodHost = '';

  function refuse(request: Request): Response | undefined {
    if (!methods.has(request.method)) {
      return plainAnswer(405, 'This method is not supported.', { allow: [...methods].join(', ') });
    }
    const host = request.headers.get('host');
    if (host !== null && host === goodHost) return undefined;
    // The pattern has one host only; the rest (ports, digits of addresses) is what a URL may have.
    if (host === null || !validHost.test(host) || !URL.canParse(`http://${host}/`)) {
      return plainAnswer(400, 'The request needs one valid Host header.');
    }
    goodHost = host;
    return undefined;
  }

  const open = (address: ListenAddress) => {
    const opened = openServer(address, config.server.idleTimeout, answer, (error) => {
      log.error('request failed outside its dialect', { error });
    });
    requests.attach(opened);
    return opened;
  };
  let server = open(config.server.http);
  const port = server.port ?? 0;

  /** How many requests and sockets are left after these seconds. */
  async function settled(seconds: number): Promise<number> {
    const left = () => server.pendingRequests + server.pendingWebSockets;
    const deadline = performance.now() + seconds * 1000;
    while (left() > 0 && performance.now() < deadline) await Bun.sleep(10);
    return left();
  }

  return {
    url: urlOf(config.server.http.hostname, port),
    async drain(seconds) {
      draining = true;
      handler.endStreams?.();
      // Resolves when every connection is gone, idle ones too; what matters is the requests.
      void server.stop(false);
      const cut = await settled(seconds);
      void server.stop(true);
      return cut;
    },
    async pause(meanwhile, seconds) {
      const before = handler;
      handler = meanwhile;
      before.endStreams?.();
      const cut = await settled(seconds);
      if (cut === 0) return cut;
      // A single request cannot be cut; for a moment nobody listens.
      await server.stop(true);
      server = open({ ...config.server.http, port });
      return cut;
    },
    resume(next) {
      handler = next;
    },
  };
}

function openServer(
  { hostname, port }: ListenAddress,
  idleTimeout: number,
  answer: (request: Request) => Response | Promise<Response>,
  onError: (error: unknown) => void,
): Server<SocketEvents> {
  try {
    return Bun.serve<SocketEvents>({
      hostname,
      port,
      idleTimeout,
      // By default two servers can share a port without noticing, each with its own data.
      reusePort: false,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      fetch: answer,
      websocket: {
        maxPayloadLength: MAX_MESSAGE,
        // Bun asks quiet clients whether they are still there.
        idleTimeout: SOCKET_IDLE,
        open: (socket) => socket.data.open(socket),
        message: (socket, message) => socket.data.message(socket, message),
        ping: (socket) => socket.data.ping(socket),
        drain: (socket) => socket.data.drain(socket),
        close: (socket) => socket.data.close(),
      },
      error(error) {
        onError(error);
        return plainAnswer(500, 'Something went wrong.');
      },
    });
  } catch (error) {
    const at = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EADDRINUSE')
      throw new OperatorError(`The address ${at} is already in use.`, { cause: error });
    throw new OperatorError(`The server cannot listen on ${at}.`, { cause: error });
  }
}

/** Longer than what is read at once, or of unknown length. */
function hasLongBody({ method, headers }: Request): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  const length = headers.get('content-length');
  return length === null ? headers.has('transfer-encoding') : Number(length) > SHORT_BODY;
}

function tooMany(): Response {
  return plainAnswer(429, 'Too many requests at a time from this address.', { 'retry-after': '1' });
}

function plainAnswer(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...headers },
  });
}

/** How a browser on this machine reaches the server. */
function urlOf(hostname: string, port: number): string {
  const host = hostname === '0.0.0.0' ? '127.0.0.1' : hostname === '::' ? '[::1]' : hostname;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

/**
 * What the operator reads first: the address, the console, and while there is no superuser the one-time link for making the
 * first. Text for people, or one JSON line.
 */
export async function announcement(core: Core, url: string, config: Config, json: boolean): Promise<string> {
  const base = config.server.publicUrl ?? url;
  const setup = (await core.auth.needsFirstSuperuser())
    ? `${base}/_/setup?token=${core.auth.setupToken()}`
    : undefined;
  if (json) {
    const line = { level: 'INFO', message: 'listening', logger: 'dossier', version: VERSION };
    const facts = { url, api: `${base}/api/`, console: `${base}/_/`, dir: config.dir, setup };
    return `${JSON.stringify({ '@timestamp': new Date(core.clock.now()).toISOString(), ...line, ...facts })}\n`;
  }
  const lines = [
    `Dossier ${VERSION} listens on ${url}`,
    `  API      ${base}/api/`,
    `  Console  ${base}/_/`,
    `  Data     ${config.dir}`,
  ];
  if (setup) lines.push('', 'Create the first superuser with this link. It works once:', `  ${setup}`);
  return `${lines.join('\n')}\n\n`;
}
