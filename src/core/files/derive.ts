import { createLru } from '../../lib/lru.ts';
import { AppError } from '../errors.ts';
import { isPictureType, MAX_PIXELS, transformKey } from '../images/transform.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImageResult, ImageSource, Images, ImageTransform } from '../ports/images.ts';
import type { Storage } from '../ports/storage.ts';
import type { ContentCache } from './content-cache.ts';
import { type DerivativeRow, type DerivativeStore, derivativeEtag } from './derivative-store.ts';
import type { Derivative } from './files.ts';
import type { PlaceFinder } from './place.ts';
import type { StoredFile } from './stored-file.ts';

/** What is known in memory of a stored derivative; its bytes, too, when they are few. */
export interface KnownDerivative {
  readonly key: string;
  /** The storage that has it. */
  readonly backend: string;
  readonly size: number;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  /** When the row was last told that it is in use, milliseconds. */
  used: number;
}

/** What {@link createDeriver} needs. */
export interface DeriverOptions {
  readonly images: Images;
  readonly store: DerivativeStore;
  readonly cache: ContentCache<KnownDerivative>;
  readonly storageOf: (backend: string) => Storage;
  readonly clock: Clock;
  /** Pictures of at most this many bytes stay in memory. */
  readonly smallSize: number;
  /** Where the file lies now. */
  readonly place: PlaceFinder;
  /** Throws for an original that the storage lost. */
  readonly lost: (file: StoredFile) => AppError;
}

/** Use is noted this coarsely, so that a popular thumb does not write to the database. */
const TOUCH_EVERY = 60 * 60_000;
/** Pictures that wait to be stored while they are already being served; more are served without being kept. */
const MAX_KEEPING = 32;
const REMEMBERED_FAILURES = 1000;
/** Bytes of an original that is read into memory, where no decoder can open it as a file. */
const MAX_SOURCE = 32 * 1024 * 1024;

