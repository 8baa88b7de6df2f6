import type { ByteRange, ListedObject } from '../../../core/ports/storage.ts';
import { type ObjectService, ServiceError, type ServiceHead } from '../remote/object-service.ts';
import { bodyOfAnswer, sendToService, textOfAnswer } from '../remote/service-fetch.ts';
import type { GcsCredentials } from './credentials.ts';
import { ask, type GcsRequest, jsonOf, numberOf, refusalOf } from './requests.ts';
import { createSessions, wholeBody } from './upload.ts';

const GOOGLE = 'https://storage.googleapis.com';

/** Options of {@link createGcsService}. */
export interface GcsServiceOptions {
  readonly bucket: string;
  readonly credentials: GcsCredentials;
  /** Another address than Google's own, without a slash at its end. */
  readonly endpoint: string | undefined;
  /** A multiple of 256 KiB. */
  readonly partSize: number;
}

/**
 * Google Cloud Storage by its JSON API (https://cloud.google.com/storage/docs/json_api/v1). An etag is a generation; a
 * multipart upload is a resumable session, whose id is the session's address.
 */
export function createGcsService(options: GcsServiceOptions): ObjectService {
  const { bucket, credentials, partSize } = options;
  const base = options.endpoint ?? GOOGLE;
  const objects = `${base}/storage/v1/b/${encodeURIComponent(bucket)}/o`;
  const uploads = `${base}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`;
  const objectUrl = (key: string, query: Readonly<Record<string, string>> = {}) =>
    withQuery(`${objects}/${encodeURIComponent(key)}`, query);
  const sessions = createSessions();

  const request = (asked: GcsRequest, expected: readonly number[], signal: AbortSignal) =>
    ask(credentials, asked, expected, signal);
  const json = async (asked: GcsRequest, signal: AbortSignal) =>
    jsonOf(await request(asked, [200], signal), signal);

  async function head(key: string, signal: AbortSignal): Promise<ServiceHead | undefined> {
    const url = objectUrl(key, { fields: 'size,updated,generation' });
    const found = await json({ method: 'GET', url }, signal).catch(undefinedWhenMissing);
    if (found === undefined) return undefined;
    const modified = Date.parse(String(found.updated));
    if (Number.isNaN(modified)) throw new ServiceError('failed', { cause: 'no time' });
    return { size: numberOf(found.size), modified, etag: String(found.generation) };
  }

  async function remove(key: string, signal: AbortSignal): Promise<void> {
    const asked = { method: 'DELETE', url: objectUrl(key) };
    const response = await request(asked, [200, 204], signal).catch(undefinedWhenMissing);
    const said = response ? await textOfAnswer(response, signal) : '';
    if (said !== '') throw new ServiceError('failed', { cause: said.slice(0, 1024) });
  }

  async function listPage(query: Readonly<Record<string, string>>, signal: AbortSignal) {
    const url = withQuery(objects, { ...query, fields: 'items(name,size),nextPageToken' });
    const page = await json({ method: 'GET', url }, signal).catch(bucketWhenMissing);
    const items: readonly unknown[] = Array.isArray(page.items) ? page.items : [];
    const found = items.map((item): ListedObject => {
      const { name, size } = Object(item);
      return { key: String(name), size: numberOf(size) };
    });
    const token = typeof page.nextPageToken === 'string' ? page.nextPageToken : undefined;
    return { found, token };
  }

  return {
    type: 'gcs',
    place: options.endpoint === undefined ? `gs://${bucket}` : `gs://${bucket} at ${base}`,
    checksum: 'md5',
    partSize,
    parallelParts: 1,

    async putWhole(key, body, facts, signal) {
      const { headers, stream } = wholeBody(key, body, facts);
      const url = withQuery(uploads, { uploadType: 'multipart', fields: 'generation' });
      await json({ method: 'POST', url, headers, body: stream }, signal).catch(bucketWhenMissing);
    },

    async startMultipart(key, signal) {
      const url = withQuery(uploads, { uploadType: 'resumable', fields: 'generation' });
      const headers = {
        'content-type': 'application/json; charset=UTF-8',
        'x-upload-content-type': 'application/octet-stream',
      };
      const metadata = JSON.stringify({ name: key, contentType: 'application/octet-stream' });
      const response = await request(
        { method: 'POST', url, headers, body: () => metadata },
        [200, 201],
        signal,
      );
      await textOfAnswer(response, signal);
      const location = URL.parse(response.headers.get('location') ?? '');
      if (location === null) throw new ServiceError('failed', { cause: 'no session' });
      // A proxy or a private address in the service's place may not be known to the service.
      const upload =
        options.endpoint === undefined ? location.href : base + location.pathname + location.search;
      sessions.begin(key, upload);
      return upload;
    },

    putPart: (_key, upload, body, facts, signal) => sessions.put(upload, body, facts, signal),

    async completeMultipart(_key, upload) {
      if (!sessions.isFinished(upload)) throw new ServiceError('missing');
      sessions.forget(upload);
    },

    async abortMultipart(key, upload, signal) {
      if (!isSession(upload, options.endpoint)) return;
      const response = await sendToService({ method: 'DELETE', url: upload }, signal);
      // 499 says that it is cancelled; any other refusal of the request itself, that there is no such session (any more).
      const isCancelled = response.status === 499;
      const refusal = isCancelled || response.ok ? undefined : await refusalOf(response, signal);
      if (refusal === undefined) await textOfAnswer(response, signal);
      else if (refusal.fault !== 'missing' && refusal.fault !== 'rejected') throw refusal;
      // The last part makes the object, and may have done so before anybody learned of it.
      if (sessions.mayExist(upload) && !isCancelled) await remove(key, signal);
      sessions.forget(upload);
    },

    // The service names no sessions; what was started and never journalled expires there after a week.
    listMultiparts: async (key) => sessions.of(key),

    async get(key, range: ByteRange | undefined, etag, signal) {
      const url = objectUrl(key, { alt: 'media', ...(etag !== undefined && { ifGenerationMatch: etag }) });
      const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
      const response = await request({ method: 'GET', url, headers }, [200, 206], signal);
      return bodyOfAnswer(response, range, response.headers.get('x-goog-generation'));
    },

    head,

    remove,

    async copy(from, to, signal) {
      const target = `${objectUrl(from)}/rewriteTo/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(to)}`;
      let token: string | undefined;
      do {
        const query = { fields: 'done,rewriteToken', ...(token !== undefined && { rewriteToken: token }) };
        const copied = await json({ method: 'POST', url: withQuery(target, query) }, signal);
        if (copied.done === true) return;
        token = typeof copied.rewriteToken === 'string' ? copied.rewriteToken : undefined;
      } while (token !== undefined);
      throw new ServiceError('failed', { cause: 'no rewrite token' });
    },

    async list(prefix, after, signal) {
      const query = { prefix, maxResults: '1000', ...(after !== undefined && { startOffset: after }) };
      let page = await listPage(query, signal);
      // `startOffset` is inclusive. A page may be empty though others follow.
      let found = page.found.filter(({ key }) => key !== after);
      while (found.length === 0 && page.token !== undefined) {
        page = await listPage({ ...query, pageToken: page.token }, signal);
        found = page.found;
      }
      return { objects: found, more: page.token !== undefined };
    },

    async check(signal) {
      // Needs no permission beyond those for objects, as asking for the bucket itself would.
      const url = withQuery(objects, { maxResults: '1', fields: 'items(name)' });
      await json({ method: 'GET', url }, signal).catch(bucketWhenMissing);
    },

    presign: credentials.presign,
    close() {},
  };
}

function withQuery(address: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? address : `${address}?${text}`;
}

function undefinedWhenMissing(error: unknown): undefined {
  if (error instanceof ServiceError && error.fault === 'missing') return undefined;
  throw error;
}

/** Where no object is named, what is missing can only be the bucket. */
function bucketWhenMissing(error: unknown): never {
  if (!(error instanceof ServiceError) || error.fault !== 'missing') throw error;
  throw new ServiceError('no_bucket', { status: error.status, cause: error.cause });
}

/** Journalled ids outlive a change of configuration; nothing is sent to any other place than the service. */
function isSession(upload: string, endpoint: string | undefined): boolean {
  if (endpoint !== undefined) return upload.startsWith(`${endpoint}/upload/`);
  const address = URL.parse(upload);
  return address?.protocol === 'https:' && address.hostname.endsWith('.googleapis.com');
}
