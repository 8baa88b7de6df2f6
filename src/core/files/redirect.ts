import { AppError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import { fileOptions } from './file-options.ts';
import type { FileRedirect, Files } from './files.ts';

/** What {@link createRedirector} needs. */
export interface RedirectOptions {
  readonly storageOf: (backend: string) => Storage;
  readonly log: Log;
  /** Bytes from which on a client is sent to the storage itself; infinite = never. */
  readonly minSize: number;
}

/** Seconds that an address works: long enough to begin a download, and to repeat it where anyone may read the file. */
const SECONDS = 600;
const PROTECTED_SECONDS = 60;

/** Makes `Files.redirect`. */
export function createRedirector({ storageOf, log, minSize }: RedirectOptions): Files['redirect'] {
  return async (file, field, answer): Promise<FileRedirect | undefined> => {
    const { contentType, disposition, isPrivate = false } = answer;
    if (file.size < minSize) return undefined;
    const storage = storageOf(file.backend);
    if (storage.presign === undefined) return undefined;
    const seconds = isPrivate || fileOptions(field).protected ? PROTECTED_SECONDS : SECONDS;
    const cacheControl = `private, max-age=${seconds}`;
    try {
      const address = await storage.presign(file.key, { seconds, contentType, disposition, cacheControl });
      return { address };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // The bytes may still come through this server.
      log.warn('files.presign_failed', { backend: file.backend, cause: error });
      return undefined;
    }
  };
}
