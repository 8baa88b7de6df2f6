import { type UnpackTarget, unpackArchive } from '../drivers/backups/zip/restore.ts';
import { createLocalStorage } from '../drivers/storage/local/index.ts';

/** What {@link runUnpackWorker} is told, as JSON. */
export interface UnpackOrder extends Omit<UnpackTarget, 'objectPath'> {
  /** The path of the archive. */
  readonly archive: string;
}

/**
 * The other process that unpacks a backup beside what is there, so that its bytes and a large database never stop the server.
 * It ends with the process that started it. Exit code 1 with one sentence on stderr when the archive cannot be restored.
 */
export async function runUnpackWorker(order: string): Promise<void> {
  void endWithParent();
  try {
    const { archive, ...target }: UnpackOrder = JSON.parse(order);
    await unpackArchive(archive, { ...target, objectPath });
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** Left alone, it would write where the next start clears away. */
async function endWithParent(): Promise<never> {
  for await (const _ of Bun.stdin.stream());
  process.exit(1);
}

/** Where the local storage looks for an object below a folder of files. */
export function objectPath(filesDir: string, key: string): string {
  const path = createLocalStorage({ name: 'local', dir: filesDir }).localPath?.(key);
  if (path === undefined) throw new Error('the local storage has no paths');
  return path;
}
