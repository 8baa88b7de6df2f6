import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import { download } from '../../../http/download.ts';
import type { DialectOptions } from '../../dialect.ts';
import { readObject, readOneFile } from '../body.ts';
import { identify, requestFacts, requireSuperuser } from '../caller.ts';
import { failingWith, WireError, wireData } from '../errors.ts';
import { COMMON_HEADERS, fileCache, json, noContent } from '../respond.ts';

/** Backups: list, create, upload, download, restore, delete (specs/pocketbase.md 10.1). */
export const backupRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'pocketbase.backups', prefix: '/backups' })
    .derive(async ({ params, query, request }) => ({
      actor: await identify(core, options, request, query, params),
    }))
    .get('', async ({ actor, query }) => {
      requireSuperuser(actor);
      const shown = await core.backups.list(actor);
      return json(
        shown.map(({ modified, key, size }) => ({ modified, key, size })),
        200,
        query.fields,
      );
    })
    .post(
      '',
      async ({ actor, request }) => {
        requireSuperuser(actor);
        const { name } = await readObject(request);
        options.holdOpen(request);
        await failingWith(
          'Failed to create backup.',
          core.backups.create(actor, typeof name === 'string' ? name : undefined),
        );
        return noContent();
      },
      { parse: 'none' },
    )
    .post(
      '/upload',
      async ({ actor, request }) => {
        requireSuperuser(actor);
        options.holdOpen(request);
        await readOneFile(request, 'file', async ({ filename, stream }) => {
          await core.backups.upload(actor, filename, stream).catch(uploadFault);
        });
        return noContent();
      },
      { parse: 'none' },
    )
    .post(
      '/:key/restore',
      async ({ actor, params, request }) => {
        requireSuperuser(actor);
        options.holdOpen(request);
        await core.backups.restore(actor, params.key).catch(restoreFault);
        return noContent();
      },
      { parse: 'none' },
    )
    .get('/:key', async ({ params, query, request }) => {
      const actor = await core.auth.identify(query.token, 'file', requestFacts(options, request, query));
      if (actor.kind !== 'superuser')
        throw new WireError(403, 'Insufficient permissions to access the resource.');
      const { info, read } = await core.backups.open(actor, params.key);
      const modified = Date.parse(info.modified);
      return download(request, {
        disposition: contentDisposition('attachment', info.key),
        type: 'application/zip',
        size: info.size,
        etag: `"${info.size.toString(36)}-${modified.toString(36)}"`,
        modified,
        cache: fileCache(true),
        headers: COMMON_HEADERS,
        read,
      });
    })
    .delete(
      '/:key',
      async ({ actor, params }) => {
        requireSuperuser(actor);
        await core.backups.delete(actor, params.key);
        return noContent();
      },
      { parse: 'none' },
    );

const BAD_UPLOAD = 'An error occurred while validating the submitted data.';

/** What is wrong with the name or with the archive is told of the part that brought both. */
function uploadFault(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
  const { why = '' } = error.params;
  const code = why === 'it is not a zip archive' ? 'invalid_mime_type' : 'invalid_backup';
  const params = { why, name: 'file', types: ['application/zip'] };
  const issues = error.issues.length > 0 ? error.issues : [{ path: 'file', code, params }];
  throw new WireError(400, BAD_UPLOAD, wireData(issues.map((issue) => ({ ...issue, path: 'file' }))));
}

function restoreFault(error: unknown): never {
  const isMissing = error instanceof AppError && (error.code === 'not_found' || error.code === 'invalid');
  throw isMissing ? new WireError(400, 'Missing or invalid backup file.') : error;
}
