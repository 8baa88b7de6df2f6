import {
  closeSync,
  fsyncSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { constants, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What a {@link Room} needs. */
export interface RoomOptions {
  /** The file of the reserve, beside the database. */
  readonly path: string;
  /** Bytes of the reserve; 0 = none is kept, and the disk never counts as full. */
  readonly size: number;
  /** Told `database.full`, `database.room_again` and `database.reserve_failed`. */
  readonly report: (event: string, error: unknown) => void;
}

/**
 * Room on the disk for the work that makes room: a file that is really allocated, and given up piece by piece when the disk
 * is full (SECURITY-REQUIREMENTS 9.7). From the moment the disk is found full until the reserve is whole again, only writes
 * that free room are to be admitted. Other programs may take what is given up, so a piece is given up only when it is needed.
 */
export interface Room {
  /** The disk was found full, and the reserve has not been made whole since. */
  readonly full: boolean;
  /** Keeps the reserve, making it beside other work when it is missing. */
  start(): void;
  /** Looks whether a fault comes of a full disk; answers {@link Room.full}. */
  suspect(): boolean;
  /**
   * Gives up a piece; false when none is left. The last one is given up only for `opening` the database, which must stay
   * possible.
   */
  giveUp(use: 'write' | 'opening'): boolean;
  /** Something was freed: while full, looks for room earlier than by itself. */
  lookSoon(): void;
  /** Resolves when nothing of the reserve is being written. */
  close(): Promise<void>;
}

const PIECE = 1024 * 1024;
/** Room beside the whole reserve that must be there before the disk counts as no longer full, so that it is not so again at once. */
const MARGIN = 1024 * 1024;
/** Milliseconds between two looks for room while the disk is full. */
const LOOK_EVERY = 2_000;
const LOOK_SOON = 250;

/** Makes a {@link Room}; nothing is read or written before it is used. */
export function createRoom({ path, size, report }: RoomOptions): Room {
  let full = false;
  let held = sizeOf(path);
  /** Grows with each piece given up, so that a reserve that is being made meanwhile is not taken for whole. */
  let given = 0;
  let making: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let soon = false;
  let closed = false;

  function markFull(): void {
    if (full) return;
    full = true;
    report('database.full', undefined);
    look(LOOK_EVERY);
  }

  function look(after: number): void {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(makeOnce, after);
    timer.unref();
  }

  function makeOnce(): void {
    soon = false;
    making ??= make().finally(() => {
      making = undefined;
    });
  }

  async function make(): Promise<void> {
    const before = given;
    try {
      if (freeBytes(path) < size - held + MARGIN) throw noRoom();
      await allocate(path, held, size + MARGIN);
      if (given !== before) throw noRoom();
      truncateSync(path, size);
      held = size;
      if (full) report('database.room_again', undefined);
      full = false;
    } catch (error) {
      shrink(path, held);
      if (isFull(error)) markFull();
      else report('database.reserve_failed', error);
      // Without a reserve because of other faults nothing is refused: there may be room.
      if (full) look(LOOK_EVERY);
    }
  }

  return {
    get full() {
      return full;
    },
    start() {
      if (size > 0 && held !== size) makeOnce();
    },
    suspect() {
      if (size > 0 && !full && isDiskFull(path)) markFull();
      return full;
    },
    giveUp(use) {
      const floor = use === 'opening' ? 0 : Math.min(size, PIECE);
      if (held <= floor) return false;
      held = Math.max(floor, held - PIECE);
      given++;
      return shrink(path, held);
    },
    lookSoon() {
      if (!full || soon) return;
      soon = true;
      look(LOOK_SOON);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await making;
    },
  };
}

/** Appends random bytes, which no file system can store in less room than they take, and syncs them. */
async function allocate(path: string, from: number, to: number): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    for (let offset = from; offset < to; ) {
      const bytes = crypto.getRandomValues(new Uint8Array(Math.min(65_536, to - offset)));
      const { bytesWritten } = await file.write(bytes, 0, bytes.byteLength, offset);
      if (bytesWritten <= 0) throw noRoom();
      offset += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Asks the file system, and tries it, since it does not tell of quotas. Not asynchronous: a writer waits for the answer. */
function isDiskFull(reserve: string): boolean {
  if (freeBytes(reserve) < MARGIN) return true;
  const path = `${reserve}.probe`;
  let file: number | undefined;
  try {
    file = openSync(path, 'w', 0o600);
    writeSync(file, crypto.getRandomValues(new Uint8Array(65_536)));
    fsyncSync(file);
    return false;
  } catch (error) {
    return isFull(error);
  } finally {
    if (file !== undefined) closeSync(file);
    rmSync(path, { force: true });
  }
}

/** Bytes that this user may still write, as far as the file system says. */
function freeBytes(path: string): number {
  try {
    const { bavail, bfree, bsize } = statfsSync(dirname(path));
    return (process.getuid?.() === 0 ? bfree : bavail) * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function shrink(path: string, size: number): boolean {
  try {
    if (sizeOf(path) > size) truncateSync(path, size);
    return true;
  } catch {
    return false;
  }
}

function noRoom(): Error {
  return Object.assign(new Error('no room for the reserve'), { code: 'ENOSPC' });
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
