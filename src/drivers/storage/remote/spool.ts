import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { spoolFault } from './faults.ts';

/** A file that bytes wait in until they are sent. Not durable: what an ended process left is removed by the next. */
export interface SpoolFile {
  /** Appends; the bytes may be changed when it resolves. `storage_full` or `unavailable`. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more is written; the bytes as they lie on disk. */
  finish(): Promise<Blob>;
  /** Closes and removes it. Repeatable; never rejects. */
  remove(): Promise<void>;
}

/** A folder of such files. */
export interface Spool {
  create(): Promise<SpoolFile>;
  /** Removes all files. Returns how many there were. */
  sweep(): Promise<number>;
}

/** Makes the spool in `dir`, which is created with its first file. Files are 0600, the folder 0700. */
export function createSpool(dir: string): Spool {
  async function openFile(path: string): Promise<FileHandle> {
    try {
      return await open(path, 'wx', 0o600);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await mkdir(dir, { recursive: true, mode: 0o700 });
      return open(path, 'wx', 0o600);
    }
  }

  return {
    async create() {
      const path = join(dir, crypto.randomUUID());
      const handle = await openFile(path).catch(rethrow);
      let isOpen = true;
      let size = 0;
      async function close(): Promise<void> {
        if (!isOpen) return;
        isOpen = false;
        await handle.close();
      }
      return {
        async write(bytes) {
          let offset = 0;
          while (offset < bytes.byteLength) {
            const { bytesWritten } = await handle
              .write(bytes, offset, bytes.byteLength - offset)
              .catch(rethrow);
            offset += bytesWritten;
          }
          size += bytes.byteLength;
        },
        async finish() {
          await close().catch(rethrow);
          return Bun.file(path).slice(0, size);
        },
        async remove() {
          await close().catch(() => {});
          await unlink(path).catch(() => {});
        },
      };
    },
    async sweep() {
      const found = await readdir(dir, { withFileTypes: true }).catch((error) =>
        isMissing(error) ? [] : rethrow(error),
      );
      const left = found.filter((entry) => !entry.isDirectory());
      for (const { name } of left) await unlink(join(dir, name)).catch(rethrow);
      return left.length;
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function rethrow(error: unknown): never {
  throw spoolFault(error);
}
