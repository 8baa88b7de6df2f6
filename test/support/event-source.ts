/** What a listener of an {@link TestEventSource} gets. */
export interface StreamMessage {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

type Listener = (message: StreamMessage) => void;

/** As much of a browser's EventSource as the clients use; it does not connect anew by itself, which they do. */
export class TestEventSource {
  onerror: ((error: unknown) => void) | null = null;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #abort = new AbortController();
  #lastEventId = '';

  constructor(url: string | URL) {
    void this.#read(url);
  }

  addEventListener(type: string, listener: Listener): void {
    const listeners = this.#listeners.get(type) ?? new Set<Listener>();
    this.#listeners.set(type, listeners.add(listener));
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(url: string | URL): Promise<void> {
    try {
      const { signal } = this.#abort;
      const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal });
      const type = response.headers.get('content-type') ?? '';
      if (!response.ok || !response.body || !type.startsWith('text/event-stream')) {
        throw new Error(`no stream of events: ${response.status} ${type}`);
      }
      for await (const message of readEvents(response.body)) this.#dispatch(message);
      throw new Error('the stream ended');
    } catch (error) {
      if (!this.#abort.signal.aborted) this.onerror?.(error);
    }
  }

  #dispatch({ type, data, lastEventId }: StreamMessage): void {
    if (lastEventId !== '') this.#lastEventId = lastEventId;
    const message = { type, data, lastEventId: this.#lastEventId };
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      if (!this.#abort.signal.aborted) listener(message);
    }
  }
}

/** Gives clients that expect a browser's EventSource this one, until the result is called. */
export function provideEventSource(): () => void {
  const before: unknown = Reflect.get(globalThis, 'EventSource');
  Reflect.set(globalThis, 'EventSource', TestEventSource);
  return () => Reflect.set(globalThis, 'EventSource', before);
}

/** The events of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation). */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamMessage> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield readBlock(block);
  }
}

function readBlock(block: string): StreamMessage {
  let type = 'message';
  let lastEventId = '';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'event') type = value;
    else if (name === 'id') lastEventId = value;
    else if (name === 'data') data.push(value);
  }
  return { type, data: data.join('\n'), lastEventId };
}

/** An open stream of events and what came over it. */
export interface EventTap {
  /** The client's id, from the first event. */
  readonly id: string;
  readonly response: Response;
  /** All so far. */
  readonly messages: readonly StreamMessage[];
  /** The next one that nobody took yet; fails when none comes in time, or the stream ends. */
  next(milliseconds?: number): Promise<StreamMessage>;
  /** What came and was not taken, after it has been quiet for a while. */
  quiet(milliseconds?: number): Promise<readonly StreamMessage[]>;
  /** Resolves when the server ended it. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens a stream of events. */
export async function tapEvents(url: string): Promise<EventTap> {
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  if (!response.ok || !response.body) {
    throw new Error(`no stream of events: ${response.status} ${await response.text()}`);
  }
  const messages: StreamMessage[] = [];
  let taken = 0;
  let over = false;
  const { body } = response;
  const ended = (async () => {
    try {
      for await (const message of readEvents(body)) messages.push(message);
    } catch {
      // It was closed here, or cut there.
    }
    over = true;
  })();
  const next: EventTap['next'] = async (milliseconds = 5000) => {
    const until = performance.now() + milliseconds;
    for (;;) {
      const message = messages[taken];
      if (message) {
        taken++;
        return message;
      }
      if (over) throw new Error('the stream ended');
      if (performance.now() > until) throw new Error('no event came');
      await Bun.sleep(2);
    }
  };
  const { lastEventId: id } = await next();
  return {
    ...{ id, response, messages, next, ended },
    async quiet(milliseconds = 150) {
      await Bun.sleep(milliseconds);
      const rest = messages.slice(taken);
      taken = messages.length;
      return rest;
    },
    close: () => abort.abort(),
  };
}
