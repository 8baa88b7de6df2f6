import { createLru } from '../../lib/lru.ts';
import { createSniffer, type Sniffer } from '../../lib/sniff.ts';

/** What is known of a file's content. */
export interface Examined {
  /** Lower-case hex of the SHA-256. */
  readonly sha256: string;
  readonly sniffer: Sniffer;
}

/** The hash and the type of one upload's bytes so far. */
export interface Running {
  /** How many bytes went in. */
  readonly offset: number;
  push(chunk: Uint8Array): void;
  examined(): Examined;
}

/** What was worked out of the bytes of uploads that go on; forgotten at will, since the staging file has them too. */
export interface Progress {
  /** What is known of exactly the first `offset` bytes. */
  at(id: string, offset: number): Running | undefined;
  keep(id: string, running: Running): void;
  forget(id: string): void;
}

/** Each holds the first 64 KB of its file. */
const KEPT = 128;

/** Makes {@link Progress}. */
export function createProgress(): Progress {
  const kept = createLru<string, Running>(KEPT);
  return {
    at(id, offset) {
      if (offset === 0) return createRunning();
      const found = kept.get(id);
      return found?.offset === offset ? found : undefined;
    },
    keep: (id, running) => kept.set(id, running),
    forget: (id) => void kept.delete(id),
  };
}

/** Begins with no bytes. */
export function createRunning(): Running {
  const hash = new Bun.CryptoHasher('sha256');
  const sniffer = createSniffer();
  let offset = 0;
  return {
    get offset() {
      return offset;
    },
    push(chunk) {
      // In two pieces the sniffer copies, and does not keep a whole chunk alive.
      if (offset === 0 && chunk.byteLength > 1) sniffer.push(chunk.subarray(0, 1));
      sniffer.push(offset === 0 && chunk.byteLength > 1 ? chunk.subarray(1) : chunk);
      hash.update(chunk);
      offset += chunk.byteLength;
    },
    examined: () => ({ sha256: hash.copy().digest('hex'), sniffer }),
  };
}
