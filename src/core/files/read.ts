import { AppError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { ByteRange, Storage } from '../ports/storage.ts';
import type { ContentCache } from './content-cache.ts';
import type { PlaceFinder } from './place.ts';
import type { StoredFile } from './stored-file.ts';

/** What {@link createReader} needs. */
export interface ReaderOptions {
  readonly storageOf: (backend: string) => Storage;
  readonly cache: ContentCache<Uint8Array<ArrayBuffer>>;
  /** Files of at most this many bytes are read whole and kept. */
  readonly smallSize: number;
  readonly lost: (file: StoredFile) => AppError;
  readonly place: PlaceFinder;
}

/** Makes the error for an object that the storage does not have as the catalogue says: logged, `missing_object`. */
export function createLostReport(log: Log): (file: StoredFile) => AppError {
  return (file) => {
    log.error('files.missing_object', { object: file.objectId, backend: file.backend, key: file.key });
    return new AppError('internal', { reason: 'missing_object' });
  };
}

/** Makes `Files.read`. Bytes from memory are shared: callers must not change them. */
export function createReader({ storageOf, cache, smallSize, lost, place }: ReaderOptions) {
  async function small(file: StoredFile): Promise<Uint8Array<ArrayBuffer>> {
    const known = cache.get(file.objectId, '');
    if (known !== undefined) return known;
    const bytes = await storageOf(file.backend).bytes(file.key);
    if (bytes.byteLength !== file.size) throw lost(file);
    cache.set(file.objectId, '', bytes, bytes.byteLength);
    return bytes;
  }

  async function large(
    file: StoredFile,
    range: ByteRange | undefined,
  ): Promise<Blob | ReadableStream<Uint8Array>> {
    const body = await storageOf(file.backend).read(file.key, range, file.size);
    // A file cut short must not be answered as if it were whole (SECURITY-REQUIREMENTS 4.6).
    if (range === undefined && body instanceof Blob && body.size !== file.size) throw lost(file);
    return body;
  }

  return async function read(
    file: StoredFile,
    range?: ByteRange,
  ): Promise<Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
    if (range !== undefined && (range.start < 0 || range.start > range.end || range.end >= file.size)) {
      throw new AppError('internal', { reason: 'bad_range' });
    }
    try {
      if (file.size > smallSize) return await large(file, range);
      const bytes = await small(file);
      return range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
    } catch (error) {
      const moved = isMissing(error) ? await place(file) : undefined;
      if (moved !== undefined) return read(moved, range);
      const missing = error instanceof AppError && (isMissing(error) || error.reason === 'bad_range');
      throw missing ? lost(file) : error;
    }
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not_found';
}
