import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import type { Actor } from '../actor.ts';
import type { Schema } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import { maxFileSizeOf } from '../files/file-options.ts';
import type { Files } from '../files/files.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Staging } from '../ports/staging.ts';
import type { Records } from '../records/records.ts';
import { createAttach } from './attach.ts';
import { createBounds, type UploadBounds } from './bounds.ts';
import { callerOf, sourceOf } from './caller.ts';
import { createFinisher } from './finish.ts';
import { createJoiner } from './join.ts';
import { createProgress } from './progress.ts';
import { createReceiver } from './receive.ts';
import { createSessions, isComplete, shown } from './sessions.ts';
import { prepareStatements, type SessionRow } from './statements.ts';
import { createSweeper } from './sweep.ts';
import { createTargets, type Place, tooLarge } from './target.ts';
import { createTurns } from './turns.ts';
import type { Chunk, NewUpload, Upload, Uploads } from './uploads.ts';

/** Settings of resumable uploads. */
export interface UploadLimits {
  /** Milliseconds after the last byte. Default 24 hours. */
  readonly expireAfter: number;
  /** Bytes of one upload. Default: the field decides. */
  readonly maxSize: number | undefined;
  readonly bounds?: Partial<UploadBounds>;
}

/** What {@link createUploads} needs. */
export interface UploadsOptions {
  readonly db: Database;
  readonly staging: Staging;
  readonly schema: () => Schema;
  readonly records: Records;
  readonly files: Pick<Files, 'room'>;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes of one file, whatever its field would allow. */
  readonly maxFileSize: number;
  readonly limits?: Partial<UploadLimits>;
}

/** {@link Uploads} with what the start and the end of the process do. */
export interface UploadStore extends Uploads {
  /** Before listening: offsets that are true, nothing unowned, and a sweep every now and then from here on. */
  start(): Promise<void>;
  /** Forgets and removes what has expired. */
  sweep(): Promise<number>;
  close(): void;
}

const DAY = 24 * 60 * 60 * 1000;
const LONGEST_PAUSE = 10 * 60 * 1000;

