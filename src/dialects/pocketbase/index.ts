import { Elysia } from 'elysia';
import type { Core } from '../../core/index.ts';
import type { Dialect, DialectOptions } from '../dialect.ts';
import { identify } from './caller.ts';
import { errorResponse, toWireError, WireError } from './errors.ts';
import { pocketbaseFileLinks } from './file-links.ts';
import { authRoutes } from './routes/auth.ts';
import { backupRoutes } from './routes/backups.ts';
import { collectionRoutes } from './routes/collections.ts';
import { fileRoutes } from './routes/files.ts';
import { health } from './routes/health.ts';
import { realtimeRoutes } from './routes/realtime.ts';
import { recordRoutes } from './routes/records.ts';
import { pocketbaseSnippets } from './snippets.ts';

/** PocketBase's wire under `/api`, which BosBase shares (specs/pocketbase.md). */
export const pocketbase: Dialect = {
  name: 'pocketbase',
  title: 'PocketBase and BosBase',
  snippets: pocketbaseSnippets,
  fileLinks: pocketbaseFileLinks,
  routes: (core, options) => routes(core, options),
};

const routes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'pocketbase', prefix: '/api', strictPath: true })
    .onError(({ error, path, request }) =>
      errorResponse(
        toWireError(error, (cause) =>
          core.log.error('request.failed', { id: options.requestId(request), path, cause }),
        ),
      ),
    )
    .get('/health', async ({ params, query, request }) =>
      health(await identify(core, options, request, query, params), request, options, query.fields),
    )
    .use(recordRoutes(core, options))
    .use(authRoutes(core, options))
    .use(collectionRoutes(core, options))
    .use(fileRoutes(core, options))
    .use(backupRoutes(core, options))
    .use(realtimeRoutes(core, options))
    .post(
      '/batch',
      () => {
        throw new WireError(403, 'Batch requests are not allowed.');
      },
      { parse: 'none' },
    )
    .all('', notHere, { parse: 'none' })
    .all('/*', notHere, { parse: 'none' });

function notHere(): never {
  throw new WireError(404);
}
