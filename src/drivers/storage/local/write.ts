import { AppError } from '../../../core/errors.ts';
import type { PutOptions, PutResult } from '../../../core/ports/storage.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { failpoint } from '../../../lib/failpoints.ts';
import { untilAborted } from '../../../lib/until-aborted.ts';
import type { BufferPool } from './buffers.ts';
import { storageFault } from './faults.ts';
import type { OpenFile } from './file-ops.ts';

/** What {@link writeStream} works with. */
export interface WriteContext {
  readonly file: OpenFile;
  readonly pool: BufferPool;
  readonly options: PutOptions;
}

/**
 * Writes a stream to an open file, counting and hashing on the way. Chunks are copied, so that the source may use their
 * memory again; while one buffer is being written, the other is filled and hashed.
 *
 * Throws what the source throws as it is, `too_large` beyond `maxSize`, the signal's reason when it is aborted, and I/O
 * errors as `storage_full` or `unavailable`. Nothing is being written any more when it returns or throws.
 */
export async function writeStream(
  source: AsyncIterable<Uint8Array>,
  context: WriteContext,
): Promise<PutResult> {
  const { options } = context;
  const hash = new Bun.CryptoHasher('sha256');
  const writer = createWriter(context);
  let size = 0;
  try {
    for await (const chunk of untilAborted(source, options.signal)) {
      size += chunk.byteLength;
      if (options.maxSize !== undefined && size > options.maxSize) {
        throw new AppError('too_large', { reason: 'max_size', params: { max: options.maxSize } });
      }
      options.onChunk?.(chunk);
      hash.update(chunk);
      await writer.add(chunk);
    }
    await writer.end();
  } finally {
    await writer.release();
  }
  return { size, sha256: hash.digest('hex') };
}

/** Two buffers in turn: one being filled, one being written. */
function createWriter({ file, pool }: WriteContext) {
  let filling = pool.take();
  let writing: Uint8Array<ArrayBuffer> | undefined;
  let used = 0;
  // Holds the error instead of throwing it, so that nothing is rejected while nobody waits.
  let pending: Promise<AppError | undefined> = Promise.resolve(undefined);

  async function settle(): Promise<void> {
    const fault = await pending;
    if (fault !== undefined) throw fault;
  }

  async function flush(): Promise<void> {
    await settle();
    const next = writing ?? pool.take();
    writing = filling;
    pending = writeFully(file, filling.subarray(0, used)).then(() => undefined, storageFault);
    filling = next;
    used = 0;
  }

  return {
    async add(chunk: Uint8Array): Promise<void> {
      let offset = 0;
      while (offset < chunk.byteLength) {
        const part = chunk.subarray(offset, offset + filling.byteLength - used);
        filling.set(part, used);
        used += part.byteLength;
        offset += part.byteLength;
        if (used === filling.byteLength) await flush();
      }
    },
    async end(): Promise<void> {
      if (used > 0) await flush();
      await settle();
    },
    /** The buffers may be used by others only when the system is done with them. */
    async release(): Promise<void> {
      await pending;
      pool.give(filling);
      if (writing !== undefined) pool.give(writing);
    },
  };
}

async function writeFully(file: OpenFile, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const taken = await file.write(bytes.subarray(offset));
    if (taken <= 0) throw new Error('nothing was written');
    offset += taken;
  }
  if (FAILPOINTS) failpoint('write.mid');
}
