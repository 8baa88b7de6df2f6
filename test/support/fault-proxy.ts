import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  answerFraming,
  headerOf,
  readWire,
  requestFraming,
  send,
  statusOf,
  type WireFraming,
  type WireHead,
  type WireReader,
  wireChunk,
  wireHead,
} from './http-wire.ts';

/** What the proxy does to a request instead of passing it and its answer on. */
export type Fault =
  /** Answers by itself. With `applied`, the service does the work first and its answer is thrown away. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfter?: string;
      readonly type?: string;
      readonly body?: string;
      readonly applied?: boolean;
    }
  /** Resets the connection; the service sees nothing of the request. */
  | { readonly kind: 'reset_before' }
  /** Resets the connection after the service did the work. */
  | { readonly kind: 'reset_after' }
  /** Resets both connections after this part (0 to 1) of the request's body. */
  | { readonly kind: 'reset_request'; readonly at: number }
  /** Resets the connection after this part (0 to 1) of the answer's body. */
  | { readonly kind: 'reset_answer'; readonly at: number }
  /** Closes in good order after this part of a body that has a Content-Length. */
  | { readonly kind: 'truncate'; readonly at: number }
  /** Ends a chunked body in good order after this part of it; there is no Content-Length. */
  | { readonly kind: 'short'; readonly at: number }
  /** Never answers. With `applied`, the service does the work. */
  | { readonly kind: 'silence'; readonly applied?: boolean }
  /** Passes on, but only after a while. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Turns over one bit in the request's body, at this part of it. */
  | { readonly kind: 'flip'; readonly at: number };

/** A request as the proxy sees it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: WireHead['headers'];
  /** Of all requests since the last {@link FaultProxy.inject}, from 1. */
  readonly number: number;
}

/** Decides what happens to a request; undefined: it passes. */
export type Decide = (request: SeenRequest) => Fault | undefined;

/** An HTTP proxy that breaks what passes. Clients use its address as the service's own: the Host stays as they signed it. */
export interface FaultProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** From now on this decides, and the counters begin again at nothing. */
  inject(decide: Decide): void;
  /** From now on everything passes; the counters stay. */
  heal(): void;
  /** Requests since the last {@link inject}. */
  readonly requests: readonly SeenRequest[];
  /** How often each kind of fault was done since the last {@link inject}. */
  readonly injected: ReadonlyMap<Fault['kind'], number>;
  stop(): Promise<void>;
}

/** A fault for some requests. */
export interface FaultRule {
  readonly method?: string;
  /** Matched against path and query. */
  readonly target?: RegExp;
  /** Which of the requests that match, from 1; default: each. */
  readonly nth?: number;
  /** How many from `nth` on; default 1. */
  readonly times?: number;
  readonly fault: Fault;
}

/** The first rule that fits a request decides. */
export function byRules(rules: readonly FaultRule[]): Decide {
  const seen = rules.map(() => 0);
  return (request) => {
    let chosen: Fault | undefined;
    for (const [index, { method, target, nth, times = 1, fault }] of rules.entries()) {
      if (method !== undefined && method !== request.method) continue;
      if (target !== undefined && !target.test(request.target)) continue;
      const count = (seen[index] ?? 0) + 1;
      seen[index] = count;
      if (nth === undefined || (count >= nth && count < nth + times)) chosen ??= fault;
    }
    return chosen;
  };
}

/** Breaks this share (0 to 1) of all requests, each with one of `faults`. */
export function byChance(random: () => number, share: number, faults: readonly Fault[]): Decide {
  return () => (random() < share ? faults[Math.floor(random() * faults.length)] : undefined);
}

