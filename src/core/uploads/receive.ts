import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import { untilAborted } from '../../lib/until-aborted.ts';
import { AppError } from '../errors.ts';
import type { StagedWriter, Staging } from '../ports/staging.ts';
import type { Progress, Running } from './progress.ts';
import type { Sessions } from './sessions.ts';
import type { SessionRow } from './statements.ts';
import { tooLarge } from './target.ts';
import type { Chunk } from './uploads.ts';

/** What {@link createReceiver} needs. */
export interface ReceiverOptions {
  readonly staging: Staging;
  readonly sessions: Sessions;
  readonly progress: Progress;
}

/** Bytes after which what came is made durable, while more comes. */
const SYNC_EVERY = 4 * 1024 * 1024;
/** Bytes after which it is recorded, too, so that an ended process costs a client at most these. */
const RECORD_EVERY = 32 * 1024 * 1024;

/** How far the writing of a chunk may go. */
export interface ReceiveOptions {
  /** The most bytes the chunk may have. */
  readonly limit: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Asked every now and then whether so many bytes more have room, where their number was not known before. */
  readonly grow: ((bytes: number) => Promise<void>) | undefined;
}

/** Bytes after which {@link ReceiveOptions.grow} is asked again. */
const GROW_STEP = 8 * 1024 * 1024;

/**
 * Makes the function that writes a chunk behind an upload's bytes. The chunk begins at the row's offset. Resolves to the row
 * as it then is: every byte that it counts is durable.
 *
 * When the source fails, the signal says so or there is no room to grow, what came is kept, recorded and then the error thrown; with a checksum, which
 * then cannot be checked, nothing is kept. Beyond the limit nothing more is written.
 */
export function createReceiver({ staging, sessions, progress }: ReceiverOptions) {
  return async (row: SessionRow, chunk: Chunk, options: ReceiveOptions): Promise<SessionRow> => {
    const writer = await staging.open(row.id, row.offset);
    const running = progress.at(row.id, row.offset);
    progress.forget(row.id);
    const run = createRun(row, writer, sessions);
    try {
      const failure = await pump(chunk, options, run, running);
      if (failure !== undefined && (chunk.checksum !== undefined || failure.kind === 'refused'))
        throw failure.error;
      const written = await run.finish();
      if (running?.offset === written.offset) progress.keep(row.id, running);
      if (failure !== undefined) throw failure.error;
      return written;
    } finally {
      await run.settle();
      await writer.close().catch(() => {});
    }
  };
}

interface Failure {
  /** `broken`: what came may be kept. */
  readonly kind: 'broken' | 'refused';
  readonly error: unknown;
}

async function pump(
  chunk: Chunk,
  { limit, signal, grow }: ReceiveOptions,
  run: Run,
  running: Running | undefined,
): Promise<Failure | undefined> {
  const { checksum } = chunk;
  const hash = checksum && new Bun.CryptoHasher(checksum.algorithm);
  const source = untilAborted(chunk.source, signal)[Symbol.asyncIterator]();
  let size = 0;
  let admitted = 0;
  for (;;) {
    let step: IteratorResult<Uint8Array, unknown>;
    try {
      step = await source.next();
    } catch (error) {
      return { kind: 'broken', error };
    }
    if (step.done === true) break;
    const bytes = step.value;
    size += bytes.byteLength;
    if (size > limit) {
      void source.return?.();
      return { kind: 'refused', error: tooLarge() };
    }
    if (grow !== undefined && size > admitted) {
      try {
        await grow(bytes.byteLength);
      } catch (error) {
        void source.return?.();
        return { kind: 'broken', error };
      }
      admitted = size + GROW_STEP;
    }
    try {
      hash?.update(bytes);
      // Begun first: the disk works while the bytes are hashed.
      const wait = run.write(bytes, checksum === undefined);
      running?.push(bytes);
      await wait;
    } catch (error) {
      void source.return?.();
      return { kind: 'refused', error };
    }
  }
  if (hash === undefined || checksum === undefined) return undefined;
  const right = Buffer.from(hash.digest()).equals(checksum.digest);
  return right ? undefined : { kind: 'refused', error: new AppError('invalid', { reason: 'checksum' }) };
}

/** One chunk on its way to the disk and into the row. */
interface Run {
  /** `mayRecord`: the bytes count as soon as they are durable. */
  write(bytes: Uint8Array, mayRecord: boolean): Promise<void> | undefined;
  /** Makes everything durable and recorded. */
  finish(): Promise<SessionRow>;
  /** Waits for what runs beside; never throws. */
  settle(): Promise<void>;
}

function createRun(start: SessionRow, writer: StagedWriter, sessions: Sessions): Run {
  let row = start;
  let unsynced = 0;
  let background: Promise<void> | undefined;
  let fault: unknown;

  async function record(offset: number): Promise<void> {
    if (offset === row.offset) return;
    row = await sessions.setOffset(row, offset);
    if (FAILPOINTS) failpoint('stage.recorded');
  }

  async function syncBehind(mayRecord: boolean): Promise<void> {
    try {
      const length = await writer.sync();
      if (mayRecord && length - row.offset >= RECORD_EVERY) await record(length);
    } catch (error) {
      fault = error;
    }
    background = undefined;
  }

  return {
    write(bytes, mayRecord) {
      if (fault !== undefined) throw fault;
      const wait = writer.write(bytes);
      unsynced += bytes.byteLength;
      if (unsynced >= SYNC_EVERY && background === undefined) {
        unsynced = 0;
        background = syncBehind(mayRecord);
      }
      return wait;
    },
    async finish() {
      await background;
      if (fault !== undefined) throw fault;
      await record(await writer.sync());
      return row;
    },
    async settle() {
      await background;
    },
  };
}
