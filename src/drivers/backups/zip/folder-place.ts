import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupInfo } from '../../../core/ports/backup-store.ts';
import { syncFolder } from '../../../lib/sync.ts';
import { formatDate } from '../../../lib/time.ts';
import { ARCHIVE_NAME, type ArchivePlace } from './archive-place.ts';

/** Archives in a folder. They are built on its volume, so taking one is a rename. */
export function createFolderPlace(dir: string): ArchivePlace {
  async function find(key: string): Promise<BackupInfo | undefined> {
    try {
      const found = await stat(join(dir, key));
      if (!found.isFile()) return undefined;
      return { key, size: found.size, modified: formatDate(found.mtimeMs), storage: '' };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  return {
    find,
    async list() {
      const names = (await readdir(dir).catch(noneWhenMissing)).filter((name) => ARCHIVE_NAME.test(name));
      return (await Promise.all(names.map(find))).filter((each) => each !== undefined);
    },
    async take(key, path) {
      await rename(path, join(dir, key));
      await syncFolder(dir);
    },
    async read(key, range) {
      const file = Bun.file(join(dir, key));
      return range === undefined ? file : file.slice(range.start, range.end + 1);
    },
    async remove(key) {
      try {
        await rm(join(dir, key));
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
      await syncFolder(dir);
      return true;
    },
  };
}

function noneWhenMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
