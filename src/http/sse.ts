/** Parts of an event of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface ServerEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/**
 * One event as text, blank line included. Line breaks of the data become lines of their own, as the format has them; those of
 * names, which it cannot express, and NUL in an id become spaces, so that no value can begin another field or event.
 */
export function eventFrame({ id, event, data }: ServerEvent): string {
  let frame = '';
  if (id !== undefined) frame += `id:${oneLine(id).replaceAll('\0', ' ')}\n`;
  if (event !== undefined) frame += `event:${oneLine(event)}\n`;
  return `${frame}${dataLines(data)}\n\n`;
}

/** The lines of {@link ServerEvent.data} without the last break; many frames may share them. */
export function dataLines(data: string): string {
  if (!BREAK.test(data)) return `data:${padded(data)}`;
  return data
    .split(/\r\n|\r|\n/)
    .map((line) => `data:${padded(line)}`)
    .join('\n');
}

/** Text without line breaks, for the fields that are one line. */
export function oneLine(text: string): string {
  return BREAK.test(text) ? text.replace(/[\r\n]+/g, ' ') : text;
}

const BREAK = /[\r\n]/;

/** Readers drop one space after the colon. */
function padded(line: string): string {
  return line.startsWith(' ') ? ` ${line}` : line;
}

/** A response body that is written to as events come. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Hands a frame on, whole. False when it was not taken: the stream is over, be it because of this frame, or drops. */
  send(frame: string | Uint8Array): boolean;
  /** Whether frames wait for the client. */
  readonly isWaiting: boolean;
  /** How often the client has taken something; a client that reads makes it grow. */
  readonly taken: number;
  /** Ends the stream once the client has taken what waits. */
  finish(): void;
  /** Ends the stream. What the client has not taken yet is dropped. */
  close(): void;
}

/** How much may wait for the clients of several streams together; a stream that needs more is ended. */
export interface EventPool {
  waiting: number;
  readonly most: number;
}

/** How {@link createEventStream} treats its client. */
export interface EventStreamOptions {
  /** Characters that may wait for a client that does not read; one more ends the stream (SECURITY-REQUIREMENTS 8.2). */
  readonly buffer: number;
  /** Frames that may wait, where there is such a bound. */
  readonly frames?: number;
  /** What happens beyond the bounds instead: the frame is dropped, and the stream goes on. Frames that waited stay apart. */
  readonly drops?: {
    /** There is room again after frames were dropped. */
    onRoom(): void;
  };
  /** Shared with other streams. */
  readonly pool?: EventPool;
  /** Called once when the stream is over, whoever ended it. */
  onClose(): void;
}

/** Characters in frames that wait for the client beside those that the connection itself holds. */
export const DEFAULT_EVENT_BUFFER = 1_000_000;

const utf8 = new TextEncoder();

/** False when the stream is over without having said so: its connection broke this moment. */
function quietly(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Makes an {@link EventStream}. While the client reads, each frame is a chunk of its own; what waited goes as one. */
export function createEventStream(options: EventStreamOptions): EventStream {
  const { buffer, frames = Number.POSITIVE_INFINITY, drops, pool, onClose } = options;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let waiting: (string | Uint8Array)[] = [];
  let waitingLength = 0;
  let dropped = false;
  let taken = 0;
  let finishing = false;

  function forget(): void {
    if (pool) pool.waiting -= waitingLength;
    waiting = [];
    waitingLength = 0;
  }

  function unwait(length: number): void {
    waitingLength -= length;
    if (pool) pool.waiting -= length;
  }

  function hasRoomFor(length: number): boolean {
    if (waiting.length >= frames || waitingLength + length > buffer) return false;
    return pool === undefined || pool.waiting + length <= pool.most;
  }

  function over(): void {
    if (!controller) return;
    controller = undefined;
    forget();
    onClose();
  }

  function close(): void {
    const open = controller;
    over();
    quietly(() => open?.close());
  }

  const body = new ReadableStream<Uint8Array>({
    start(own) {
      controller = own;
    },
    pull(own) {
      taken++;
      const [first] = waiting;
      if (drops && first !== undefined) {
        waiting.shift();
        unwait(first.length);
        own.enqueue(bytesOf(first));
      } else if (first !== undefined) {
        own.enqueue(joined(waiting));
        forget();
      }
      if (finishing && waiting.length === 0) close();
      if (!dropped) return;
      dropped = false;
      drops?.onRoom();
    },
    cancel: over,
  });

  return {
    body,
    get isWaiting() {
      return waiting.length > 0;
    },
    get taken() {
      return taken;
    },
    send(frame) {
      if (!controller || finishing) return false;
      if (waiting.length === 0 && (controller.desiredSize ?? 0) > 0) {
        const open = controller;
        if (quietly(() => open.enqueue(bytesOf(frame)))) return true;
        over();
        return false;
      }
      if (hasRoomFor(frame.length)) {
        waiting.push(frame);
        unwait(-frame.length);
        return true;
      }
      if (drops) dropped = true;
      else close();
      return false;
    },
    finish() {
      finishing = true;
      if (waiting.length === 0) close();
    },
    close,
  };
}

function bytesOf(frame: string | Uint8Array): Uint8Array {
  return typeof frame === 'string' ? utf8.encode(frame) : frame;
}

function joined(frames: readonly (string | Uint8Array)[]): Uint8Array {
  return frames.every((frame) => typeof frame === 'string')
    ? utf8.encode(frames.join(''))
    : Buffer.concat(frames.map(bytesOf));
}
