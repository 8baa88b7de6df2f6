import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Queryable } from '../ports/database.ts';
import { type Ids, LOWER_ALPHANUMERIC } from '../ports/ids.ts';
import type { ImageResult } from '../ports/images.ts';
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import type { FileStatements } from './statements.ts';
import type { StoredFile } from './stored-file.ts';

/** What {@link createDerivativeStore} needs. */
export interface DerivativeStoreOptions {
  readonly db: Database;
  readonly statements: FileStatements;
  /** The storage of a backend; throws `internal` when it is not set up. */
  readonly storageOf: (backend: string) => Storage;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes that all derivatives together may take. */
  readonly maxBytes: number;
  /** Derivatives that one file may have. */
  readonly maxVariants: number;
  /** Told of a derivative that was removed, so that memory forgets it, too. */
  readonly evicted: (objectId: string, transform: string) => void;
}

/** A stored derivative, as its row has it. */
export type DerivativeRow = { key: string; size: number; type: string; used: number; backend: string };

/** The derivatives beside their originals: a cache in the storage, counted by the table `_derivatives`. */
export interface DerivativeStore {
  find(objectId: string, transform: string): Promise<DerivativeRow | undefined>;
  /** A new key beside the original's; its last part is the content's hash. */
  newKey(file: StoredFile, content: ImageResult): string;
  /** Stores what was made. Never throws: a cache that cannot be filled is logged, and the picture served anyway. */
  keep(file: StoredFile, transform: string, key: string, content: ImageResult): Promise<void>;
  /** Notes that it is in use. */
  touch(key: string): void;
  /** Forgets a row whose bytes are missing. */
  forget(key: string): Promise<void>;
  /** Counts the bytes of all again when it matters: rows went in another way. */
  recount(): void;
  /** Waits for what is being stored of an object, and removes the bytes of all its derivatives. The rows stay. */
  erase(objectId: string, storage: Storage): Promise<void>;
  /** Waits for what is being stored. */
  close(): Promise<void>;
}

/** Eviction makes this much room, so that it does not run for each new picture. */
const KEEP_SHARE = 0.9;
const EVICT_BATCH = 64;

