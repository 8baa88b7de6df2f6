import type { Storage } from '../ports/storage.ts';

/** Reads an object whole and gives the hex SHA-256 of its bytes, with constant memory. */
export async function readHash(
  storage: Storage,
  key: string,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal?: AbortSignal },
): Promise<string> {
  const body = await storage.read(key);
  const hash = new Bun.CryptoHasher('sha256');
  for await (const chunk of body instanceof Blob ? body.stream() : body) {
    signal?.throwIfAborted();
    hash.update(chunk);
    onBytes(chunk.byteLength);
  }
  return hash.digest('hex');
}
