import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that breaks connections off. */
export interface CuttingProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly base: string;
  /** How many connections it broke off. */
  cuts(): number;
  stop(): Promise<void>;
}

/**
 * Passes connections on to `target` and breaks each off, on both sides and without a word, after as many bytes from the client
 * as `budget` says when the connection begins; `Infinity` lets it be.
 */
export async function startCuttingProxy(target: string, budget: () => number): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    let left = budget();
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        open.delete(socket);
        end();
      });
    }
    client.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, left));
      left -= chunk.byteLength;
      if (part.byteLength > 0 && !upstream.write(part)) client.pause();
      if (left <= 0) {
        cuts++;
        // What was passed on may still be on its way out.
        upstream.end();
        setTimeout(end, 10);
      }
    });
    upstream.on('drain', () => client.resume());
    upstream.on('data', (chunk) => client.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    base: `http://127.0.0.1:${address.port}`,
    cuts: () => cuts,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
