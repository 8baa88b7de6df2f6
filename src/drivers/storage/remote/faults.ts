import { AppError, notFound } from '../../../core/errors.ts';
import { ServiceError, type ServiceFault } from './object-service.ts';

/** Faults that may pass by themselves, so that sending the request again may help. */
const PASSING: ReadonlySet<ServiceFault> = new Set(['throttled', 'failed', 'unreachable', 'damaged']);

/** Whether the fault is the service's own and may pass. */
export function mayPass(fault: ServiceFault): boolean {
  return PASSING.has(fault);
}

/** Whether the request may have taken effect all the same. */
export function isUnknownOutcome(error: unknown): boolean {
  return error instanceof ServiceError && (error.fault === 'unreachable' || error.fault === 'failed');
}

/** Seconds that clients are told to wait at most, whatever a service asks for. */
const LONGEST_PAUSE = 3600;

/** `unavailable` reason `storage`; `error` says how, without addresses or keys; `retryAfter` in seconds where known. */
export function unavailable(error: string, options: { retryAfter?: number; cause?: unknown } = {}): AppError {
  const { retryAfter, cause } = options;
  const params: Record<string, string | number> = { error };
  if (retryAfter !== undefined) {
    params.retryAfter = Math.min(LONGEST_PAUSE, Math.max(1, Math.ceil(retryAfter)));
  }
  return new AppError('unavailable', { reason: 'storage', params, cause });
}

/** What failed in the words of the storage port; an AppError stays as it is. */
export function remoteFault(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof ServiceError)) return unavailable('unknown', { cause: error });
  if (error.fault === 'missing') return notFound('object');
  return unavailable(error.fault, { retryAfter: error.retryAfter, cause: error });
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A fault of the disk where parts wait: `storage_full`, or `unavailable`. */
export function spoolFault(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!FULL.has(code)) return unavailable(code === '' ? 'spool' : code, { cause: error });
  return new AppError('storage_full', { reason: 'storage', params: { error: code }, cause: error });
}

/** Runs a failpoint, which fails as the storage would. */
export function inStorage(step: () => void): void {
  try {
    step();
  } catch (error) {
    throw unavailable('failpoint', { cause: error });
  }
}
