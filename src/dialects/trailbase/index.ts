import { Elysia } from 'elysia';
import type { Core } from '../../core/index.ts';
import type { Dialect, DialectOptions } from '../dialect.ts';
import { errorResponse, toTrailBaseError } from './errors.ts';
import { trailbaseFileLinks } from './file-links.ts';
import { emptyAnswer, textAnswer } from './respond.ts';
import { adminRoutes } from './routes/admin.ts';
import { authRoutes } from './routes/auth.ts';
import { fileRoutes } from './routes/files.ts';
import { recordRoutes } from './routes/records.ts';
import { schemaRoutes } from './routes/schema.ts';
import { subscribeRoutes } from './routes/subscribe.ts';
import { transactionRoutes } from './routes/transaction.ts';
import { trailbaseSnippets } from './snippets.ts';

/** TrailBase's wire under `/api/records`, `/api/auth`, `/api/transaction` and `/api/_admin` (specs/trailbase.md). */
export const trailbase: Dialect = {
  name: 'trailbase',
  title: 'TrailBase',
  snippets: trailbaseSnippets,
  fileLinks: trailbaseFileLinks,
  routes: (core, options) => routes(core, options),
};

const routes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'trailbase', prefix: '/api', strictPath: true })
    .onError(({ error, path, request }) =>
      errorResponse(
        toTrailBaseError(error, (cause) =>
          core.log.error('request.failed', { id: options.requestId(request), path, cause }),
        ),
      ),
    )
    .get('/healthcheck', () => textAnswer('Ok'))
    .use(recordRoutes(core, options))
    .use(fileRoutes(core, options))
    .use(schemaRoutes(core, options))
    .use(subscribeRoutes(core, options))
    .use(transactionRoutes(core, options))
    .use(authRoutes(core, options))
    .use(adminRoutes(core, options))
    .all('/healthcheck', () => emptyAnswer(405), { parse: 'none' })
    .all('/healthcheck/*', notHere, { parse: 'none' })
    .all('/records', notHere, { parse: 'none' })
    .all('/records/*', notHere, { parse: 'none' })
    .all('/auth', notHere, { parse: 'none' })
    .all('/auth/*', notHere, { parse: 'none' })
    .all('/transaction', notHere, { parse: 'none' })
    .all('/transaction/*', notHere, { parse: 'none' })
    .all('/_admin', notHere, { parse: 'none' })
    .all('/_admin/*', notHere, { parse: 'none' });

/** Clients tell an unknown path by the words of its status: the body stays empty. */
function notHere(): Response {
  return emptyAnswer(404);
}
