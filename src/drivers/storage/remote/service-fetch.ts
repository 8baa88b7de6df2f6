import type { ByteRange } from '../../../core/ports/storage.ts';
import { fetchFromService } from './file-body.ts';
import { type ServiceBody, ServiceError, type ServiceFault } from './object-service.ts';

/** One HTTP request to a service. */
export interface ServiceRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array> | string;
}

/**
 * Sends a request and resolves with whatever the service answers, without following redirects. Rejects with `unreachable`, or
 * with the signal's reason.
 */
export async function sendToService(request: ServiceRequest, signal: AbortSignal): Promise<Response> {
  const headers = new Headers(request.headers);
  // Bytes must come as they are stored: lengths and ranges count those.
  headers.set('accept-encoding', 'identity');
  try {
    signal.throwIfAborted();
    const { method, url, body } = request;
    return await fetchFromService(url, { method, headers, body, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof ServiceError) throw error;
    throw new ServiceError('unreachable', { cause: error });
  }
}

/** Bytes of an answer that is no object: a page of a listing has less than one of these megabytes. */
const LONGEST_ANSWER = 16 * 1024 * 1024;

/** The text of an answer; rejects as {@link bytesOfAnswer}. */
export async function textOfAnswer(response: Response, signal: AbortSignal): Promise<string> {
  return new TextDecoder().decode(await bytesOfAnswer(response, signal));
}

/** The whole of an answer that is no object; rejects as {@link sendToService}, and with `failed` when it is endless. */
export async function bytesOfAnswer(
  response: Response,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > LONGEST_ANSWER) break;
      chunks.push(chunk);
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new ServiceError('unreachable', { cause: error });
  }
  if (size <= LONGEST_ANSWER) return new Uint8Array(Buffer.concat(chunks));
  throw new ServiceError('failed', { status: response.status, cause: new Error('the answer is too long') });
}

/** What a status means in itself, for an object's own request. */
export function faultOfStatus(status: number): ServiceFault {
  if (status === 404 || status === 410) return 'missing';
  if (status === 401 || status === 403) return 'denied';
  if (status === 412) return 'changed';
  if (status === 429 || status === 503) return 'throttled';
  if (status === 408 || status >= 500) return 'failed';
  // A redirect, or a success where the answer makes no sense.
  return status < 400 ? 'failed' : 'rejected';
}

/** Seconds of a Retry-After header (RFC 9110, 10.2.3), when it has them. */
export function retryAfterOf(header: string | null | undefined): number | undefined {
  return header && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

/** The body of a 200, or of the 206 for `range`; `failed` when it is not what was asked for. */
export function bodyOfAnswer(
  response: Response,
  range: ByteRange | undefined,
  etag: string | null,
): ServiceBody {
  const size = Number(response.headers.get('content-length') ?? Number.NaN);
  const isWhole = range === undefined && response.status === 200;
  const isPart =
    range !== undefined &&
    response.status === 206 &&
    response.headers.get('content-range')?.startsWith(`bytes ${range.start}-`) === true;
  if (!Number.isSafeInteger(size) || etag === null || !(isWhole || isPart)) {
    void response.body?.cancel().catch(() => {});
    throw new ServiceError('failed', { status: response.status });
  }
  return { body: response.body ?? new Blob([]).stream(), size, etag };
}
