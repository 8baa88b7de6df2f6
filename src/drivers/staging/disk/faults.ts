import { AppError } from '../../../core/errors.ts';

/** The system's name of an I/O error, e.g. `ENOENT`. */
export function errorName(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** An I/O error in the words of the port: `storage_full` or `unavailable`; what is an AppError stays. */
export function stagingFault(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const full = FULL.has(errorName(error) ?? '');
  return new AppError(full ? 'storage_full' : 'unavailable', { reason: 'staging', cause: error });
}

/** For `catch`: an I/O error in the words of the port. */
export function rethrow(error: unknown): never {
  throw stagingFault(error);
}

/** For `catch`: undefined for what is not there. */
export function absent(error: unknown): undefined {
  if (errorName(error) !== 'ENOENT') throw stagingFault(error);
}
