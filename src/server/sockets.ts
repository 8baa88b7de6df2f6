import type { ServerWebSocket } from 'bun';
import type { DialectOptions, SocketHandler } from '../dialects/dialect.ts';
import type { Requests, SocketEvents } from './requests.ts';
import type { Streams } from './streams.ts';

/** What {@link createSockets} needs. */
export interface SocketsOptions {
  readonly requests: Pick<Requests, 'upgrade'>;
  readonly streams: Pick<Streams, 'open'>;
  /** Origins whose pages may open WebSockets beside those of the server's own host; `*` for all. */
  readonly origins: readonly string[];
  /** Under which browsers reach the server, where somebody said so. */
  readonly publicUrl: string | undefined;
  now(): number;
}

/** Bytes that may wait for one client that does not read, and for all of them. */
const MAX_WAITING = 1_000_000;
const MAX_WAITING_OF_ALL = 64_000_000;
/** Messages and pings that a client may send in a time of so many milliseconds. */
const MAX_MESSAGES = 30;
const WINDOW_MS = 10_000;

const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/** Makes {@link DialectOptions.openSocket}. */
export function createSockets(options: SocketsOptions): DialectOptions['openSocket'] {
  const { requests, streams, origins, now } = options;
  const publicHost = options.publicUrl && new URL(options.publicUrl).host;
  const pool = { waiting: 0 };

  return (request, handler, { cookies }) => {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return 'unsupported';
    const hosts = [request.headers.get('host')?.toLowerCase(), publicHost];
    if (!isAllowed(request, hosts, cookies ? [] : origins)) return 'foreign';
    const connection = createConnection(handler, pool, now);
    const leave = streams.open(request, connection.end);
    if (!leave) return 'full';
    const events: SocketEvents = {
      ...connection.events,
      close() {
        leave();
        connection.events.close();
      },
    };
    if (requests.upgrade(request, events)) return new Response(null, { status: 101 });
    leave();
    return 'unsupported';
  };
}

/** Other clients than browsers name no origin. */
function isAllowed(
  { headers }: Request,
  hosts: readonly (string | undefined)[],
  origins: readonly string[],
): boolean {
  const origin = headers.get('origin');
  if (origin === null || origins.includes('*') || origins.includes(origin)) return true;
  // The scheme is not compared: behind a proxy it is not the one that browsers see.
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}

interface Connection {
  readonly events: SocketEvents;
  end(): void;
}

/** Counts what waits for the client, and what it says. */
function createConnection(handler: SocketHandler, pool: { waiting: number }, now: () => number): Connection {
  let socket: ServerWebSocket<SocketEvents> | undefined;
  let waiting = 0;
  let dropped = false;
  let windowStart = 0;
  let messages = 0;

  function setWaiting(bytes: number): void {
    pool.waiting += bytes - waiting;
    waiting = bytes;
  }

  function send(text: string): boolean {
    if (!socket) return false;
    const hasRoom = waiting === 0 || waiting + text.length <= MAX_WAITING;
    const taken = hasRoom && (waiting === 0 || pool.waiting + text.length <= MAX_WAITING_OF_ALL);
    const result = taken ? socket.sendText(text) : 0;
    // -1: it waits; 0: it was dropped.
    if (result < 0) setWaiting(waiting + text.length);
    if (result === 0) dropped = true;
    // Nobody knows beforehand who takes a message at once; who does not may keep it only where there is room.
    if (pool.waiting <= MAX_WAITING_OF_ALL) return result !== 0;
    socket.terminate();
    return false;
  }

  /** Whether the client may say one thing more; it is sent away otherwise. */
  function admits(own: ServerWebSocket<SocketEvents>): boolean {
    const time = now();
    if (time - windowStart > WINDOW_MS) {
      windowStart = time;
      messages = 0;
    }
    if (++messages <= MAX_MESSAGES) return true;
    own.close(POLICY_VIOLATION, 'too many messages');
    return false;
  }

  return {
    end: () => socket?.close(GOING_AWAY, 'the server stops'),
    events: {
      open(own) {
        socket = own;
        handler.opened({ send, close: (code, reason) => own.close(code, reason) });
      },
      message(own, message) {
        if (admits(own)) handler.message(typeof message === 'string' ? message : undefined);
      },
      // Their answers would wait in memory, megabytes of them, for a client that does not read.
      ping: admits,
      drain(own) {
        setWaiting(Math.min(waiting, own.getBufferedAmount()));
        if (!dropped || waiting > 0) return;
        dropped = false;
        handler.roomy();
      },
      close() {
        socket = undefined;
        setWaiting(0);
        handler.closed();
      },
    },
  };
}
