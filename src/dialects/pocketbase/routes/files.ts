import { Elysia } from 'elysia';
import {
  AppError,
  type ByteRange,
  type Core,
  type Derivative,
  type Field,
  type StoredFile,
} from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import { download, type FileBody } from '../../../http/download.ts';
import type { DialectOptions } from '../../dialect.ts';
import { identify, refuseUnreadable, requestFacts, requireAccount } from '../caller.ts';
import { contentType, isInline } from '../content-types.ts';
import { WireError } from '../errors.ts';
import { isTruthy } from '../paging.ts';
import { COMMON_HEADERS, fileCache, json } from '../respond.ts';
import { thumbTransform } from '../thumb.ts';

/** Downloads, thumbs and file tokens (specs/pocketbase.md 7). */
export const fileRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'pocketbase.files', prefix: '/files' })
    .post(
      '/token',
      async ({ params, query, request }) => {
        const actor = await identify(core, options, request, query, params);
        requireAccount(actor);
        return json({ token: await core.auth.fileToken(actor) }, 200, query.fields);
      },
      { parse: 'none' },
    )
    .get('/:collection/:record/:name', async ({ params, query, request }) => {
      refuseUnreadable(params);
      const collection = core.collections.schema.find(params.collection);
      if (collection === undefined) throw new WireError(404);
      // Only the file token counts here; the Authorization header is not looked at, whoever sends it.
      const actor = await core.auth.identify(
        query.token,
        'file',
        requestFacts(options, request, query, 'protectedFile'),
      );
      const { file, field } = await core.files.find(actor, collection, params.record, params.name);
      const thumb = await findThumb(core, file, field, query.thumb);
      const type = thumb?.type ?? contentType(file.type, file.name);
      const isAttachment = isTruthy(query.download) || !isInline(thumb?.type ?? file.type);
      const name = thumb ? `${query.thumb}_${file.name}` : file.name;
      const disposition = contentDisposition(isAttachment ? 'attachment' : 'inline', name);
      return download(request, {
        disposition,
        type,
        size: thumb?.size ?? file.size,
        etag: `"${thumb?.etag ?? file.sha256}"`,
        modified: file.created,
        cache: fileCache('protected' in field && field.protected === true),
        headers: COMMON_HEADERS,
        redirect: thumb
          ? undefined
          : async () => (await core.files.redirect(file, field, { contentType: type, disposition }))?.address,
        read: async (range) => (thumb ? cut(thumb.body, range) : readFile(core, file, range)),
      });
    });

/** An object that the storage has lost was logged by the core; for the client it is not there (specs/pocketbase.md 7.1). */
async function readFile(core: Core, file: StoredFile, range: ByteRange | undefined): Promise<FileBody> {
  try {
    return await core.files.read(file, range);
  } catch (error) {
    throw isLost(error) ? new WireError(404) : error;
  }
}

function isLost(error: unknown): boolean {
  return error instanceof AppError && error.reason === 'missing_object';
}

/** Undefined: the original is served, also when the picture turns out to be none. A full queue is an answer of its own. */
async function findThumb(
  core: Core,
  file: StoredFile,
  field: Field,
  size: string | undefined,
): Promise<Derivative | undefined> {
  const transform = thumbTransform(size, declaredThumbs(field), file.type);
  if (transform === undefined) return undefined;
  try {
    return await core.files.derive(file, transform);
  } catch (error) {
    if (isLost(error)) throw new WireError(404);
    if (error instanceof AppError && error.code === 'busy') throw error;
    core.log.warn('thumb.failed', { object: file.objectId, size, cause: error });
    return undefined;
  }
}

function declaredThumbs(field: Field): readonly string[] {
  return 'thumbs' in field && Array.isArray(field.thumbs) ? field.thumbs : [];
}

function cut(body: Blob | Uint8Array<ArrayBuffer>, range: ByteRange | undefined): FileBody {
  if (range === undefined) return body;
  return body.slice(range.start, range.end + 1);
}
