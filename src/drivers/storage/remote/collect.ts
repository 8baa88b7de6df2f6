import type { ObjectService, SendBody, SendFacts } from './object-service.ts';
import type { Spool, SpoolFile } from './spool.ts';

/** Bytes that are ready to be sent, and can be sent again. */
export interface Batch extends SendFacts {
  readonly body: SendBody;
  /** Forgets them. Never rejects. */
  release(): Promise<void>;
}

/** Gathers the bytes of one part. */
export interface Collector {
  /** Bytes so far. */
  readonly size: number;
  /** Takes a copy. `storage_full` or `unavailable` when the spool does not take it. */
  add(bytes: Uint8Array): Promise<void>;
  /** No more comes. */
  finish(): Promise<Batch>;
  /** Forgets what was gathered. Never rejects. */
  release(): Promise<void>;
}

/** Bytes of the first block: most small objects need no more. */
const FIRST_BLOCK = 16 * 1024;
/** Bytes that are written to the disk at once. */
const BLOCK = 256 * 1024;

/** Makes a collector that keeps up to `memory` bytes, and writes all to the spool when there are more. */
export function createCollector(
  spool: Spool,
  memory: number,
  checksum: ObjectService['checksum'],
): Collector {
  const hash = new Bun.CryptoHasher(checksum);
  const full: Uint8Array<ArrayBuffer>[] = [];
  let block = new Uint8Array(new ArrayBuffer(Math.min(FIRST_BLOCK, Math.max(memory, 1))));
  let used = 0;
  let size = 0;
  let kept = 0;
  let file: SpoolFile | undefined;

  /** Makes room: another block in memory, or the same one again when its bytes are on disk. */
  async function turn(): Promise<void> {
    const left = memory - kept - block.byteLength;
    if (file === undefined && left > 0) {
      kept += block.byteLength;
      full.push(block);
      block = new Uint8Array(new ArrayBuffer(Math.min(BLOCK, left)));
    } else {
      file ??= await spool.create();
      for (const earlier of full.splice(0)) await file.write(earlier);
      await file.write(block);
      if (block.byteLength < BLOCK) block = new Uint8Array(new ArrayBuffer(BLOCK));
    }
    used = 0;
  }

  function inMemory(): Uint8Array<ArrayBuffer> {
    if (full.length === 0) return block.subarray(0, used);
    const whole = new Uint8Array(new ArrayBuffer(size));
    let offset = 0;
    for (const earlier of full.splice(0)) {
      whole.set(earlier, offset);
      offset += earlier.byteLength;
    }
    whole.set(block.subarray(0, used), offset);
    return whole;
  }

  async function release(): Promise<void> {
    full.length = 0;
    await file?.remove();
  }

  return {
    get size() {
      return size;
    },
    async add(bytes) {
      hash.update(bytes);
      let offset = 0;
      while (offset < bytes.byteLength) {
        if (used === block.byteLength) await turn();
        const next = bytes.subarray(offset, offset + block.byteLength - used);
        block.set(next, used);
        used += next.byteLength;
        offset += next.byteLength;
        size += next.byteLength;
      }
    },
    async finish() {
      if (file !== undefined && used > 0) await file.write(block.subarray(0, used));
      const body = file === undefined ? inMemory() : await file.finish();
      return { body, size, digest: hash.digest(checksum === 'md5' ? 'base64' : 'hex'), release };
    },
    release,
  };
}
