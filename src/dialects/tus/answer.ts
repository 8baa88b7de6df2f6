import { Metadata, Server } from '@tus/server';
import type { Upload } from '../../core/index.ts';
import { errorBody, TusError } from './errors.ts';
import { type Exchange, UploadStore } from './store.ts';
import { BASE, CHECKSUM_ALGORITHMS, parseConcat, readTarget } from './wire.ts';

const VERSION = '1.0.0';
/** Beside the library's own. */
const EXPOSED = [
  'Dossier-Record',
  'Retry-After',
  'Tus-Checksum-Algorithm',
  'Upload-Checksum',
  'Upload-Expires',
];

/** The core's turns are the locks; a second set beside them would only wait twice. */
const noLocks = { newLock: () => ({ lock: async () => {}, unlock: async () => {} }) };

/** Answers a request of one method. `asError` turns what was thrown into an answer, and reports it where that is due. */
export async function answer(
  exchange: Exchange,
  method: string,
  asError: (error: unknown) => TusError,
): Promise<Response> {
  try {
    if (method !== 'OPTIONS') checkHeaders(exchange.request.headers, method);
    const isFinal =
      method === 'POST' && parseConcat(exchange.request.headers.get('upload-concat')).kind === 'final';
    return finished(isFinal ? await join(exchange) : await byLibrary(exchange, method, asError));
  } catch (error) {
    return errorResponse(asError(error));
  }
}

/** An error answer that the library did not make. */
export function errorResponse(error: TusError): Response {
  return finished(new Response(errorBody(error), { status: error.status }));
}

/** What the library does not look at, or answers with another status than the protocol. */
function checkHeaders(headers: Headers, method: string): void {
  if (headers.get('tus-resumable') !== VERSION) throw new TusError(412, 'Tus-Resumable must be 1.0.0.');
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new TusError(415, 'The bytes must come without a Content-Encoding.');
  }
  if (method !== 'PATCH') return;
  if (headers.get('content-type') !== 'application/offset+octet-stream') {
    throw new TusError(415, 'Content-Type must be application/offset+octet-stream.');
  }
  if (headers.get('upload-offset') === null) throw new TusError(400, 'Upload-Offset is missing.');
}

async function byLibrary(
  exchange: Exchange,
  method: string,
  asError: (error: unknown) => TusError,
): Promise<Response> {
  const store = new UploadStore(exchange, method);
  const server = new Server({
    path: BASE,
    datastore: store,
    locker: noLocks,
    relativeLocation: true,
    maxSize: exchange.core.uploads.maxSize,
    exposedHeaders: EXPOSED,
    async onUploadFinish(_request, upload) {
      await store.finish(upload.id);
      return {};
    },
    onResponseError(_request, error) {
      const failure = asError(error);
      return { status_code: failure.status, body: errorBody(failure) };
    },
  });
  const headers = new Headers(exchange.request.headers);
  // Its answer to this one is the name of an extension that it misspells.
  headers.delete('upload-concat');
  // It refuses the lists that proxies make of these.
  headers.delete('x-forwarded-proto');
  // It takes a query for a part of the id.
  const { origin, pathname } = new URL(exchange.request.url);
  const response = await inOurForm(
    await server.handleWeb(new Request(`${origin}${pathname}`, { method, headers })),
  );
  const { latest } = store;
  if (latest === undefined) return response;
  if (response.status < 400) describe(response.headers, latest, method);
  // Its address never reached the client.
  else if (method === 'POST') await exchange.core.uploads.remove(exchange.actor, latest.id).catch(() => {});
  return response;
}

/** Its refusals of headers are plain text. */
async function inOurForm(response: Response): Promise<Response> {
  if (response.status < 400) return response;
  const text = await response.text();
  const body = text.startsWith('{') ? text : errorBody(new TusError(response.status, `${text.trim()}.`));
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  return new Response(body, { status: response.status, headers });
}

async function join({ core, actor, request }: Exchange): Promise<Response> {
  const { headers } = request;
  const concat = parseConcat(headers.get('upload-concat'));
  if (concat.kind !== 'final' || headers.has('upload-length') || headers.has('upload-defer-length')) {
    throw new TusError(400, 'A final upload has no length of its own.');
  }
  const metadata = headers.get('upload-metadata') ?? '';
  const values = metadata === '' ? {} : parseMetadata(metadata);
  const upload = await core.uploads.join(actor, concat.pieces, { ...readTarget(values), metadata });
  const response = new Response(null, { status: 201, headers: { location: `${BASE}/${upload.id}` } });
  describe(response.headers, upload, 'POST');
  return response;
}

function parseMetadata(text: string) {
  try {
    return Metadata.parse(text);
  } catch {
    throw new TusError(400, 'Upload-Metadata cannot be read.');
  }
}

/** What the library cannot know of an upload. */
function describe(headers: Headers, upload: Upload, method: string): void {
  const { record, part, pieces, metadata, expires, complete } = upload;
  // Ids may have characters that a header has not.
  if (record) headers.set('dossier-record', `${record.collection}/${encodeURIComponent(record.id)}`);
  if (!complete || (part !== 'joined' && !record))
    headers.set('upload-expires', new Date(expires).toUTCString());
  if (method !== 'HEAD') return;
  if (metadata !== '') headers.set('upload-metadata', metadata);
  if (part === 'partial') headers.set('upload-concat', 'partial');
  if (part === 'joined')
    headers.set('upload-concat', `final;${pieces.map((id) => `${BASE}/${id}`).join(' ')}`);
}

/** What every answer of this protocol carries. */
function finished(response: Response): Response {
  const { headers, status } = response;
  headers.set('tus-resumable', VERSION);
  headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('access-control-allow-origin')) headers.set('access-control-allow-origin', '*');
  const exposed =
    headers.get('access-control-expose-headers') ?? `Location, Tus-Version, ${EXPOSED.join(', ')}`;
  headers.set('access-control-expose-headers', exposed);
  if (headers.has('tus-extension')) headers.set('tus-checksum-algorithm', CHECKSUM_ALGORITHMS);
  if (status === 412) headers.set('tus-version', VERSION);
  if (status === 423 || status === 429 || status === 503) headers.set('retry-after', '1');
  if (status >= 400 && response.body !== null && !headers.get('content-type')?.startsWith('text/')) {
    headers.set('content-type', 'application/json');
  }
  return response;
}
