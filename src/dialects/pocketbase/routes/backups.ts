import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import { download } from '../../../http/download.ts';
import type { DialectOptions } from '../../dialect.ts';
import { readObject } from '../body.ts';
import { identify, requestFacts, requireSuperuser } from '../caller.ts';
import { failingWith, WireError } from '../errors.ts';
import { COMMON_HEADERS, fileCache, json, noContent } from '../respond.ts';

/** Backups: list, create, download, delete (specs/pocketbase.md 10.1). */
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
