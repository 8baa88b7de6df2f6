import { connect, type Socket } from 'node:net';

/** A connection on which a test says exactly the bytes it wants to. */
export interface RawConnection {
  write(data: string | Uint8Array): void;
  /** Everything that came so far, bytes as Latin-1 characters. */
  received(): string;
  /** Resolves with what came, once it contains `text` or the server closed; throws after 10 s. */
  until(text: string): Promise<string>;
  readonly closed: Promise<void>;
  end(): void;
}

/** Opens a connection to `http://host:port`. */
export async function rawConnection(base: string): Promise<RawConnection> {
  const { hostname, port } = new URL(base);
  const socket: Socket = connect(Number(port), hostname);
  let received = '';
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      resolve();
    });
  });
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  // A reset is a close for these tests.
  socket.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  return {
    write: (data) => void socket.write(data),
    received: () => received,
    closed,
    async until(text) {
      const deadline = Date.now() + 10_000;
      while (!received.includes(text) && !isClosed) {
        if (Date.now() > deadline) throw new Error(`nothing with ${text} came: ${received}`);
        await Bun.sleep(5);
      }
      return received;
    },
    end: () => void socket.destroy(),
  };
}

/** The status line's number of a raw response; 0 when there is none. */
export function statusOf(response: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1] ?? 0);
}
