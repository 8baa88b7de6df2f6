import { statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, notFound } from '../../../core/errors.ts';
import type { PutOptions, PutResult, Storage } from '../../../core/ports/storage.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { failpoint } from '../../../lib/failpoints.ts';
import { createBufferPool } from './buffers.ts';
import { checkFolder } from './check.ts';
import { errorName, isAbsent, storageFault } from './faults.ts';
import { type FileOps, type OpenFile, systemFileOps } from './file-ops.ts';
import { listObjects } from './list.ts';
import { checkKey, pathOf } from './paths.ts';
import { writeStream } from './write.ts';

/** Options of {@link createLocalStorage}. */
export interface LocalStorageOptions {
  /** The name that catalogue rows carry. */
  readonly name: string;
  /** An absolute folder for this storage alone; created with the first object. */
  readonly dir: string;
  /** The system calls; replaced in fault tests. */
  readonly fileOps?: FileOps;
}

/** Idle buffers that are kept: 4 MiB, enough for eight uploads at once. */
const KEPT_BUFFERS = 16;

/**
 * The storage port on a local disk (SECURITY-REQUIREMENTS 9.1, 9.2).
 *
 * Objects lie at `<dir>/objects/<first two characters>/<key>`, being written at `<dir>/tmp/<random>` on the same volume.
 * Files are 0600 and folders 0700. `put` and `remove` resolve when a power cut can no longer undo them. An fsync that
 * failed is not tried again on its descriptor: the system may have dropped the bytes, so the write as a whole fails.
 */
