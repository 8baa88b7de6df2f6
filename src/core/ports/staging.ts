/** A staged file that is being written, by one writer at a time. */
export interface StagedWriter {
  /**
   * Takes the next bytes for good: after this turn of the event loop they are the writer's to free. A promise when the disk wants time; await it before the next
   * call. Throws `storage_full` or `unavailable`, also for what an earlier call gave it.
   */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /**
   * Makes everything that was taken durable, and says how long the file then is. More may be written meanwhile. After a
   * failure the writer is of no further use: the system may have dropped bytes.
   */
  sync(): Promise<number>;
  /** Waits for what is being written, and closes the file. Bytes that were not synced may be lost. */
  close(): Promise<void>;
}

/** Room on the volume, in bytes. */
export interface StagingRoom {
  readonly free: number;
  readonly total: number;
}

/**
 * Files that grow piece by piece under server-made ids (`[a-z0-9]`), on this machine, until they become objects of a storage.
 * Faults are `storage_full` and `unavailable`.
 */
export interface Staging {
  /**
   * Opens a file to be written from `length` on, and cuts off what it has beyond; what does not exist is created with the
   * length 0, durably. Throws `not_found` reason `staged` when the file is shorter.
   */
  open(id: string, length: number): Promise<StagedWriter>;
  /** Bytes; undefined when there is no such file. */
  size(id: string): Promise<number | undefined>;
  /** The bytes, read once. A file that is not there has none. */
  read(id: string): AsyncIterable<Uint8Array>;
  /**
   * Gives the file a second name, for a storage to take over before another is asked for; undefined where the file system
   * has no such thing.
   */
  link(id: string): Promise<string | undefined>;
  /** Removes a name of {@link Staging.link} that was not taken over. */
  unlink(path: string): Promise<void>;
  /** Removes the file and its second name; succeeds when there are none. */
  remove(id: string): Promise<void>;
  /** Ids of everything that is there. */
  list(): Promise<ReadonlySet<string>>;
  room(): Promise<StagingRoom>;
}
