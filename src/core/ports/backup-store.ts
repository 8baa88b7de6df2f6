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

/** What an archive holds, as far as it was looked at. */
export interface BackupContents {
  /** When it was taken, ISO 8601. */
  readonly created: string;
  /** The version of the product that took it; '' where it does not say. */
  readonly version: string;
  /** Records of every collection together that is not the product's own. */
  readonly records: number;
  /** Objects, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}

/** An archive on this machine that was checked whole. */
export interface CheckedBackup {
  readonly path: string;
  readonly contents: BackupContents;
  /** Removes a copy that was made for this; the archive itself stays. */
  release(): Promise<void>;
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
  /**
   * Takes an archive that comes from elsewhere, as it arrives, to a temporary name, checks it whole as one of its own, and only
   * then gives it its name. Throws `invalid` reason `backup_unusable` with param `why`, a sentence, for what is not a whole
   * backup of this product, or one of a newer version; `storage_full`, `unavailable`, `internal` reason `backup_failed`; and
   * what the body throws. Nothing is left then.
   */
  receive(key: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<BackupInfo>;
  /**
   * What an archive says that it holds, without reading its files; undefined when there is none, or it is not on this machine.
   * Throws as {@link receive} does.
   */
  inspect(key: string, signal?: AbortSignal): Promise<BackupContents | undefined>;
  /** Checks an archive whole; one in a storage is fetched for it. Undefined when there is none. Throws as {@link receive} does. */
  check(key: string, signal?: AbortSignal): Promise<CheckedBackup | undefined>;
  /** The archive, or undefined. */
  open(key: string): Promise<OpenBackup | undefined>;
  /** False when there was none. */
  remove(key: string): Promise<boolean>;
}