export function createLocalStorage({ name, dir, fileOps = systemFileOps }: LocalStorageOptions): Storage {
  const objectsDir = join(dir, 'objects');
  const temporaryDir = join(dir, 'tmp');
  const pool = createBufferPool(KEPT_BUFFERS);

  function locate(key: string): string {
    checkKey(key);
    return pathOf(objectsDir, key);
  }

  /** Makes a folder and its missing parents, each one durable in its parent. */
  async function makeDir(path: string): Promise<void> {
    try {
      await fileOps.mkdir(path);
    } catch (error) {
      const fault = errorName(error);
      // EEXIST: another upload made it, and may not have synced it yet.
      if (fault === 'ENOENT' && dirname(path) !== path) {
        await makeDir(dirname(path));
        await fileOps.mkdir(path).catch(unlessThere);
      } else if (fault !== 'EEXIST') throw error;
    }
    await fileOps.syncDir(dirname(path));
  }

  /** Runs a step; when its folder is missing makes it and runs it again. */
  async function withDir<T>(path: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (errorName(error) !== 'ENOENT') throw error;
      await makeDir(path);
      return step();
    }
  }

  async function writeTemporary(
    path: string,
    source: AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<PutResult> {
    if (FAILPOINTS) inStorage(() => failpoint('write.before'));
    const file = await withDir(temporaryDir, () => fileOps.create(path)).catch(rethrow);
    const result = await closing(file, async () => {
      const written = await writeStream(source, { file, pool, options });
      await file.sync().catch(rethrow);
      return written;
    });
    if (FAILPOINTS) inStorage(() => failpoint('write.synced'));
    return result;
  }

  /** Gives a durable file its name as an object, by `step`, or takes the name back. */
  async function publish(path: string, step: () => Promise<void>): Promise<void> {
    const folder = dirname(path);
    await withDir(folder, step);
    try {
      if (FAILPOINTS) failpoint('write.renamed');
      await fileOps.syncDir(folder);
      if (FAILPOINTS) failpoint('write.dirsynced');
    } catch (error) {
      await fileOps.unlink(path).catch(() => {});
      throw error;
    }
  }

  /** A copy of its own, for disks that know no second names, and where the name is taken. */
  async function copyBytes(source: string, path: string): Promise<void> {
    const temporary = join(temporaryDir, crypto.randomUUID());
    try {
      await withDir(temporaryDir, () => fileOps.copy(source, temporary));
      await publish(path, () => fileOps.rename(temporary, path));
    } catch (error) {
      await fileOps.unlink(temporary).catch(() => {});
      throw error;
    }
  }

  async function remove(key: string): Promise<void> {
    const path = locate(key);
    try {
      await fileOps.unlink(path).catch(absent);
      if (FAILPOINTS) failpoint('erase.removed');
      // Also when the file was gone already: the call before this one may have failed between its two steps.
      await fileOps.syncDir(dirname(path)).catch(absent);
      if (FAILPOINTS) failpoint('erase.dirsynced');
    } catch (error) {
      throw storageFault(error);
    }
  }

  return {
    name,
    type: 'local',
    async put(key, source, options = {}) {
      const path = locate(key);
      const temporary = join(temporaryDir, crypto.randomUUID());
      try {
        const result = await writeTemporary(temporary, source, options);
        await publish(path, () => fileOps.rename(temporary, path)).catch(rethrow);
        return result;
      } catch (error) {
        await fileOps.unlink(temporary).catch(() => {});
        throw error;
      }
    },
    async head(key) {
      const facts = await stat(locate(key)).catch(absent);
      return facts?.isFile() ? { size: facts.size, modified: Math.floor(facts.mtimeMs) } : undefined;
    },
    async read(key, range) {
      const path = locate(key);
      // A response learns only after its headers that a Bun.file is missing or short; asking here costs two microseconds.
      const size = sizeNow(path);
      const body = Bun.file(path);
      if (range === undefined) return body;
      if (range.start < 0 || range.start > range.end || range.end >= size) {
        throw new AppError('internal', { reason: 'bad_range' });
      }
      return body.slice(range.start, range.end + 1);
    },
    async bytes(key) {
      const path = locate(key);
      try {
        return await Bun.file(path).bytes();
      } catch (error) {
        throw missingOr(error);
      }
    },
    remove,
    // What an interrupted put left under another name goes by `sweep`.
    discard: (key) => remove(key),
    async copy(from, to) {
      const source = locate(from);
      const path = locate(to);
      sizeNow(source);
      try {
        // Objects do not change, so both may be one file.
        await publish(path, () => fileOps.link(source, path));
      } catch (error) {
        const fault = errorName(error);
        if (fault === undefined || !NO_LINK.has(fault)) throw missingOr(error);
        await copyBytes(source, path).catch(rethrow);
      }
    },
    list: (prefix, after = '') => listObjects(objectsDir, { prefix, after }),
    async sweep() {
      try {
        const leftovers = (await readdir(temporaryDir).catch(absent)) ?? [];
        for (const leftover of leftovers) await fileOps.unlink(join(temporaryDir, leftover)).catch(absent);
        return leftovers.length;
      } catch (error) {
        throw storageFault(error);
      }
    },
    check: () => checkFolder({ dir, temporaryDir, fileOps, makeDir }),
    async adopt(key, source) {
      const path = locate(key);
      try {
        await withDir(dirname(path), () => fileOps.rename(source, path));
      } catch (error) {
        if (errorName(error) === 'EXDEV') return false;
        throw storageFault(error);
      }
      try {
        await fileOps.syncDir(dirname(path));
        await fileOps.syncDir(dirname(source));
      } catch (error) {
        // The bytes may be all that is left of a long upload.
        await fileOps.rename(path, source).catch(() => fileOps.unlink(path).catch(() => {}));
        throw storageFault(error);
      }
      return true;
    },
    localPath: locate,
    close: async () => {},
  };
}

/** Answers of a disk that cannot give the file this second name: it knows none, has given too many, or the name is taken. */
const NO_LINK: ReadonlySet<string> = new Set([
  'EEXIST',
  'EMLINK',
  'EPERM',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EXDEV',
]);

async function closing<T>(file: OpenFile, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
  await file.close().catch(rethrow);
  return result;
}

/** The size of a file now. Not asynchronous: a turn through the thread pool costs fifteen times the call. */
function sizeNow(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw missingOr(error);
  }
}

function inStorage(step: () => void): void {
  try {
    step();
  } catch (error) {
    throw storageFault(error);
  }
}

function missingOr(error: unknown): AppError {
  return isAbsent(error) ? notFound('object') : storageFault(error);
}

function unlessThere(error: unknown): void {
  if (errorName(error) !== 'EEXIST') throw error;
}

function absent(error: unknown): undefined {
  if (!isAbsent(error)) throw storageFault(error);
}

function rethrow(error: unknown): never {
  throw storageFault(error);
}
