import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** A native library inside the executable, to be laid out on disk before it can be opened. */
interface EmbeddedFile {
  /** Where it belongs, relative and with `/`, e.g. `sharp-linux-x64/lib/sharp.node`. */
  readonly path: string;
  /** Where the executable keeps it. */
  readonly source: string;
  /** SHA-256 of the content, hex. */
  readonly sha256: string;
}

/** The addon and the libraries it is linked with. */
export interface EmbeddedAddon {
  readonly name: string;
  readonly files: readonly EmbeddedFile[];
  /** The `path` of the file to open. */
  readonly entry: string;
}

/**
 * Lays the addon's files out in a cache folder and opens it; answers the addon's exports.
 *
 * Threat: whoever can write into the folder runs code as this user. So every folder on the way must be a real
 * folder of this user that nobody else may write to, the folder's name holds the content's hash, and every file is
 * hashed again before it is opened. It does not defend against other processes of the same user.
 *
 * Throws an `Error` when no folder can be used; its message names each one tried and why.
 */
export function openEmbeddedAddon(addon: EmbeddedAddon, roots: readonly string[] = cacheRoots()): unknown {
  const refusals: string[] = [];
  for (const root of roots) {
    try {
      return open(join(unpackAddon(addon, root), addon.entry));
    } catch (error) {
      refusals.push(`${root}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`the native library "${addon.name}" cannot be unpacked; tried ${refusals.join('; ')}`);
}

/** The user's cache folder, then the temporary folder; each with a name of ours at the end. */
export function cacheRoots(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string[] {
  const user = process.getuid?.();
  const perUser = user === undefined ? 'dossier-cache' : `dossier-cache-${user}`;
  return [userCache(env, platform), join(tmpdir(), perUser)].filter((root) => root !== undefined);
}

function userCache(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  if (platform === 'win32') {
    return env.LOCALAPPDATA ? join(env.LOCALAPPDATA, 'dossier', 'cache') : undefined;
  }
  // The XDG specification: a relative path is to be ignored.
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'dossier');
  const home = env.HOME ?? homedir();
  if (!isAbsolute(home)) return undefined;
  return platform === 'darwin' ? join(home, 'Library', 'Caches', 'dossier') : join(home, '.cache', 'dossier');
}

/** Makes sure that `root` holds the addon's files, unchanged, and answers the folder they are in. */
export function unpackAddon(addon: EmbeddedAddon, root: string): string {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  requirePrivate(lstatSync(root), 'folder');
  const folder = join(root, `${addon.name}-${fingerprint(addon)}`);
  if (isWhole(addon, folder)) return folder;

  const temporary = join(root, `tmp-${randomBytes(12).toString('hex')}`);
  try {
    for (const file of addon.files) {
      const target = join(temporary, file.path);
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      writeFileSync(target, readFileSync(file.source), { mode: 0o700, flag: 'wx' });
    }
    replaceFolder(addon, folder, temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  if (!isWhole(addon, folder)) throw new Error('the unpacked files are not what was embedded');
  return folder;
}

/** Another process may be doing the same: whoever renames first wins, and its result is as good as ours. */
function replaceFolder(addon: EmbeddedAddon, folder: string, temporary: string): void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      renameSync(temporary, folder);
      return;
    } catch (error) {
      if (isWhole(addon, folder)) return;
      if (attempt === 2) throw error;
      const discarded = `${temporary}-old`;
      renameSync(folder, discarded);
      rmSync(discarded, { recursive: true, force: true });
    }
  }
}

function isWhole(addon: EmbeddedAddon, folder: string): boolean {
  try {
    requirePrivate(lstatSync(folder), 'folder');
    for (const file of addon.files) {
      const path = join(folder, file.path);
      for (let parent = dirname(path); parent !== folder; parent = dirname(parent)) {
        requirePrivate(lstatSync(parent), 'folder');
      }
      requirePrivate(lstatSync(path), 'file');
      if (sha256(readFileSync(path)) !== file.sha256) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function requirePrivate(stats: Stats, kind: 'folder' | 'file'): void {
  if (!(kind === 'folder' ? stats.isDirectory() : stats.isFile())) throw new Error(`is not a ${kind}`);
  // Windows has no owner or mode here; its per-user folders are private by their access lists.
  if (process.getuid === undefined) return;
  if (stats.uid !== process.getuid()) throw new Error(`the ${kind} belongs to another user`);
  if ((stats.mode & 0o022) !== 0) throw new Error(`the ${kind} can be written to by other users`);
}

function fingerprint(addon: EmbeddedAddon): string {
  return sha256(JSON.stringify(addon.files.map((file) => [file.path, file.sha256]))).slice(0, 32);
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function open(path: string): unknown {
  const module = { exports: {} as unknown };
  process.dlopen(module, path);
  return module.exports;
}
