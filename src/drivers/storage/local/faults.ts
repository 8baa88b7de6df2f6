import { AppError } from '../../../core/errors.ts';

/** The system's name of an I/O error, e.g. `ENOENT`. */
export function errorName(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether there is nothing at the path. */
export function isAbsent(error: unknown): boolean {
  const name = errorName(error);
  return name === 'ENOENT' || name === 'ENOTDIR';
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** An I/O error in the words of the storage port: `storage_full` or `unavailable`; what is an AppError stays. */
export function storageFault(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const name = errorName(error);
  const code = name !== undefined && FULL.has(name) ? 'storage_full' : 'unavailable';
  return new AppError(code, { reason: 'storage', params: { error: name ?? 'unknown' }, cause: error });
}
