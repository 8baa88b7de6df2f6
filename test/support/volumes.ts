import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a test's own. */
export interface Volume {
  /** Where it is mounted, in a folder of its own. */
  readonly path: string;
  /** Unmounts it and removes the folder; may be called again. */
  remove(): Promise<void>;
}

/** Mounts a file system in memory that holds `megabytes` and no more. */
export async function mountTmpfs(megabytes: number): Promise<Volume> {
  return mountIn(await mkdtemp(join(tmpdir(), 'dossier-volume-')), (path) => [
    ...['mount', '-t', 'tmpfs', '-o', `size=${megabytes}M`, 'none'],
    path,
  ]);
}

/**
 * Mounts an image of a file system through a loop device. With `commit` the journal is left alone for that many seconds, so
 * that next to nothing reaches the image but what is synced.
 */
export async function mountImage(image: string, options: { readonly commit?: number } = {}): Promise<Volume> {
  const how = ['loop', 'noatime', ...(options.commit === undefined ? [] : [`commit=${options.commit}`])];
  return mountIn(await mkdtemp(join(tmpdir(), 'dossier-volume-')), (path) => [
    ...['mount', '-t', 'ext4', '-o', how.join(','), image],
    path,
  ]);
}

/** Makes an ext4 file system in a file. */
export async function makeImage(image: string, megabytes: number): Promise<void> {
  await command(['truncate', '-s', `${megabytes}M`, image]);
  await command(['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image]);
}

/** Why volumes of a kind cannot be mounted here, as a sentence; undefined when they can. */
export async function volumesUnavailable(kind: 'tmpfs' | 'loop'): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'File systems are mounted on Linux only.';
  if (process.getuid?.() !== 0) return 'Only root can mount file systems.';
  const folder = await mkdtemp(join(tmpdir(), 'dossier-volume-'));
  try {
    if (kind === 'tmpfs') await (await mountTmpfs(1)).remove();
    else {
      const image = join(folder, 'image');
      await makeImage(image, 8);
      await (await mountImage(image)).remove();
    }
    return undefined;
  } catch (error) {
    return `No ${kind === 'tmpfs' ? 'tmpfs' : 'loop device'} can be mounted here (${String(error).trim()}).`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command of the system to its end; throws with what it said when it fails. */
export async function command(argv: readonly string[]): Promise<void> {
  const child = Bun.spawn([...argv], { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' });
  const [said, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`${argv[0]} failed: ${said.trim()}`);
}

async function mountIn(folder: string, argv: (path: string) => readonly string[]): Promise<Volume> {
  const path = join(folder, 'mounted');
  mkdirSync(path);
  let isMounted = false;
  const volume: Volume = {
    path,
    async remove() {
      if (isMounted) await unmount(path);
      isMounted = false;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await command(argv(path));
    isMounted = true;
    return volume;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Processes that were just ended may hold it for a moment; after that it goes lazily, so that it goes in any case. */
async function unmount(path: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return await command(['umount', path]);
    } catch {
      await Bun.sleep(50);
    }
  }
  await command(['umount', '-l', path]);
}
