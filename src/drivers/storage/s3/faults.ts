import { ServiceError, type ServiceFault } from '../remote/object-service.ts';

/** S3's error codes that their status does not tell (Amazon S3 API reference, "Error responses"). */
const CODES: Readonly<Record<string, ServiceFault>> = {
  NoSuchKey: 'missing',
  NotFound: 'missing',
  NoSuchUpload: 'missing',
  NoSuchBucket: 'no_bucket',
  InvalidBucketName: 'no_bucket',
  AccessDenied: 'denied',
  InvalidAccessKeyId: 'denied',
  SignatureDoesNotMatch: 'denied',
  InvalidToken: 'denied',
  ExpiredToken: 'denied',
  CredentialsProviderError: 'denied',
  PreconditionFailed: 'changed',
  BadDigest: 'damaged',
  InvalidDigest: 'damaged',
  IncompleteBody: 'damaged',
  XAmzContentSHA256Mismatch: 'damaged',
  SlowDown: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequests: 'throttled',
  RequestTimeout: 'unreachable',
  OperationAborted: 'failed',
  ConditionalRequestConflict: 'failed',
  EndpointError: 'rejected',
  NotImplemented: 'rejected',
};

/** An error of the SDK or of `fetch` in the words of {@link ServiceError}. */
export function s3Fault(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const status = statusOf(error);
  const code = error instanceof Error ? error.name : '';
  const known = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  const fault = known ?? (status === undefined ? 'unreachable' : byStatus(status));
  return new ServiceError(fault, { cause: error, status, retryAfter: retryAfterOf(error) });
}

function byStatus(status: number): ServiceFault {
  if (status === 401 || status === 403) return 'denied';
  if (status === 408) return 'unreachable';
  if (status === 412) return 'changed';
  if (status === 429 || status === 503) return 'throttled';
  // A 404 without a code of S3 comes from something else that answers there.
  if (status >= 500 || status < 300 || status === 404) return 'failed';
  return 'rejected';
}

function statusOf(error: unknown): number | undefined {
  const metadata = property(error, '$metadata');
  const status = property(metadata, 'httpStatusCode') ?? property(property(error, '$response'), 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

/** Seconds of Retry-After, which may also be a date (RFC 9110, 10.2.3). */
function retryAfterOf(error: unknown): number | undefined {
  const value = property(property(property(error, '$response'), 'headers'), 'retry-after');
  if (typeof value !== 'string') return undefined;
  const seconds = /^\d{1,6}$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
