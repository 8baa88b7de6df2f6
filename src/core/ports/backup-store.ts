import type { ByteRange } from './storage.ts';

/** A verified backup. */
export interface BackupInfo {
  /** Its name, e.g. `before-upgrade.zip`. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** `YYYY-MM-DD HH:MM:SS.mmmZ`. */
  readonly modified: string;
  /** Name of the storage that holds it; empty = the folder of backups. */
  readonly storage: string;
}

/** Where a backup's content comes from. */
export interface BackupSource {
  /** Writes a consistent copy of the database to a new file. */
  snapshot(path: string): Promise<void>;
  /** The bytes of an object that was live when the snapshot was taken. */
  readObject(backend: string, key: string): Promise<AsyncIterable<Uint8Array>>;
  /** Its size without its bytes; undefined when it is not there. */
  sizeOf(backend: string, key: string): Promise<number | undefined>;
}

/** A backup to be read; a stream of it errors, and never ends short. */
export interface OpenBackup {
  readonly info: BackupInfo;
  read(range?: ByteRange): Promise<Blob | ReadableStream<Uint8Array>>;
}

/** How to take a backup. */
export interface BackupWriteOptions {
  /** Ends it early. */
  readonly signal?: AbortSignal;
  /**
   * Leaves out objects that are missing or are not what the database says. The archive says which, and its name ends in
   * `_incomplete.zip` when there are any.
   */
  readonly skipDamaged?: boolean;
}

/** Keeps backups. What is listed was verified whole, where it lies. */
export interface BackupStore {
  /** Removes what interrupted backups left on this machine; called at start, under the lock. */
  sweep(): Promise<void>;
  /** Newest first, from every place. */
  list(): Promise<readonly BackupInfo[]>;
  has(key: string): Promise<boolean>;
  /**
   * Writes an archive of the snapshot and of every object that is live in it to a temporary name, reads it back and checks
   * database, sizes and hashes in another process, and only then gives it its name; where it goes to a storage, it is read
   * back from there, too. On failure, and when the signal ends it, nothing is listed. Throws `storage_full`, `unavailable`,
   * or `internal` reason `backup_failed`; reason `backup_damaged` with params `{ objects, more }` when objects are missing
   * or are not what the database says: the first few in words, and whether there are others.
   */
  write(key: string, source: BackupSource, options?: BackupWriteOptions): Promise<BackupInfo>;
  /** The archive, or undefined. */
  open(key: string): Promise<OpenBackup | undefined>;
  /** False when there was none. */
  remove(key: string): Promise<boolean>;
}
