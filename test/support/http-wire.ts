import type { Socket } from 'node:net';

/** The head of an HTTP/1.1 message, as it was on the wire. */
export interface WireHead {
  /** `GET /x HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly start: string;
  /** In their order; names as they were written. */
  readonly headers: readonly (readonly [string, string])[];
}

/** How a message's body ends (RFC 9112, 6.3). */
export type WireFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

/** Messages that arrive on a socket. */
export interface WireReader {
  /** The next head; undefined when the other side ends before it. */
  head(): Promise<WireHead | undefined>;
  /** The payload of the body, without the framing of chunks. Throws when the connection ends before the body does. */
  body(framing: WireFraming): AsyncGenerator<Uint8Array>;
}

/** Reads messages from a socket, taking no more from it than is asked for. */
export function readWire(socket: Socket): WireReader {
  const arriving: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const { done, value } = await arriving.next();
    if (done === true) return false;
    held = held.byteLength === 0 ? value : Buffer.concat([held, value]);
    return true;
  }

  async function until(mark: string): Promise<string | undefined> {
    for (;;) {
      const end = held.indexOf(mark);
      if (end >= 0) {
        const text = held.subarray(0, end).toString('latin1');
        held = held.subarray(end + mark.length);
        return text;
      }
      if (!(await more())) return undefined;
    }
  }

  async function* exactly(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (held.byteLength === 0 && !(await more())) throw new Error('the connection ended inside a body');
      const piece = held.subarray(0, left);
      held = held.subarray(piece.byteLength);
      left -= piece.byteLength;
      yield piece;
    }
  }

  return {
    async head() {
      const text = await until('\r\n\r\n');
      if (text === undefined) return undefined;
      const [start = '', ...lines] = text.split('\r\n');
      const headers = lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
      });
      return { start, headers };
    },
    async *body(framing) {
      if (framing.kind === 'length') yield* exactly(framing.length);
      if (framing.kind === 'close') {
        do {
          if (held.byteLength > 0) yield held;
          held = Buffer.alloc(0);
        } while (await more());
      }
      if (framing.kind !== 'chunked') return;
      for (;;) {
        const line = await until('\r\n');
        if (line === undefined) throw new Error('the connection ended inside a body');
        const size = Number.parseInt(line, 16);
        if (size > 0) yield* exactly(size);
        if ((await until('\r\n')) === undefined) throw new Error('the connection ended inside a body');
        if (size === 0) return;
      }
    },
  };
}

/** The first value of a header, whatever the case of its name. */
export function headerOf(head: WireHead, name: string): string | undefined {
  return head.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** How a request's body ends. */
export function requestFraming(head: WireHead): WireFraming {
  return explicitFraming(head) ?? { kind: 'none' };
}

/** How the body of an answer to a `method` request ends. */
export function answerFraming(head: WireHead, method: string): WireFraming {
  const status = statusOf(head);
  if (method === 'HEAD' || status === 204 || status === 304) return { kind: 'none' };
  return explicitFraming(head) ?? { kind: 'close' };
}

/** The status of an answer. */
export function statusOf(head: WireHead): number {
  return Number(head.start.split(' ')[1]);
}

/** A head as bytes, without the headers in `without` and with `added` behind the others. */
export function wireHead(
  head: WireHead,
  without: readonly string[] = [],
  added: readonly (readonly [string, string])[] = [],
): Buffer {
  const kept = head.headers.filter(([name]) => !without.includes(name.toLowerCase()));
  const lines = [...kept, ...added].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${head.start}\r\n${lines.join('')}\r\n`, 'latin1');
}

/** A piece of a body as one chunk; the last chunk when it is empty. */
export function wireChunk(piece: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${piece.byteLength.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
}

/** Writes and waits until the socket takes more. Throws when it is closed. */
export async function send(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (bytes.byteLength === 0) return;
  if (socket.destroyed || !socket.writable) throw new Error('the connection is closed');
  const sent = Promise.withResolvers<void>();
  const onClose = () => sent.reject(new Error('the connection is closed'));
  socket.once('close', onClose);
  socket.write(bytes, (error) => (error ? sent.reject(error) : sent.resolve()));
  try {
    await sent.promise;
  } finally {
    socket.off('close', onClose);
  }
}

function explicitFraming(head: WireHead): WireFraming | undefined {
  if (headerOf(head, 'transfer-encoding')?.toLowerCase().endsWith('chunked')) return { kind: 'chunked' };
  const length = headerOf(head, 'content-length');
  return length === undefined ? undefined : { kind: 'length', length: Number(length) };
}
