/** How a server speaks on a stream of events. */
export interface StreamKind {
  /** With its query. */
  readonly path: string;
  /** Lines of the request beside those that every one has, each with its line break. */
  readonly headers?: string;
  /** Found in what comes first; the group, if there is one, is what `connect` gives. */
  readonly greeting: RegExp;
  /** Stands once in every event, and nowhere else. */
  readonly event: string;
}

/** Clients that count the events of many streams and keep nothing. */
export function tapOf(base: string, { path, headers = '', greeting, event }: StreamKind) {
  const { hostname, port } = new URL(base);
  const sockets: Bun.Socket[] = [];
  let events = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let reached: (() => void) | undefined;

  function count(chunk: Uint8Array): void {
    events += chunk.toString().split(event).length - 1;
    if (events < wanted) return;
    wanted = Number.POSITIVE_INFINITY;
    reached?.();
  }

  return {
    /** Opens a stream and waits for its greeting. */
    async connect(): Promise<string> {
      const hello = Promise.withResolvers<string>();
      let heard: string | undefined = '';
      const socket = await Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: (own) => void own.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\n${headers}\r\n`),
          data(_own, chunk) {
            if (heard === undefined) {
              count(chunk);
              return;
            }
            heard += chunk.toString();
            const found = greeting.exec(heard);
            if (found === null) return;
            heard = undefined;
            hello.resolve(found[1] ?? '');
          },
          close: () => hello.reject(new Error(`a connection was closed: ${heard}`)),
          error: (_own, error) => hello.reject(error),
        },
      });
      sockets.push(socket);
      return hello.promise;
    },
    /** Resolves when that many more events came, to all connections together. */
    untilAll(more: number): Promise<void> {
      events = 0;
      wanted = more;
      return new Promise((resolve) => {
        reached = resolve;
      });
    },
    close() {
      for (const socket of sockets) socket.terminate();
    },
  };
}
