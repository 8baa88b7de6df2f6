/** Bytes of one buffer: large enough that calls cost nothing beside the copy, small enough for many uploads at once. */
const BUFFER_SIZE = 256 * 1024;

/** Buffers that are used again, so that a long upload allocates nothing. */
export interface BufferPool {
  take(): Uint8Array<ArrayBuffer>;
  give(buffer: Uint8Array<ArrayBuffer>): void;
}

/** Makes a pool that keeps at most `kept` buffers of {@link BUFFER_SIZE} when idle. */
export function createBufferPool(kept: number): BufferPool {
  const idle: Uint8Array<ArrayBuffer>[] = [];
  return {
    take: () => idle.pop() ?? new Uint8Array(new ArrayBuffer(BUFFER_SIZE)),
    give: (buffer) => {
      if (idle.length < kept) idle.push(buffer);
    },
  };
}
