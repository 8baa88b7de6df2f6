import type { KeyObject } from 'node:crypto';
import { badRequest, GcsRefusal, noBucket } from './answers.ts';
import { GcsIdentity } from './identity.ts';
import { type Expected, type GcsObject, GcsObjects } from './objects.ts';
import { GcsSessions } from './sessions.ts';

/** What the imitation keeps, for tests that look behind the wire. */
export interface GcsState {
  readonly objects: GcsObjects;
  readonly sessions: GcsSessions;
  readonly identity: GcsIdentity;
}

/** Where and for whom it keeps it. */
export interface GcsApiOptions {
  readonly dir: string;
  readonly bucket: string;
  readonly email: string;
  readonly publicKey: KeyObject;
}

/** One call of {@link rewrite} copies at most this much, so that callers must go on with the token. */
const REWRITE_BYTES = 1024 * 1024;

/**
 * The part of Google Cloud Storage's JSON API that deals with objects of one bucket
 * (https://cloud.google.com/storage/docs/json_api/v1), its upload addresses, the XML API's signed GET, and the token
 * endpoint. Bytes lie in files, metadata in memory.
 */
export function createGcsApi(options: GcsApiOptions): {
  readonly state: GcsState;
  readonly handle: (request: Request) => Promise<Response>;
} {
  const objects = new GcsObjects(options.dir, options.bucket);
  const identity = new GcsIdentity(options.email, options.publicKey);
  const state: GcsState = { objects, sessions: new GcsSessions(objects), identity };
  const handle = async (request: Request) => {
    try {
      return await answer(state, options.bucket, request);
    } catch (error) {
      if (error instanceof GcsRefusal) return error.response();
      return new GcsRefusal(500, 'backendError', String(error)).response();
    }
  };
  return { state, handle };
}

async function answer(state: GcsState, bucket: string, request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname === '/token') return state.identity.grant(request);
  const upload = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(url.pathname);
  const session = url.searchParams.get('upload_id');
  if (upload && session !== null) return resume(state, bucket, session, request);
  if (url.searchParams.has('X-Goog-Signature')) return signedGet(state, bucket, url, request);

  state.identity.require(request);
  const [, named = '', rest = ''] =
    /^(?:\/upload)?\/storage\/v1\/b\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
  if (named === '') throw new GcsRefusal(404, 'notFound', 'Not Found');
  if (decodeURIComponent(named) !== bucket) throw noBucket();
  if (upload) return startUpload(state, bucket, url, request);
  if (rest === '') return Response.json({ kind: 'storage#bucket', id: bucket, name: bucket });
  if (rest === '/o') return list(state, bucket, url);
  const [, name = '', rewriteTo] = /^\/o\/([^/]+)(?:\/rewriteTo\/b\/([^/]+\/o\/[^/]+))?$/.exec(rest) ?? [];
  if (name === '') throw new GcsRefusal(404, 'notFound', 'Not Found');
  if (rewriteTo !== undefined) return rewrite(state, bucket, decodeURIComponent(name), rewriteTo, url);
  return objectCall(state, bucket, decodeURIComponent(name), url, request);
}

async function resume(state: GcsState, bucket: string, id: string, request: Request): Promise<Response> {
  if (request.method === 'DELETE') return state.sessions.cancel(id);
  const result = await state.sessions.put(id, request);
  return result instanceof Response ? result : Response.json(resource(bucket, result));
}

async function startUpload(state: GcsState, bucket: string, url: URL, request: Request): Promise<Response> {
  const ifGeneration = url.searchParams.get('ifGenerationMatch');
  const kind = url.searchParams.get('uploadType');
  if (kind === 'media') {
    const name = url.searchParams.get('name');
    if (!name) throw badRequest('Required parameter: name');
    const incoming = state.objects.receive();
    for await (const chunk of request.body ?? []) incoming.write(chunk);
    const type = request.headers.get('content-type') ?? 'application/octet-stream';
    return Response.json(resource(bucket, incoming.finish(name, type, {}, ifGeneration)));
  }
  if (kind === 'multipart') return multipart(state, bucket, ifGeneration, request);
  if (kind !== 'resumable') throw badRequest('Upload requests must have an uploadType.');
  const text = await request.text();
  const metadata: Metadata = text === '' ? {} : JSON.parse(text);
  const name = url.searchParams.get('name') ?? metadata.name;
  if (!name) throw badRequest('Required');
  const type = request.headers.get('x-upload-content-type') ?? 'application/octet-stream';
  const id = state.sessions.start(name, metadata.contentType ?? type, metadata, ifGeneration);
  const location = `${url.origin}${url.pathname}?uploadType=resumable&upload_id=${id}`;
  return new Response(null, { headers: { location, 'x-guploader-uploadid': id } });
}

interface Metadata extends Expected {
  readonly name?: string;
  readonly contentType?: string;
}

/** https://cloud.google.com/storage/docs/uploading-objects: `multipart/related`, metadata first, then the bytes. */
async function multipart(
  state: GcsState,
  bucket: string,
  ifGeneration: string | null,
  request: Request,
): Promise<Response> {
  const type = request.headers.get('content-type') ?? '';
  const boundary = /^multipart\/related;.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary === undefined) throw badRequest('Missing end boundary in multipart body.');
  const body = Buffer.from(await request.arrayBuffer());
  const dash = Buffer.from(`--${boundary}`);
  const starts = [
    body.indexOf(dash),
    body.indexOf(dash, dash.length),
    body.lastIndexOf(`\r\n--${boundary}--`),
  ];
  const [first = -1, second = -1, end = -1] = starts;
  if (first !== 0 || second === -1 || end <= second) throw badRequest('Malformed multipart body.');
  const parsed: Metadata = JSON.parse(content(body.subarray(dash.length, second)).toString());
  if (!parsed.name) throw badRequest('Required');
  const incoming = state.objects.receive();
  incoming.write(content(body.subarray(second + dash.length, end)));
  const kind = parsed.contentType ?? 'application/octet-stream';
  return Response.json(resource(bucket, incoming.finish(parsed.name, kind, parsed, ifGeneration)));
}

