/** A verified backup. */
export interface BackupInfo {
  /** Its name, e.g. `before-upgrade.zip`. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** `YYYY-MM-DD HH:MM:SS.mmmZ`. */
  readonly modified: string;
}

/** Where a backup's content comes from. */
export interface BackupSource {
  /** Writes a consistent copy of the database to a new file. */
  snapshot(path: string): Promise<void>;
  /** The bytes of an object that was live when the snapshot was taken. */
  readObject(backend: string, key: string): Promise<AsyncIterable<Uint8Array>>;
}

/** Keeps backups. What is listed was verified whole. */
export interface BackupStore {
  /** Removes what interrupted backups left; called at start, under the lock. */
  sweep(): Promise<void>;
  /** Newest first. */
  list(): Promise<readonly BackupInfo[]>;
  has(key: string): Promise<boolean>;
  /**
   * Writes an archive of the snapshot and of every object that is live in it to a temporary name, reads it back and checks
   * database, sizes and hashes in another process, and only then gives it its name. On failure nothing is left. Throws
   * `storage_full`, or `internal` reason `backup_failed`.
   */
  write(key: string, source: BackupSource): Promise<BackupInfo>;
  /** The archive, or undefined. */
  open(key: string): Promise<{ readonly info: BackupInfo; readonly body: Blob } | undefined>;
  /** False when there was none. */
  remove(key: string): Promise<boolean>;
}
