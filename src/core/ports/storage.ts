/** What is known of a stored object from the store itself. */
export interface ObjectHead {
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** What a finished {@link Storage.put} promises: the bytes are durable under the key. */
export interface PutResult {
  readonly size: number;
  /** Lower-case hex of the SHA-256 of the bytes. */
  readonly sha256: string;
}

/** How to write an object. */
export interface PutOptions {
  /** Cut with `too_large` as soon as more than this many bytes arrive. */
  readonly maxSize?: number;
  /** Sees each chunk before it is written (sniffing); must not keep or change it. */
  readonly onChunk?: (chunk: Uint8Array) => void;
  /** Ends the write; `put` rejects with its reason, and nothing is left. */
  readonly signal?: AbortSignal;
}

/** The inclusive byte range `start`..`end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A place for immutable bytes under server-made keys (`[a-z0-9/_.-]`, no `..`).
 *
 * - `put` streams to a temporary name, fsyncs, renames, fsyncs the folder (or the service's like), and hashes on the
 *   way. On any failure nothing is left under the key. It throws `too_large`, `storage_full` or `unavailable`; an error
 *   of the source stream is passed on as it is.
 * - `remove` succeeds when the object is not there, and is durable when it resolves.
 * - Reading what is not there throws `not_found`.
 */
export interface Storage {
  readonly name: string;
  put(key: string, source: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<PutResult>;
  head(key: string): Promise<ObjectHead | undefined>;
  /** A body for a Response. The local driver gives a `Bun.file` slice (sendfile); others a stream. */
  read(key: string, range?: ByteRange): Promise<Blob | ReadableStream<Uint8Array>>;
  /** The whole object; for small ones only. */
  bytes(key: string): Promise<Uint8Array<ArrayBuffer>>;
  remove(key: string): Promise<void>;
  /** Keys under `prefix` (all when empty), in no particular order. Temporaries are not listed. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }>;
  /** Removes what interrupted writes left; called at start, under the lock. Returns how many. */
  sweep(): Promise<number>;
  /** A path that another process on this machine may read, when there is one. */
  localPath?(key: string): string;
}