/** Makes {@link Uploads}. */
export function createUploads(options: UploadsOptions): UploadStore {
  const { db, staging, schema, records, files, ids, clock, log, maxFileSize } = options;
  const { expireAfter = DAY, maxSize, bounds } = options.limits ?? {};
  const statements = prepareStatements(db);
  const sessions = createSessions({ db, statements, clock, expireAfter });
  const targets = createTargets({ schema, records, maxFileSize });
  const turns = createTurns();
  const progress = createProgress();
  const limits = createBounds({ db, statements, staging, files, bounds });
  const attach = createAttach({ records, targets });
  const receive = createReceiver({ staging, sessions, progress });
  const sweeper = createSweeper({ db, statements, staging, turns, clock, log });
  const shared = { db, statements, staging, sessions, targets, progress, attach, log };
  const finishRow = createFinisher(shared);
  const joinRows = createJoiner({ ...shared, ids, clock });
  let timer: Timer | undefined;

  /** Most bytes of an upload to this place, or of a piece that does not name one. */
  function limitOf(actor: Actor, place: Place | undefined): number {
    const allowed = place ? maxFileSizeOf(place.field, maxFileSize) : targets.requireAny(actor);
    return Math.min(allowed, maxSize ?? Number.MAX_SAFE_INTEGER);
  }

  async function check(actor: Actor, place: Place | undefined, size: number): Promise<void> {
    if (place !== undefined) {
      const intake = await targets.admit(actor, place, Math.min(size, limitOf(actor, place)));
      await intake.discard();
    } else if (size > (await files.room(actor))) {
      throw new AppError('storage_full', { reason: 'quota_exceeded' });
    }
    const most = limitOf(actor, place);
    if (size > most) throw tooLarge(most);
  }

  async function create(actor: Actor, upload: NewUpload): Promise<Upload> {
    const { target, filename, metadata, size, partial = false } = upload;
    if (target === undefined && !partial) throw new AppError('invalid', { reason: 'bad_target' });
    requireSize(size);
    const place = target && (await targets.resolve(actor, target));
    await check(actor, place, size ?? 0);
    const row = {
      ...{ id: ids.objectId(), caller: callerOf(actor), filename, metadata, size: size ?? null },
      target: place ? targets.write(place) : '',
      part: partial ? 'partial' : '',
      expires: sessions.expiry(),
    };
    await limits.admit({ actor, size: size ?? 0, isNew: true }, () =>
      db.write((tx) => tx.runOnly(statements.add, { ...row, source: sourceOf(actor), now: clock.now() })),
    );
    if (FAILPOINTS) failpoint('stage.created');
    return show({ ...row, state: 'open', pieces: '', offset: 0, record: '' });
  }

  async function append(
    actor: Actor,
    row: SessionRow,
    chunk: Chunk,
    signal: AbortSignal,
  ): Promise<SessionRow> {
    const { offset, length } = chunk;
    if (row.part === 'final') throw new AppError('conflict', { reason: 'upload_complete' });
    const again = shown(row).offset === offset && offset < row.offset;
    if (offset !== row.offset && !again) throw new AppError('conflict', { reason: 'offset' });
    const place = targets.read(actor, row.target);
    const limit = (row.size ?? limitOf(actor, place)) - offset;
    if (length !== undefined && length > limit) throw tooLarge();
    if (length === 0 && isComplete(row)) return row;
    if (row.state === 'attached') throw new AppError('conflict', { reason: 'upload_complete' });
    // The last byte is sent anew: see Upload.offset.
    const from = again ? await sessions.setOffset(row, offset) : row;
    // Of this one nobody knows how much it will be, so that the room is asked for as it comes.
    const grow = row.size === null ? (bytes: number) => limits.requireRoom(actor, bytes) : undefined;
    return receive(from, chunk, { limit, signal, grow }).catch((error: unknown) => lowered(from, error));
  }

  /** The staging file has less than the row says: the client is to ask where to go on. */
  async function lowered(row: SessionRow, error: unknown): Promise<never> {
    if (!(error instanceof AppError) || error.reason !== 'staged') throw error;
    await sessions.setOffset(row, Math.min(row.offset, (await staging.size(row.id)) ?? 0));
    log.warn('uploads.lowered', { uploads: 1 });
    throw new AppError('conflict', { reason: 'offset' });
  }

  /** The owner is asked before anybody is interrupted, and again when it is one's turn. */
  async function withRow<T>(
    actor: Actor,
    id: string,
    work: (row: SessionRow, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    await sessions.get(actor, id);
    return turns.take([id], async (signal) => work(await sessions.get(actor, id), signal));
  }

  function show(row: SessionRow): Upload {
    const upload = shown(row);
    const { record } = upload;
    const name = record && schema().byId(record.collection)?.name;
    return name === undefined || record === undefined
      ? upload
      : { ...upload, record: { ...record, collection: name } };
  }

  return {
    maxSize: maxSize ?? (maxFileSize < Number.MAX_SAFE_INTEGER ? maxFileSize : undefined),
    create,
    async open(actor) {
      if (actor.kind === 'guest') throw new AppError('unauthorized');
      const rows = await db.all<SessionRow>(statements.openBy, { source: callerOf(actor), now: clock.now() });
      return rows.map((row) => ({ ...show(row), filename: row.filename, ...targets.describe(row.target) }));
    },
    find: (actor, id) => withRow(actor, id, async (row) => show(row)),
    declareSize: (actor, id, size) =>
      withRow(actor, id, async (row) => {
        requireSize(size);
        if (row.size === size) return show(row);
        if (row.size !== null) throw new AppError('conflict', { reason: 'size_known' });
        if (size < row.offset) throw new AppError('invalid', { reason: 'bad_size' });
        await check(actor, targets.read(actor, row.target), size);
        await limits.admit({ actor, size: size - row.offset, isNew: false }, () =>
          db.write((tx) => tx.runOnly(statements.setSize, { id, size })),
        );
        return show({ ...row, size });
      }),
    append: (actor, id, chunk) =>
      withRow(actor, id, async (row, signal) => show(await append(actor, row, chunk, signal))),
    finish: (actor, id) =>
      withRow(actor, id, async (row) =>
        show(await finishRow(actor, row).catch((error: unknown) => lowered(row, error))),
      ),
    async join(actor, pieces, upload) {
      const ids = [...new Set(pieces)];
      if (ids.length === 0 || ids.length !== pieces.length || ids.length > MAX_PIECES) {
        throw new AppError('invalid', { reason: 'bad_pieces' });
      }
      const known = await joinRows.find(actor, ids);
      if (known) return show(known);
      for (const id of ids) await sessions.get(actor, id);
      return turns.take(ids, async () => show(await joinRows.join(actor, ids, upload, limitOf)));
    },
    remove: (actor, id) =>
      withRow(actor, id, async () => {
        await db.write((tx) => tx.runOnly(statements.forget, { id }), { frees: true });
        progress.forget(id);
        // The next sweep tries again.
        await staging.remove(id).catch((error) => log.warn('uploads.not_removed', { error }));
      }),
    async start() {
      await sweeper.reconcile();
      await sweeper.sweep();
      const round = () => {
        sweeper.sweep().catch((error) => log.error('uploads.sweep_failed', { error }));
      };
      clearInterval(timer);
      timer = setInterval(round, Math.max(1000, Math.min(expireAfter / 4, LONGEST_PAUSE)));
      timer.unref();
    },
    sweep: sweeper.sweep,
    close: () => clearInterval(timer),
  };
}

/** Pieces of one joined upload. */
const MAX_PIECES = 1000;

function requireSize(size: number | undefined): void {
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
    throw new AppError('invalid', { reason: 'bad_size' });
  }
}
