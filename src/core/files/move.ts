import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import { AppError } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import type { PutResult, Storage } from '../ports/storage.ts';
import type { Doomer } from './doom.ts';
import type { FileStatements } from './statements.ts';

/** A live object, as the catalogue had it a moment ago. */
export interface Movable {
  readonly id: string;
  readonly backend: string;
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * What came of a move. `changed`: the object was released, or moved by another, while it was copied. The others are faults
 * of the old bytes: the object stays where it is.
 */
export type MoveOutcome = 'moved' | 'changed' | 'missing' | 'wrong_size' | 'wrong_hash' | 'unreadable';

/** How {@link Mover} may be watched and ended. */
export interface MoveOptions {
  /** Told of each chunk's bytes. */
  readonly onBytes: (bytes: number) => void;
  /** Ends the copy; the move rejects with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Copies an object's bytes to another storage, compares them with the catalogue, and switches its row over. Rejects when
 * the new storage or the database fails; then nothing has changed.
 */
export type Mover = (object: Movable, to: Storage, options: MoveOptions) => Promise<MoveOutcome>;

/** What {@link createMover} works with. */
export interface MoverContext {
  readonly db: Database;
  readonly statements: FileStatements;
  readonly storageOf: (backend: string) => Storage;
  readonly ids: Ids;
  readonly epoch: string;
  readonly doomer: Doomer;
  /** Called after each switch. */
  readonly moved: () => void;
}

/** Old bytes wait so long for downloads that began before the switch, in milliseconds. */
const OLD_BYTES_STAY = 60_000;
/** The same where clients may have been given the storage's own address: that works for ten minutes. */
const PRESIGNED_STAY = 11 * 60_000;

/** An error of the bytes that are read, as opposed to the storage that takes them. */
class SourceFault extends Error {
  constructor(override readonly cause: unknown) {
    super('the source failed');
  }
}

/**
 * Makes a {@link Mover}. The copy has a pending row of its own, under this process's epoch, from before its first byte: so
 * whatever ends the process, recovery finds it. One transaction makes that row's key the object's, and queues the old bytes
 * and those of derivatives, which lie beside them, for erasure. Backups pin the erasure, so that a snapshot taken before the
 * switch still finds the old bytes.
 */
export function createMover({ db, statements, storageOf, ids, epoch, doomer, moved }: MoverContext): Mover {
  async function copy(
    object: Movable,
    to: Storage,
    key: string,
    { onBytes, signal }: MoveOptions,
  ): Promise<PutResult> {
    const result = await to.put(key, bytesOf(storageOf(object.backend), object.key), {
      // A source that goes on for ever is wrong, too.
      maxSize: object.size,
      signal,
      onChunk: (chunk) => onBytes(chunk.byteLength),
      journal: async (upload) => {
        await db.write((tx) => tx.run(statements.journal, { id: key, upload }));
        if (FAILPOINTS) failpoint('upload.journalled');
      },
    });
    if (FAILPOINTS) failpoint('migrate.copied');
    return result;
  }

  /** False when the object is not what it was. */
  function switchOver({ id, backend, key }: Movable, to: Storage, copyKey: string): Promise<boolean> {
    const stay = storageOf(backend).presign === undefined ? OLD_BYTES_STAY : PRESIGNED_STAY;
    return db.write(async (tx) => {
      const now = await tx.get<{ backend: string; key: string }>(statements.place, { id });
      if (now?.backend !== backend || now.key !== key) return false;
      const forgotten = await tx.run(statements.forgetCopy, { copy: copyKey, epoch });
      if (forgotten.changes !== 1) throw new AppError('internal', { reason: 'copy_not_pending' });
      await tx.run(statements.switchPlace, { id, to: to.name, copy: copyKey, from: backend, key });
      const old = { from: backend, now: tx.now, next: tx.now + stay };
      await tx.run(statements.queueOld, { ...old, key });
      await tx.run(statements.queueOldDerivatives, { ...old, object: id });
      await tx.run(statements.forgetDerivatives, { object: id });
      return true;
    });
  }

  /** What a fault of the source means: nothing when the object is no longer there anyway. */
  async function judge(object: Movable, problem: MoveOutcome): Promise<MoveOutcome> {
    const now = await db.get<{ key: string }>(statements.place, { id: object.id });
    return now?.key === object.key ? problem : 'changed';
  }

  async function moveTo(
    object: Movable,
    to: Storage,
    copyKey: string,
    options: MoveOptions,
  ): Promise<MoveOutcome> {
    const result = await copy(object, to, copyKey, options).catch((error: unknown) => sourceFault(error));
    if (typeof result === 'string') return judge(object, result);
    if (result.size !== object.size) return judge(object, 'wrong_size');
    if (result.sha256 !== object.sha256) return judge(object, 'wrong_hash');
    return (await switchOver(object, to, copyKey)) ? 'moved' : 'changed';
  }

  return async (object, to, options) => {
    const copyKey = ids.objectId();
    await db.write((tx) =>
      tx.run(statements.reserve, { id: copyKey, backend: to.name, key: copyKey, epoch, now: tx.now }),
    );
    let outcome: MoveOutcome | undefined;
    try {
      if (FAILPOINTS) failpoint('migrate.reserved');
      outcome = await moveTo(object, to, copyKey, options);
    } finally {
      if (outcome !== 'moved') await doomer.doom([copyKey]);
    }
    if (outcome !== 'moved') return outcome;
    moved();
    if (FAILPOINTS) failpoint('migrate.switched');
    return outcome;
  };
}

async function* bytesOf(storage: Storage, key: string): AsyncGenerator<Uint8Array> {
  try {
    const body = await storage.read(key);
    yield* body instanceof Blob ? body.stream() : body;
  } catch (error) {
    throw new SourceFault(error);
  }
}

/** The outcome that a fault of the source means; throws what is none. */
function sourceFault(error: unknown): MoveOutcome {
  if (error instanceof AppError && error.code === 'too_large' && error.reason === 'max_size')
    return 'wrong_size';
  if (!(error instanceof SourceFault)) throw error;
  const { cause } = error;
  return cause instanceof AppError && cause.code === 'not_found' ? 'missing' : 'unreadable';
}