/** A part without its headers. */
function content(part: Buffer): Buffer {
  const blank = part.indexOf('\r\n\r\n');
  if (blank === -1) throw badRequest('Malformed multipart body.');
  return part.subarray(blank + 4);
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/list: in the order of the names' bytes. */
function list(state: GcsState, bucket: string, url: URL): Response {
  const value = (name: string) => url.searchParams.get(name) ?? '';
  const most = Math.min(Number(value('maxResults') || 1000), 1000);
  const token = Buffer.from(value('pageToken'), 'base64url').toString();
  const start = [token, value('startOffset')].sort().at(-1) ?? '';
  const names = state.objects.names(value('prefix'), start);
  const items = names.slice(0, most).map((name) => resource(bucket, state.objects.get(name, null)));
  const next = names[most];
  const nextPageToken = next === undefined ? undefined : Buffer.from(next).toString('base64url');
  return Response.json({ kind: 'storage#objects', items: items.length ? items : undefined, nextPageToken });
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite: a big object takes several calls. */
async function rewrite(
  state: GcsState,
  bucket: string,
  name: string,
  target: string,
  url: URL,
): Promise<Response> {
  const [otherBucket = '', , to = ''] = target.split('/').map(decodeURIComponent);
  if (otherBucket !== bucket) throw noBucket();
  const source = state.objects.get(name, url.searchParams.get('ifSourceGenerationMatch'));
  const copied = Number(url.searchParams.get('rewriteToken') ?? 0) + REWRITE_BYTES;
  const facts = { kind: 'storage#rewriteResponse', objectSize: String(source.size) };
  if (copied < source.size) {
    const rewriteToken = String(copied);
    return Response.json({ ...facts, done: false, totalBytesRewritten: rewriteToken, rewriteToken });
  }
  const copy = await state.objects.copy(source, to, url.searchParams.get('ifGenerationMatch'));
  const totalBytesRewritten = String(source.size);
  return Response.json({ ...facts, done: true, totalBytesRewritten, resource: resource(bucket, copy) });
}

function objectCall(state: GcsState, bucket: string, name: string, url: URL, request: Request): Response {
  const ifGeneration = url.searchParams.get('ifGenerationMatch');
  if (request.method === 'DELETE') {
    state.objects.remove(name, ifGeneration);
    return new Response(null, { status: 204 });
  }
  if (request.method !== 'GET') throw new GcsRefusal(405, 'methodNotAllowed', 'Method Not Allowed');
  const object = state.objects.get(name, ifGeneration);
  if (url.searchParams.get('alt') !== 'media') return Response.json(resource(bucket, object));
  return media(object, request, {});
}

/** The XML API's GET by a signed address: https://cloud.google.com/storage/docs/access-control/signed-urls */
function signedGet(state: GcsState, bucket: string, url: URL, request: Request): Response {
  if (!state.identity.isSigned(request, url)) {
    const body = '<Error><Code>SignatureDoesNotMatch</Code></Error>';
    return new Response(body, { status: 403, headers: { 'content-type': 'application/xml' } });
  }
  const [, named = '', ...name] = url.pathname.split('/').map(decodeURIComponent);
  if (named !== bucket) throw noBucket();
  const overrides: Record<string, string> = {};
  for (const header of ['content-disposition', 'content-type', 'cache-control']) {
    const value = url.searchParams.get(`response-${header}`);
    if (value !== null) overrides[header] = value;
  }
  return media(state.objects.get(name.join('/'), null), request, overrides);
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/get with `alt=media`. */
function media(object: GcsObject, request: Request, overrides: Readonly<Record<string, string>>): Response {
  const headers: Record<string, string> = {
    'content-type': object.contentType,
    'accept-ranges': 'bytes',
    'x-goog-generation': String(object.generation),
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5Hash}`,
    'x-goog-stored-content-length': String(object.size),
    ...overrides,
  };
  const header = request.headers.get('range');
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  const file = Bun.file(object.path);
  // Without bytes the body is not taken from the file: Bun answers 204 for an empty one.
  if (first === '' && last === '')
    return new Response(object.size === 0 ? '' : file.stream(), {
      headers: withLength(headers, object.size),
    });
  const start = first === '' ? Math.max(object.size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? object.size - 1 : Math.min(Number(last), object.size - 1);
  if (start > end) {
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${object.size}` } });
  }
  headers['content-range'] = `bytes ${start}-${end}/${object.size}`;
  const body = file.slice(start, end + 1).stream();
  return new Response(body, { status: 206, headers: withLength(headers, end - start + 1) });
}

function withLength(headers: Record<string, string>, length: number): Record<string, string> {
  return { ...headers, 'content-length': String(length) };
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects#resource; numbers of 64 bits are strings there. */
function resource(bucket: string, object: GcsObject): Record<string, unknown> {
  return {
    kind: 'storage#object',
    id: `${bucket}/${object.name}/${object.generation}`,
    name: object.name,
    bucket,
    generation: String(object.generation),
    metageneration: '1',
    contentType: object.contentType,
    size: String(object.size),
    md5Hash: object.md5Hash,
    crc32c: object.crc32c,
    etag: Buffer.from(String(object.generation)).toString('base64'),
    timeCreated: object.updated,
    updated: object.updated,
  };
}
