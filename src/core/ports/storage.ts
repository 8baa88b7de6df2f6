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
  /**
   * Makes the id of an unfinished multipart upload durable before its first part is sent, so that {@link Storage.discard}
   * can end it after a crash. Its rejection fails the put. Services without such an id never call it.
   */
  readonly journal?: (upload: string) => Promise<void>;
}

/** The inclusive byte range `start`..`end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** An object as a listing names it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
}

/** What a presigned address answers with. */
export interface PresignOptions {
  /** How long the address works. */
  readonly seconds: number;
  readonly contentType: string;
  /** A whole Content-Disposition header. */
  readonly disposition: string;
  /** A whole Cache-Control header. */
  readonly cacheControl: string;
}

/**
 * A place for immutable bytes under server-made keys (`[a-z0-9/_.-]`, no `..`).
 *
 * - `put` is atomic: the object appears whole and durable, or not at all. It hashes on the way. On any failure nothing is
 *   left under the key, as far as the process and the service live to see to it; what an ended process left goes by
 *   `discard` and `sweep`. It throws `too_large`, `storage_full` or `unavailable`; an error of the source stream is
 *   passed on as it is.
 * - A key is put once, and is never the beginning of another up to a slash. What `put` does to a key that is taken is not
 *   defined; `copy` replaces the object, so that a copy that broke off can be made again.
 * - `remove` succeeds when the object is not there, and is durable when it resolves.
 * - Reading what is not there throws `not_found` reason `object`.
 * - A body that breaks off errors; it never ends short (SECURITY-REQUIREMENTS 4.6).
 * - `unavailable` carries reason `storage` and, where a pause is known, param `retryAfter` in seconds. Drivers of services
 *   try again on their own what may succeed, and refuse at once while a service keeps failing.
 */
export interface Storage {
  /** The name that catalogue rows carry. */
  readonly name: string;
  /** The technology: `local`, `s3`, `gcs`, `azure`. */
  readonly type: string;
  put(key: string, source: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<PutResult>;
  head(key: string): Promise<ObjectHead | undefined>;
  /**
   * A body for a Response. The local driver gives a `Bun.file` slice (sendfile); others a stream. `size` is that of the whole
   * object, where the caller knows it: to a stream of another length nothing could be said any more, so a driver that gives
   * streams throws `not_found` instead.
   */
  read(key: string, range?: ByteRange, size?: number): Promise<Blob | ReadableStream<Uint8Array>>;
  /** The whole object; for small ones only. */
  bytes(key: string): Promise<Uint8Array<ArrayBuffer>>;
  remove(key: string): Promise<void>;
  /**
   * Removes whatever an interrupted `put` of the key may have left: the object, and unfinished multiparts, of which
   * `upload` is the journalled id (empty: none is known). Repeatable.
   */
  discard(key: string, upload: string): Promise<void>;
  /** Copies an object inside the store, without its bytes passing through this process where the service can do so. */
  copy(from: string, to: string): Promise<void>;
  /**
   * Objects whose key begins with `prefix` (all when empty) and sorts behind `after` (default: from the first), in
   * ascending order of the keys' bytes. Temporaries are not listed.
   */
  list(prefix: string, after?: string): AsyncIterable<ListedObject>;
  /** Removes what interrupted writes left on this machine; called at start, under the lock. Returns how many. */
  sweep(): Promise<number>;
  /**
   * Asks once whether the store can be used as it is configured. Throws `not_configured` with reason `bucket_missing`,
   * `credentials_refused`, `path_unusable` or `bad_setting` and param `setting` (the configuration key's last part), or
   * `unavailable` reason `storage` with param `setting` when nothing answers.
   */
  check(): Promise<void>;
  /**
   * Takes a finished, durable file of the same machine as the object, by renaming it where that is possible; the path is
   * gone afterwards. False when it cannot be renamed (another volume) and is left as it was: then `put` it.
   */
  adopt?(key: string, path: string): Promise<boolean>;
  /** A path that another process on this machine may read, when there is one. */
  localPath?(key: string): string;
  /** An address from which a client may read the object for a while without passing through this server. */
  presign?(key: string, options: PresignOptions): Promise<string>;
  /** Ends what runs beside calls. */
  close(): Promise<void>;
}
