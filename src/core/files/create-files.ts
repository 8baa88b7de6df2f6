import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import type { Images } from '../ports/images.ts';
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import { createContentCache } from './content-cache.ts';
import { createDeletions, type Deletions } from './deletions.ts';
import { createDerivativeStore } from './derivative-store.ts';
import { createDeriver, type KnownDerivative } from './derive.ts';
import { createDescriber } from './describe.ts';
import { createDoomer } from './doom.ts';
import { createErasure } from './eraser.ts';
import { createEraserLoop } from './eraser-loop.ts';
import { NO_LIMIT } from './file-options.ts';
import type { Files } from './files.ts';
import { createFinder, type FinderOptions } from './find.ts';
import { createIntake } from './intake.ts';
import { createMover, type Mover } from './move.ts';
import { createPlaceFinder } from './place.ts';
import { createQuota, ownerOf, type QuotaLimits } from './quota.ts';
import { createLostReport, createReader } from './read.ts';
import { recoverFiles } from './recover.ts';
import { createRedirector } from './redirect.ts';
import { prepareStatements } from './statements.ts';

/** Bounds of the file life cycle. */
export interface FilesLimits {
  /** Bytes of one file, whatever its field would allow. Default: the field decides. */
  readonly maxFileSize: number;
  /** Bytes of small files that are kept in memory. Default 32 MiB, and as much for small derivatives. */
  readonly memoryBytes: number;
  /** Files of at most this many bytes are small. Default 128 KiB. */
  readonly smallSize: number;
  /** Bytes from which on downloads are redirected to storages that can presign. Default: none is. */
  readonly redirectSize: number;
  /** Bytes of all derivatives in the storage; those used longest ago go first. Default 1 GiB. */
  readonly derivativeBytes: number;
  /** Derivatives of one file. Default 32. */
  readonly maxVariants: number;
  /** Deletions that are read at once. Default 64. */
  readonly eraseBatch: number;
  /** Deletions that run at once. Default 4. */
  readonly eraseConcurrency: number;
}

/** What {@link createFiles} needs. */
export interface FilesOptions {
  readonly db: Database;
  /** Every storage that catalogue rows may name. */
  readonly storages: readonly Storage[];
  /** The name of the one that takes new files. */
  readonly defaultStorage: string;
  readonly images: Images;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  readonly viewRule: FinderOptions['viewRule'];
  /** Unique to this process: pending rows of another epoch are leftovers. */
  readonly epoch: string;
  readonly limits?: Partial<FilesLimits>;
  /** Default: none. */
  readonly quotas?: QuotaLimits;
}

/** The file life cycle with what operators and tests need beside {@link Files}. */
export interface FileStore extends Files {
  readonly deletions: Deletions;
  /** Brings an object to another storage. */
  readonly move: Mover;
  /** Erases what is due, and resolves when nothing is. */
  eraseNow(): Promise<void>;
}

const defaults: FilesLimits = {
  maxFileSize: NO_LIMIT,
  memoryBytes: 32 * 1024 * 1024,
  smallSize: 128 * 1024,
  redirectSize: Number.POSITIVE_INFINITY,
  derivativeBytes: 1024 ** 3,
  maxVariants: 32,
  eraseBatch: 64,
  eraseConcurrency: 4,
};

/** Makes the file life cycle of DESIGN.md 5. Throws `not_configured` when `defaultStorage` is not among the storages. */
export function createFiles(options: FilesOptions): FileStore {
  const { db, ids, clock, log, epoch } = options;
  const limits = { ...defaults, ...options.limits };
  const statements = prepareStatements(db);
  const storages = new Map(options.storages.map((storage) => [storage.name, storage]));
  const storage = storageOf(options.defaultStorage);
  const contents = createContentCache<Uint8Array<ArrayBuffer>>(limits.memoryBytes);
  const pictures = createContentCache<KnownDerivative>(limits.memoryBytes);
  const lost = createLostReport(log);
  const place = createPlaceFinder(db, statements);

  function storageOf(backend: string): Storage {
    const found = storages.get(backend);
    if (found === undefined) throw new AppError('not_configured', { reason: 'storage_unknown' });
    return found;
  }

  const derivatives = createDerivativeStore({
    ...{ db, statements, storageOf, ids, clock, log },
    maxBytes: limits.derivativeBytes,
    maxVariants: limits.maxVariants,
    evicted: (objectId, transform) => pictures.delete(objectId, transform),
  });
  const eraseBatch = createErasure({
    ...{ db, statements, storages, clock, log },
    batchSize: limits.eraseBatch,
    concurrency: limits.eraseConcurrency,
    async eraseDerivatives(objectId, from) {
      await derivatives.erase(objectId, from);
      contents.drop(objectId);
      pictures.drop(objectId);
    },
  });
  const loop = createEraserLoop({
    ...{ clock, log },
    async round(go) {
      await doomer.retry();
      while (go() && (await eraseBatch(go)) > 0);
    },
    nextDue: async () => (await db.get<{ due: number }>(statements.nextDue))?.due,
  });
  const doomer = createDoomer({ db, statements, log, queued: loop.wake });
  const { maxFileSize } = limits;
  const quota = createQuota(db, options.quotas ?? { total: undefined, perOwner: undefined });
  const intakeContext = { db, statements, storage, ids, now: clock.now, maxFileSize, epoch, doomer, quota };

  return {
    intake: (collection, actor, recordId) =>
      createIntake(intakeContext, { owner: ownerOf(actor), collectionId: collection.id, recordId }),
    room: (actor) => quota.room(ownerOf(actor)),
    find: createFinder({ db, statements, viewRule: options.viewRule }),
    describe: createDescriber(db, statements),
    read: createReader({ storageOf, cache: contents, smallSize: limits.smallSize, lost, place }),
    redirect: createRedirector({ storageOf, log, minSize: limits.redirectSize ?? Number.POSITIVE_INFINITY }),
    derive: createDeriver({
      ...{ images: options.images, store: derivatives, cache: pictures, storageOf, clock, lost, place },
      smallSize: limits.smallSize,
    }),
    wakeEraser() {
      if (FAILPOINTS) failpoint('release.committed');
      loop.wake();
    },
    async recover() {
      const recovered = await recoverFiles({ db, statements, storages, epoch, log });
      loop.wake();
      return recovered;
    },
    pin: loop.hold,
    async close() {
      await loop.close();
      await derivatives.close();
    },
    move: createMover({
      ...{ db, statements, storageOf, ids, epoch, doomer },
      moved() {
        derivatives.recount();
        loop.wake();
      },
    }),
    deletions: createDeletions(db, statements, loop.wake),
    eraseNow: loop.settle,
  };
}
