import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import { errorName, storageFault } from './faults.ts';
import type { FileOps } from './file-ops.ts';

/** What {@link checkFolder} works with. */
export interface FolderCheck {
  readonly dir: string;
  readonly temporaryDir: string;
  readonly fileOps: FileOps;
  /** Makes a folder and its missing parents; succeeds when it is there. */
  readonly makeDir: (path: string) => Promise<void>;
}

/** What another value of the setting, or other rights, would mend. */
const UNUSABLE: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'ELOOP',
  'ENAMETOOLONG',
  'EINVAL',
]);

/**
 * Writes and removes a file in the storage's folder. Throws `not_configured` reason `path_unusable` with param `setting`
 * when the folder cannot be one or may not be written, else `unavailable`. A full disk is no matter of configuration: what
 * is stored can be read and removed.
 */
export async function checkFolder({ dir, temporaryDir, fileOps, makeDir }: FolderCheck): Promise<void> {
  try {
    await makeDir(temporaryDir);
    for (const path of [dir, temporaryDir]) {
      if (!(await stat(path)).isDirectory()) throw unusable('ENOTDIR');
    }
    await writeProbe(join(temporaryDir, crypto.randomUUID()), fileOps);
  } catch (error) {
    const name = errorName(error);
    if (name !== undefined && UNUSABLE.has(name)) throw unusable(name, error);
    const fault = storageFault(error);
    if (fault.code === 'storage_full') return;
    if (fault.code !== 'unavailable') throw fault;
    throw new AppError('unavailable', {
      reason: 'storage',
      params: { ...fault.params, setting: 'path' },
      cause: error,
    });
  }
}

async function writeProbe(path: string, fileOps: FileOps): Promise<void> {
  const file = await fileOps.create(path);
  try {
    await file.write(new Uint8Array([1]));
    await file.sync();
  } finally {
    await file.close();
    await fileOps.unlink(path);
  }
}

function unusable(error: string, cause?: unknown): AppError {
  return new AppError('not_configured', {
    reason: 'path_unusable',
    params: { setting: 'path', error },
    cause,
  });
}
