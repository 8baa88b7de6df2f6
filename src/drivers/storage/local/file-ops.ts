import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { syncFolder, syncToDisk } from '../../../lib/sync.ts';

/** A file that is being written. */
export interface OpenFile {
  /** Writes bytes at the current position; returns how many were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** fsync. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The system calls that the local storage changes the disk with; replaced in fault tests. Errors are the system's own. */
export interface FileOps {
  /** Creates a file of mode 0600 that must not exist. */
  create(path: string): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** A second name for a file; it must not exist. */
  link(from: string, to: string): Promise<void>;
  /** Copies a file to one of mode 0600 that must not exist, and fsyncs it. Shares its blocks where the disk can. */
  copy(from: string, to: string): Promise<void>;
  /** Creates one folder of mode 0700. */
  mkdir(path: string): Promise<void>;
  /** fsync of a folder, so that its entries are durable. */
  syncDir(path: string): Promise<void>;
}

/** The real calls. */
export const systemFileOps: FileOps = {
  create: async (path) => {
    const handle = await open(path, 'wx', 0o600);
    let position = 0;
    return {
      // At a position, as the database writes: so faults can be injected into both and into no pipe.
      async write(bytes) {
        const { bytesWritten } = await handle.write(bytes, 0, bytes.byteLength, position);
        position += bytesWritten;
        return bytesWritten;
      },
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  rename,
  unlink,
  link,
  copy: async (from, to) => {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(to, 0o600);
    await syncToDisk(to, 'r+');
  },
  mkdir: async (path) => {
    await mkdir(path, { mode: 0o700 });
  },
  syncDir: syncFolder,
};
