import { ServiceError } from '../remote/object-service.ts';
import {
  faultOfStatus,
  retryAfterOf,
  type ServiceRequest,
  sendToService,
  textOfAnswer,
} from '../remote/service-fetch.ts';
import type { GcsCredentials } from './credentials.ts';

/** A request whose body can be made again. */
export interface GcsRequest extends Omit<ServiceRequest, 'body' | 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => ServiceRequest['body'];
}

/**
 * Sends a request with a token; whatever is answered but the `expected` statuses rejects with what it means. A refused token
 * is replaced once: the service may forget one before its time.
 */
export async function ask(
  credentials: GcsCredentials,
  request: GcsRequest,
  expected: readonly number[],
  signal: AbortSignal,
): Promise<Response> {
  let response = await sendWithToken(credentials, request, signal);
  if (response.status === 401) {
    await textOfAnswer(response, signal);
    credentials.renew();
    response = await sendWithToken(credentials, request, signal);
  }
  if (!expected.includes(response.status)) throw await refusalOf(response, signal);
  return response;
}

async function sendWithToken(
  credentials: GcsCredentials,
  request: GcsRequest,
  signal: AbortSignal,
): Promise<Response> {
  const headers = new Headers(request.headers);
  for (const [name, value] of await credentials.headers(signal)) headers.set(name, value);
  return sendToService({ ...request, headers, body: request.body?.() }, signal);
}

/** What an answer that was not expected means: https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export async function refusalOf(response: Response, signal: AbortSignal): Promise<ServiceError> {
  const { status } = response;
  const text = (await textOfAnswer(response, signal)).slice(0, 4096);
  const retryAfter = retryAfterOf(response.headers.get('retry-after'));
  const options = { status, retryAfter, cause: text };
  if (status === 404 && /bucket does not exist/i.test(text)) return new ServiceError('no_bucket', options);
  if (status === 403 && /rateLimitExceeded/i.test(text)) return new ServiceError('throttled', options);
  if (status === 400 && /\b(md5|crc32c)\b.*match/i.test(text)) return new ServiceError('damaged', options);
  return new ServiceError(faultOfStatus(status), options);
}

/** The JSON of an answer; `failed` when it is none, or tells of an error behind a status of success. */
export async function jsonOf(response: Response, signal: AbortSignal): Promise<Record<string, unknown>> {
  const text = await textOfAnswer(response, signal);
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !('error' in json)) return { ...json };
  } catch {
    // Told below.
  }
  throw new ServiceError('failed', { status: response.status, cause: text.slice(0, 1024) });
}

/** A 64-bit number, which the API writes as a string; `failed` when it is none. */
export function numberOf(value: unknown): number {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new ServiceError('failed', { cause: 'not a number' });
  return number;
}