/** Makes `Files.derive`: from memory, else from the storage, else made once for all who ask at the same time. */
export function createDeriver(
  options: DeriverOptions,
): (file: StoredFile, transform: ImageTransform) => Promise<Derivative> {
  const { images, store, cache, storageOf, clock, smallSize } = options;
  /** From the first question until the picture is stored, so that nobody makes it again in between. */
  const flights = new Map<string, Promise<Derivative>>();
  /** Contents do not change: what could not be decoded once never can. */
  const failures = createLru<string, AppError>(REMEMBERED_FAILURES);
  let keeping = 0;

  function noteUse(known: KnownDerivative): void {
    const now = clock.now();
    if (now - known.used <= TOUCH_EVERY) return;
    known.used = now;
    store.touch(known.key);
  }

  /** Undefined when it was evicted meanwhile. */
  async function fromMemory(known: KnownDerivative): Promise<Derivative | undefined> {
    const body = known.bytes ?? (await open(known));
    if (body === undefined) return undefined;
    noteUse(known);
    return answer(known, body);
  }

  async function load(file: StoredFile, transform: ImageTransform, name: string): Promise<Derivative> {
    const row = await store.find(file.objectId, name);
    const found = row && (await fromStore(file, row, name));
    if (found === undefined) return make(file, transform, name);
    flights.delete(`${file.objectId}/${name}`);
    return found;
  }

  async function fromStore(
    file: StoredFile,
    row: DerivativeRow,
    name: string,
  ): Promise<Derivative | undefined> {
    const body = await open(row);
    if (body === undefined) {
      await store.forget(row.key);
      return undefined;
    }
    const known: KnownDerivative = { ...row, bytes: body instanceof Uint8Array ? body : undefined };
    noteUse(known);
    remember(file, name, known);
    return answer(known, body);
  }

  /** Undefined when the bytes are missing or not as many as they were. */
  async function open(row: {
    key: string;
    backend: string;
    size: number;
  }): Promise<Blob | Uint8Array<ArrayBuffer> | undefined> {
    const storage = storageOf(row.backend);
    try {
      // Only what lies on this machine can be sent without being read here.
      const onDisk = storage.localPath !== undefined && row.size > smallSize;
      const body = onDisk ? await storage.read(row.key) : undefined;
      if (body instanceof Blob) return body.size === row.size ? body : undefined;
      const bytes = await storage.bytes(row.key);
      return bytes.byteLength === row.size ? bytes : undefined;
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return undefined;
      throw error;
    }
  }

  async function make(file: StoredFile, transform: ImageTransform, name: string): Promise<Derivative> {
    const result = await decode(file, transform);
    const key = store.newKey(file, result);
    const size = result.bytes.byteLength;
    const type = result.contentType;
    void keepLater(file, name, key, result);
    const small = size <= smallSize;
    const { backend } = file;
    if (small) remember(file, name, { key, backend, size, type, bytes: result.bytes, used: clock.now() });
    return answer({ key, size, type }, result.bytes);
  }

  async function keepLater(file: StoredFile, name: string, key: string, result: ImageResult): Promise<void> {
    if (keeping < MAX_KEEPING) {
      keeping++;
      await store.keep(file, name, key, result);
      keeping--;
    }
    flights.delete(`${file.objectId}/${name}`);
  }

  async function decode(file: StoredFile, transform: ImageTransform): Promise<ImageResult> {
    if (!isPictureType(file.type)) throw new AppError('invalid', { reason: 'format_not_allowed' });
    if (file.width * file.height > MAX_PIXELS) throw new AppError('invalid', { reason: 'too_many_pixels' });
    return images.transform(await sourceOf(await whereItIs(file)), transform);
  }

  async function sourceOf(file: StoredFile): Promise<ImageSource> {
    const storage = storageOf(file.backend);
    const path = storage.localPath?.(file.key);
    if (path !== undefined) return { path };
    if (file.size > MAX_SOURCE) throw new AppError('invalid', { reason: 'source_too_large' });
    try {
      return { bytes: await storage.bytes(file.key) };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
      // It went, or moved on, after it was looked at.
      const now = await whereItIs(file);
      if (now.key === file.key) throw options.lost(file);
      return sourceOf(now);
    }
  }

  /** The file where its bytes are whole: where it was found, or where it moved since. */
  async function whereItIs(file: StoredFile): Promise<StoredFile> {
    const head = await storageOf(file.backend).head(file.key);
    if (head?.size === file.size) return file;
    const moved = head === undefined ? await options.place(file) : undefined;
    if (moved === undefined) throw options.lost(file);
    return whereItIs(moved);
  }

  function remember(file: StoredFile, name: string, known: KnownDerivative): void {
    cache.set(file.objectId, name, known, known.bytes?.byteLength ?? 0);
  }

  function takeOff(
    file: StoredFile,
    transform: ImageTransform,
    name: string,
    flightKey: string,
  ): Promise<Derivative> {
    const failure = failures.get(flightKey);
    if (failure !== undefined) throw new AppError(failure.code, { reason: failure.reason, cause: failure });
    const flight = load(file, transform, name).catch((error: unknown) => {
      flights.delete(flightKey);
      if (error instanceof AppError && isForGood(error)) failures.set(flightKey, error);
      throw error;
    });
    flights.set(flightKey, flight);
    return flight;
  }

  return async (file, transform) => {
    const name = transformKey(transform);
    const known = cache.get(file.objectId, name);
    const warm = known && (await fromMemory(known));
    if (warm) return warm;
    if (known) cache.delete(file.objectId, name);
    const flightKey = `${file.objectId}/${name}`;
    return flights.get(flightKey) ?? takeOff(file, transform, name, flightKey);
  };
}

/** Whether the content itself is at fault; too large to be read into memory is a matter of where it lies. */
function isForGood({ code, reason }: AppError): boolean {
  return code === 'invalid' && reason !== 'source_too_large';
}

function answer(
  known: { key: string; size: number; type: string },
  body: Blob | Uint8Array<ArrayBuffer>,
): Derivative {
  return { body, size: known.size, type: known.type, etag: derivativeEtag(known.key) };
}
