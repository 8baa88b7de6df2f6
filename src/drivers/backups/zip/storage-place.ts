import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { BackupInfo } from '../../../core/ports/backup-store.ts';
import type { Storage } from '../../../core/ports/storage.ts';
import { syncFolder } from '../../../lib/sync.ts';
import { formatDate } from '../../../lib/time.ts';
import { ARCHIVE_NAME, type ArchivePlace } from './archive-place.ts';

/** What {@link createStoragePlace} needs. */
export interface StoragePlaceOptions {
  /** A storage, or a part of one, that holds nothing else. */
  readonly storage: Storage;
  /** A folder on this machine for notes on transfers that have not ended; made when missing. */
  readonly notes: string;
}

/** Written behind an archive once it was read back: without it an archive is not listed. */
const SEAL = '.verified';

interface Seal {
  readonly size: number;
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/**
 * Archives in a storage. What is put there is read back and compared before its seal is written. A note on this machine names
 * each transfer before its first byte, so that what an ended process left is cleared away before the next one begins.
 */
export function createStoragePlace({ storage, notes }: StoragePlaceOptions): ArchivePlace {
  async function find(key: string): Promise<BackupInfo | undefined> {
    const seal = await readSeal(key);
    if (seal === undefined || (await storage.head(key))?.size !== seal.size) return undefined;
    return infoOf(key, seal);
  }

  function infoOf(key: string, { size, modified }: Seal): BackupInfo {
    return { key, size, modified: formatDate(modified), storage: storage.name };
  }

  async function readSeal(key: string): Promise<Seal | undefined> {
    try {
      return parseSeal(new TextDecoder().decode(await storage.bytes(key + SEAL)));
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return undefined;
      throw error;
    }
  }

  /** Clears away what was left of transfers; what cannot be now is tried again before the next. */
  async function clearLeft(): Promise<void> {
    const names = await readdir(notes).catch(() => []);
    for (const name of names) {
      const key = name.slice(0, -NOTE.length);
      if (!name.endsWith(NOTE) || !ARCHIVE_NAME.test(key)) continue;
      // The seal is the last that is written: a transfer that has one was whole.
      if ((await find(key)) === undefined) {
        await storage.remove(key + SEAL);
        await storage.discard(key, await readFile(join(notes, name), 'utf8'));
      }
      await rm(join(notes, name), { force: true });
    }
  }

  async function send(key: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    const sent = await storage.put(key, Bun.file(path).stream(), {
      signal,
      journal: (upload) => writeNote(notes, key, upload),
    });
    const there = await readBack(await storage.read(key), signal);
    if (there.size !== sent.size || there.sha256 !== sent.sha256 || sent.size !== Bun.file(path).size) {
      throw new AppError('internal', {
        reason: 'backup_failed',
        cause: new Error(`the storage "${storage.name}" gave back other bytes than it was given`),
      });
    }
    const seal: Seal = { ...there, modified: Date.now() };
    await storage.put(key + SEAL, once(JSON.stringify(seal)), { signal });
  }

  return {
    find,
    async list() {
      const sizes = new Map<string, number>();
      const sealed: string[] = [];
      for await (const { key, size } of storage.list('')) {
        if (ARCHIVE_NAME.test(key)) sizes.set(key, size);
        else if (key.endsWith(SEAL)) sealed.push(key.slice(0, -SEAL.length));
      }
      const found: BackupInfo[] = [];
      for (const key of sealed) {
        const seal = sizes.has(key) ? await readSeal(key) : undefined;
        if (seal !== undefined && seal.size === sizes.get(key)) found.push(infoOf(key, seal));
      }
      return found;
    },
    async take(key, path, signal) {
      await clearLeft();
      await writeNote(notes, key, '');
      try {
        await send(key, path, signal);
        await rm(join(notes, key + NOTE), { force: true });
      } catch (error) {
        await clearLeft().catch(() => {});
        throw error;
      }
    },
    read: (key, range) => storage.read(key, range),
    async remove(key) {
      if ((await readSeal(key)) === undefined && (await storage.head(key)) === undefined) return false;
      // Without its seal it is listed no more, wherever this ends.
      await storage.remove(key + SEAL);
      await storage.remove(key);
      return true;
    },
  };
}

const NOTE = '.unfinished';

async function writeNote(dir: string, key: string, upload: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const handle = await open(join(dir, key + NOTE), 'w', 0o600);
  try {
    await handle.writeFile(upload);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(dir);
}

function parseSeal(text: string): Seal | undefined {
  try {
    const { size, sha256, modified } = JSON.parse(text);
    const whole = Number.isSafeInteger(size) && typeof sha256 === 'string' && isTime(modified);
    return whole ? { size, sha256, modified } : undefined;
  } catch {
    return undefined;
  }
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime());
}

async function readBack(body: Blob | ReadableStream<Uint8Array>, signal: AbortSignal | undefined) {
  const hasher = new Bun.CryptoHasher('sha256');
  let size = 0;
  for await (const chunk of body instanceof Blob ? body.stream() : body) {
    signal?.throwIfAborted();
    hasher.update(chunk);
    size += chunk.byteLength;
  }
  return { size, sha256: hasher.digest('hex') };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