/** Starts a proxy on a free port of the loopback address, before the service at `upstream` (`http://HOST:PORT`). */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(upstream);
  const open = new Set<Socket>();
  const injected = new Map<Fault['kind'], number>();
  let requests: SeenRequest[] = [];
  let decide: Decide = () => undefined;

  const server: Server = createServer({ noDelay: true }, (client) => {
    keep(client);
    void serve(client).catch(() => client.destroy());
  });

  function keep(socket: Socket): void {
    open.add(socket);
    // Its end shows in reading and writing.
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
  }

  function toService(client: Socket): Socket {
    const service = connect({ host: hostname, port: Number(port), noDelay: true });
    keep(service);
    const onClose = () => service.destroy();
    client.once('close', onClose);
    service.once('close', () => client.off('close', onClose));
    return service;
  }

  async function serve(client: Socket): Promise<void> {
    const reader = readWire(client);
    for (;;) {
      const head = await reader.head();
      if (head === undefined) return void client.end();
      const [method = '', target = ''] = head.start.split(' ');
      const request = { method, target, headers: head.headers, number: requests.length + 1 };
      requests.push(request);
      const fault = decide(request);
      if (fault !== undefined) injected.set(fault.kind, (injected.get(fault.kind) ?? 0) + 1);
      const goesOn = await exchange(
        { client, reader, head, method, service: () => toService(client) },
        fault,
      );
      if (!goesOn) return;
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    inject(next) {
      decide = next;
      requests = [];
      injected.clear();
    },
    heal() {
      decide = () => undefined;
    },
    get requests() {
      return requests;
    },
    injected,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

interface Exchange {
  readonly client: Socket;
  readonly reader: WireReader;
  readonly head: WireHead;
  readonly method: string;
  service(): Socket;
}

/** One request and its answer; false when the connection is of no more use. */
async function exchange(of: Exchange, fault: Fault | undefined): Promise<boolean> {
  const { client } = of;
  switch (fault?.kind) {
    case 'reset_before':
      return reset(client);
    case 'reset_request':
      await forwardRequest(of, of.service(), { at: fault.at, cut: true });
      return reset(client);
    case 'reset_after':
      await swallowAnswer(of);
      return reset(client);
    case 'silence':
      if (fault.applied === true) await swallowAnswer(of);
      else await drain(of);
      await once(client, 'close');
      return false;
    case 'answer':
      if (fault.applied === true) await swallowAnswer(of);
      else await drain(of);
      await send(client, ownAnswer(fault, of.method));
      return true;
    case 'delay':
      await Bun.sleep(fault.milliseconds);
      return passOn(of, undefined);
    default:
      return passOn(of, fault);
  }
}

/** Forwards the request, whole or broken, and the answer, whole or broken. */
async function passOn(of: Exchange, fault: Fault | undefined): Promise<boolean> {
  const { client, method } = of;
  const service = of.service();
  const flip = fault?.kind === 'flip' ? { at: fault.at, cut: false } : undefined;
  // The service may answer before it has read everything.
  const sent = forwardRequest(of, service, flip).then(
    () => true,
    () => false,
  );
  const answers = readWire(service);
  const answer = await finalHead(answers);
  if (answer === undefined) return reset(client);
  const framing = answerFraming(answer, method);
  if (fault === undefined || fault.kind === 'flip' || framing.kind === 'none') {
    await send(client, wireHead(answer, HOP_BY_HOP));
    await relay(client, answers.body(framing), framing);
    service.destroy();
    if (framing.kind !== 'close' && (await sent)) return true;
    client.end();
    return false;
  }
  const body = await gather(answers.body(framing));
  service.destroy();
  const at = 'at' in fault ? fault.at : 0;
  const part = body.subarray(0, Math.min(Math.floor(body.byteLength * at), Math.max(0, body.byteLength - 1)));
  if (fault.kind === 'short') {
    await send(
      client,
      wireHead(answer, [...HOP_BY_HOP, 'content-length'], [['Transfer-Encoding', 'chunked']]),
    );
    if (part.byteLength > 0) await send(client, wireChunk(part));
    await send(client, wireChunk(new Uint8Array()));
    return sent;
  }
  const whole = [['Content-Length', String(body.byteLength)]] as const;
  await send(client, wireHead(answer, [...HOP_BY_HOP, 'content-length', 'transfer-encoding'], whole));
  await send(client, part);
  if (fault.kind === 'truncate') {
    client.end();
    return false;
  }
  // What was written must arrive before the reset, which would overtake it.
  await Bun.sleep(20);
  return reset(client);
}

/** Sends the request on; with `broken`, cut or with one bit turned over at a part of its body. */
async function forwardRequest(
  { client, reader, head }: Exchange,
  service: Socket,
  broken: { readonly at: number; readonly cut: boolean } | undefined,
): Promise<void> {
  await proceed(client, head);
  await send(service, wireHead(head, ['expect', 'connection'], [['Connection', 'close']]));
  const framing = requestFraming(head);
  const place = broken === undefined ? -1 : Math.floor(lengthOf(framing, head) * broken.at);
  let offset = 0;
  for await (const piece of reader.body(framing)) {
    let out = piece;
    if (broken !== undefined && offset <= place && place < offset + piece.byteLength) {
      if (broken.cut) {
        await send(service, inFraming(piece.subarray(0, place - offset), framing));
        break;
      }
      out = Uint8Array.from(piece);
      out[place - offset] = (out[place - offset] ?? 0) ^ 1;
    }
    offset += piece.byteLength;
    await send(service, inFraming(out, framing));
  }
  if (broken?.cut === true) {
    await Bun.sleep(20);
    service.resetAndDestroy();
  } else if (framing.kind === 'chunked') await send(service, wireChunk(new Uint8Array()));
}

/** Lets the service do its work, and keeps the answer. */
async function swallowAnswer(of: Exchange): Promise<void> {
  const service = of.service();
  const sent = forwardRequest(of, service, undefined);
  const answers = readWire(service);
  await sent;
  const answer = await finalHead(answers);
  if (answer !== undefined) await gather(answers.body(answerFraming(answer, of.method)));
  service.destroy();
}

/** Reads the request's body without passing it on. */
async function drain({ client, reader, head }: Exchange): Promise<void> {
  await proceed(client, head);
  for await (const _ of reader.body(requestFraming(head)));
}

async function relay(client: Socket, body: AsyncIterable<Uint8Array>, framing: WireFraming): Promise<void> {
  for await (const piece of body) await send(client, inFraming(piece, framing));
  if (framing.kind === 'chunked') await send(client, wireChunk(new Uint8Array()));
}

/** A client that asked may send its body. */
async function proceed(client: Socket, head: WireHead): Promise<void> {
  if (headerOf(head, 'expect') !== undefined)
    await send(client, Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'));
}

async function finalHead(answers: WireReader): Promise<WireHead | undefined> {
  for (;;) {
    const head = await answers.head().catch(() => undefined);
    if (head === undefined || statusOf(head) >= 200) return head;
  }
}

async function gather(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

function inFraming(piece: Uint8Array, framing: WireFraming): Uint8Array {
  return framing.kind === 'chunked' && piece.byteLength > 0 ? wireChunk(piece) : piece;
}

/** Bytes of a request's body, as far as they are announced. */
function lengthOf(framing: WireFraming, head: WireHead): number {
  if (framing.kind === 'length') return framing.length;
  return Number(headerOf(head, 'x-amz-decoded-content-length') ?? 1);
}

function ownAnswer(fault: Extract<Fault, { kind: 'answer' }>, method: string): Buffer {
  const body = Buffer.from(fault.body ?? '');
  const headers = [
    ['Content-Type', fault.type ?? 'text/plain'],
    ['Content-Length', String(body.byteLength)],
    ...(fault.retryAfter === undefined ? [] : [['Retry-After', fault.retryAfter] as const]),
  ] as const;
  const head = wireHead({ start: `HTTP/1.1 ${fault.status} Scripted`, headers });
  return method === 'HEAD' ? head : Buffer.concat([head, body]);
}

function reset(client: Socket): false {
  client.resetAndDestroy();
  return false;
}

/** What concerns one connection only: both of the proxy's are its own business. */
const HOP_BY_HOP = ['connection', 'keep-alive'];
