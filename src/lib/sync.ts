import { open } from 'node:fs/promises';

/** fsync of a file, or of a folder opened with `r`. */
export async function syncToDisk(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames and removals in a folder durable. Windows cannot open a folder for this; NTFS journals entries itself. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await syncToDisk(path, 'r');
}
