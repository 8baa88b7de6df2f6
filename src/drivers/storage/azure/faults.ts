import { ServiceError, type ServiceFault } from '../remote/object-service.ts';
import { faultOfStatus, retryAfterOf, textOfAnswer } from '../remote/service-fetch.ts';

/** Codes that say more than their status: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
const FAULTS: ReadonlyMap<string, ServiceFault> = new Map<string, ServiceFault>([
  ['ContainerNotFound', 'no_bucket'],
  ['ContainerBeingDeleted', 'no_bucket'],
  ['ContainerDisabled', 'no_bucket'],
  ['ResourceNotFound', 'no_bucket'],
  ['AccountBeingCreated', 'no_bucket'],
  ['InvalidAuthenticationInfo', 'denied'],
  ['Md5Mismatch', 'damaged'],
  ['ConditionNotMet', 'changed'],
  ['BlobAlreadyExists', 'changed'],
  ['ServerBusy', 'throttled'],
  // A block is not there (any more): its upload was ended.
  ['InvalidBlockList', 'missing'],
]);

/** What a refusal means. */
export function faultOf(status: number, code: string): ServiceFault {
  return FAULTS.get(code) ?? faultOfStatus(status);
}

/** An answer to a `fetch` that was not expected. */
export async function refusalOf(response: Response, signal: AbortSignal): Promise<ServiceError> {
  const { status, headers } = response;
  const code = headers.get('x-ms-error-code') ?? '';
  const text = await textOfAnswer(response, signal);
  const retryAfter = retryAfterOf(headers.get('retry-after'));
  // Services that imitate Azure have no code of its own for it.
  const isDamaged = status === 400 && /md5.*match/i.test(text);
  const fault = isDamaged ? 'damaged' : faultOf(status, code);
  return new ServiceError(fault, { status, retryAfter, cause: code });
}

/** What a call of the library was rejected with; the signal's reason when that ended it. */
export function sdkFault(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ServiceError) return error;
  const { statusCode: status, code, response, message } = Object(error);
  // The library's error holds the whole request with its signature.
  const told = `${code ?? ''} ${message ?? error}`.trim().slice(0, 500);
  if (typeof status === 'number') {
    const header: unknown = response?.headers?.get('x-ms-error-code');
    const reason = typeof header === 'string' ? header : String(code ?? '');
    const retryAfter = retryAfterOf(response?.headers?.get('retry-after'));
    return new ServiceError(faultOf(status, reason), { status, retryAfter, cause: told });
  }
  return new ServiceError(code === 'PARSE_ERROR' ? 'failed' : 'unreachable', { cause: told });
}
