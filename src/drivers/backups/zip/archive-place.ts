import type { BackupInfo } from '../../../core/ports/backup-store.ts';
import type { ByteRange } from '../../../core/ports/storage.ts';

/** Where finished archives lie: a folder, or a storage. */
export interface ArchivePlace {
  /** In no particular order. */
  list(): Promise<readonly BackupInfo[]>;
  find(key: string): Promise<BackupInfo | undefined>;
  /** Takes a verified archive from a path on this machine; it is listed only when it was found whole here. */
  take(key: string, path: string, signal: AbortSignal | undefined): Promise<void>;
  read(key: string, range: ByteRange | undefined): Promise<Blob | ReadableStream<Uint8Array>>;
  /** False when there was none. */
  remove(key: string): Promise<boolean>;
}

/** Names of archives. */
export const ARCHIVE_NAME = /^[a-z0-9_-]+\.zip$/;