/** The strong entity tag of a derivative: the hash that its key ends in. */
export function derivativeEtag(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

/**
 * Makes a {@link DerivativeStore}. As for any object, the row is committed before the first byte and goes after the last:
 * so nothing in the storage is unknown to the database, whenever the process ends. A row is only made while its original
 * is live, and an original's erasure waits for writes that had begun: so no derivative outlives it. Keys are random, never
 * used again, so that the removal of an old one cannot hit a new one.
 */
export function createDerivativeStore(options: DerivativeStoreOptions): DerivativeStore {
  const { db, statements, ids, clock, log } = options;
  /** What is being stored, by object; and the keys whose rows are committed while their bytes are still on their way. */
  const storing = new Map<string, Set<Promise<void>>>();
  const unwritten = new Set<string>();
  let total: number | undefined;
  let evicting: Promise<void> | undefined;

  async function store(
    file: StoredFile,
    transform: string,
    key: string,
    content: ImageResult,
  ): Promise<void> {
    if (FAILPOINTS) failpoint('derive.before');
    await limitVariants(file);
    const size = content.bytes.byteLength;
    const row = {
      ...{ object: file.objectId, transform, key, size, type: content.contentType, now: clock.now() },
      original: file.key,
    };
    unwritten.add(key);
    try {
      const { changes } = await db.write((tx) => tx.run(statements.addDerivative, row));
      if (changes === 0) return;
      await putBytes(file, key, content);
      // The original may have moved to another storage meanwhile, and taken the row away.
      if ((await find(file.objectId, transform))?.key !== key)
        await options.storageOf(file.backend).remove(key);
    } finally {
      unwritten.delete(key);
    }
    if (FAILPOINTS) failpoint('derive.written');
    total = (total ?? (await sumBytes(db)) - size) + size;
    if (total > options.maxBytes) await evictOnce();
  }

  async function putBytes(file: StoredFile, key: string, content: ImageResult): Promise<void> {
    const storage = options.storageOf(file.backend);
    try {
      if (FAILPOINTS) failpoint('derive.reserved');
      await storage.put(key, once(content.bytes));
    } catch (error) {
      await storage.remove(key);
      await db.write((tx) => tx.run(statements.forgetDerivative, { key }), { frees: true });
      throw error;
    }
  }

  const find = (object: string, transform: string) =>
    db.get<DerivativeRow>(statements.findDerivative, { object, transform });

  /** Makes room for one more of this file. */
  async function limitVariants(file: StoredFile): Promise<void> {
    const rows = await db.all<Oldest>(statements.derivativesOf, { object: file.objectId });
    for (const row of rows.slice(0, Math.max(0, rows.length - options.maxVariants + 1))) {
      await removeOne(row);
    }
  }

  function evictOnce(): Promise<void> {
    evicting ??= evict().finally(() => {
      evicting = undefined;
    });
    return evicting;
  }

  async function evict(): Promise<void> {
    const target = options.maxBytes * KEEP_SHARE;
    while ((total ?? 0) > target) {
      const rows = await db.all<Oldest>(statements.oldestDerivatives, { limit: EVICT_BATCH });
      let removed = 0;
      for (const row of rows) {
        if ((total ?? 0) <= target) break;
        if (await removeOne(row)) removed++;
      }
      if (removed === 0) return;
    }
  }

  async function removeOne(row: Oldest): Promise<boolean> {
    if (unwritten.has(row.key)) return false;
    await options.storageOf(row.backend).remove(row.key);
    if (FAILPOINTS) failpoint('evict.removed');
    const { changes } = await db.write((tx) => tx.run(statements.forgetDerivative, { key: row.key }), {
      frees: true,
    });
    if (FAILPOINTS) failpoint('evict.forgotten');
    options.evicted(row.object, row.transform);
    if (changes > 0 && total !== undefined) total -= row.size;
    return true;
  }

  async function sumBytes(from: Queryable): Promise<number> {
    return (await from.get<{ total: number }>(statements.derivativeBytes))?.total ?? 0;
  }

  return {
    find,
    newKey(file, content) {
      const hash = new Bun.CryptoHasher('sha256').update(content.bytes).digest('hex');
      return `${file.key}.${ids.random(10, LOWER_ALPHANUMERIC)}.${hash.slice(0, 32)}`;
    },
    async keep(file, transform, key, content) {
      const work = store(file, transform, key, content).catch((error: unknown) => {
        log.warn('files.derivative_not_kept', { object: file.objectId, transform, error: String(error) });
      });
      const works = storing.get(file.objectId) ?? new Set();
      storing.set(file.objectId, works.add(work));
      await work;
      works.delete(work);
      if (works.size === 0 && storing.get(file.objectId) === works) storing.delete(file.objectId);
    },
    touch(key) {
      db.write((tx) => tx.run(statements.touchDerivative, { key, now: clock.now() })).catch(
        (error: unknown) => {
          log.warn('files.derivative_not_touched', { error: String(error) });
        },
      );
    },
    async forget(key) {
      total = undefined;
      await db.write((tx) => tx.run(statements.forgetDerivative, { key }), { frees: true });
    },
    recount() {
      total = undefined;
    },
    async erase(objectId, storage) {
      await Promise.all(storing.get(objectId) ?? []);
      const rows = await db.all<Oldest>(statements.derivativesOf, { object: objectId });
      if (rows.length > 0) total = undefined;
      for (const { key } of rows) await storage.remove(key);
    },
    async close() {
      await Promise.all([...storing.values()].flatMap((works) => [...works]));
    },
  };
}

type Oldest = { object: string; transform: string; key: string; size: number; backend: string };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
