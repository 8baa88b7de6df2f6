import type { StatsFs } from 'node:fs';
import { link, mkdir, open, readdir, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, notFound } from '../../../core/errors.ts';
import type { Staging } from '../../../core/ports/staging.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { failpoint } from '../../../lib/failpoints.ts';
import { syncFolder } from '../../../lib/sync.ts';
import { absent, errorName, rethrow, stagingFault } from './faults.ts';
import { createWriter } from './writer.ts';

/** Options of {@link createDiskStaging}. */
export interface DiskStagingOptions {
  /** An absolute folder for staged files alone; created with the first one. */
  readonly dir: string;
}

const READ_BYTES = 1024 * 1024;

/**
 * The staging port on a local disk: `<dir>/<id>`, and `<dir>/<id>.object` for a second name that a storage takes over.
 * Files are 0600, the folder 0700. A file's entry in the folder is durable before its first byte.
 */
export function createDiskStaging({ dir }: DiskStagingOptions): Staging {
  function pathOf(id: string): string {
    // Ids are the server's own; this is for the day on which one is not.
    if (!/^[a-z0-9]{1,64}$/.test(id)) throw new AppError('internal', { reason: 'bad_staging_id' });
    return join(dir, id);
  }

  const secondName = (id: string) => `${pathOf(id)}.object`;

  /** Makes the folder and its missing parents, each durable in its own. */
  async function makeDir(): Promise<void> {
    const first = await mkdir(dir, { recursive: true, mode: 0o700 });
    for (let at = dir; first !== undefined && at.length >= first.length; at = dirname(at)) {
      await syncFolder(dirname(at));
    }
  }

  /** Of the volume on which the folder is, or will be. */
  async function facts(path: string): Promise<StatsFs> {
    const found = await statfs(path).catch(absent);
    if (found !== undefined || dirname(path) === path) return found ?? statfs(path);
    return facts(dirname(path));
  }

  async function create(path: string) {
    const handle = await open(path, 'wx+', 0o600).catch(async (error) => {
      if (errorName(error) !== 'ENOENT') throw error;
      await makeDir();
      return open(path, 'wx+', 0o600);
    });
    try {
      await syncFolder(dir);
    } catch (error) {
      await handle.close().catch(() => {});
      throw error;
    }
    return handle;
  }

  async function openAt(id: string, length: number) {
    const path = pathOf(id);
    const found = await open(path, 'r+').catch(absent);
    if (found === undefined && length > 0) throw notFound('staged');
    const handle = found ?? (await create(path));
    try {
      const { size } = await handle.stat();
      if (size < length) throw notFound('staged');
      if (size > length) {
        await handle.truncate(length);
        // Or the file could have its old end again after a power cut, as an object by then.
        await handle.sync();
      }
      return handle;
    } catch (error) {
      await handle.close().catch(() => {});
      throw error;
    }
  }

  return {
    async open(id, length) {
      return createWriter(await openAt(id, length).catch(rethrow), length);
    },
    async size(id) {
      return (await stat(pathOf(id)).catch(absent))?.size;
    },
    read: (id) => readFile(pathOf(id)),
    async link(id) {
      const path = secondName(id);
      try {
        // One that was not taken over may be left of a process that ended.
        await unlink(path).catch(absent);
        await link(pathOf(id), path);
      } catch (error) {
        if (UNLINKABLE.has(errorName(error) ?? '')) return undefined;
        throw stagingFault(error);
      }
      if (FAILPOINTS) failpoint('stage.linked');
      return path;
    },
    async unlink(path) {
      await unlink(path).catch(absent);
    },
    async remove(id) {
      await unlink(pathOf(id)).catch(absent);
      if (FAILPOINTS) failpoint('stage.removed');
      await unlink(secondName(id)).catch(absent);
    },
    async list() {
      const names = (await readdir(dir).catch(absent)) ?? [];
      return new Set(names.map((name) => name.split('.', 1)[0] ?? '').filter((id) => /^[a-z0-9]+$/.test(id)));
    },
    async room() {
      const { bavail, blocks, bsize } = await facts(dir).catch(rethrow);
      return { free: bavail * bsize, total: blocks * bsize };
    },
  };
}

/** File systems without hard links answer with one of these. */
const UNLINKABLE = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

async function* readFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, 'r').catch(absent);
  if (handle === undefined) return;
  try {
    for (;;) {
      // A fresh one each time: whoever reads may keep it.
      const buffer = new Uint8Array(READ_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES).catch(rethrow);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close().catch(() => {});
  }
}
