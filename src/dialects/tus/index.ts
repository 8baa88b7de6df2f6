import { Elysia } from 'elysia';
import type { Core } from '../../core/index.ts';
import type { Dialect, DialectOptions } from '../dialect.ts';
import { identify } from './caller.ts';
import { TusError, toTusError } from './errors.ts';
import { BASE } from './wire.ts';

/**
 * Resumable uploads by tus 1.0.0 (https://tus.io/protocols/resumable-upload) under `/tus/`: uploads to a file field of a
 * record, or of a new one, of any collection. The protocol's flow is `@tus/server`'s; around it stand checksums, joining of
 * partial uploads and the statuses that it lacks.
 */
export const tus: Dialect = {
  name: 'tus',
  title: 'tus resumable uploads',
  discoverable: [BASE],
  routes: (core, options) => routes(core, options),
};

const routes = (core: Core, options: DialectOptions) => {
  const handle = createHandler(core, options);
  const raw = { parse: 'none' } as const;
  return (
    new Elysia({ name: 'tus', prefix: BASE, strictPath: true })
      .onError(({ error, request }) => handle.failed(request, error))
      .options('', ({ request }) => handle.request(request, 'OPTIONS'), raw)
      .options('/', ({ request }) => handle.request(request, 'OPTIONS'), raw)
      .options('/:id', ({ request }) => handle.request(request, 'OPTIONS'), raw)
      .post('', ({ request }) => handle.request(request, 'POST'), raw)
      .post('/', ({ request }) => handle.request(request, 'POST'), raw)
      // The server asks HEAD as GET, and cuts the body off.
      .get('/:id', ({ request }) => handle.request(request, 'HEAD'))
      .patch('/:id', ({ request }) => handle.request(request, 'PATCH'), raw)
      .post('/:id', ({ request }) => handle.request(request, overridden(request)), raw)
      .delete('/:id', ({ request }) => handle.request(request, 'DELETE'), raw)
      .all('', notHere, raw)
      .all('/*', notHere, raw)
  );
};

function createHandler(core: Core, options: DialectOptions) {
  const asError = (request: Request) => (error: unknown) =>
    toTusError(error, (cause) => {
      const { pathname: path } = new URL(request.url);
      core.log.error('request.failed', { id: options.requestId(request), path, cause });
    });
  // Loaded with the first upload, not with the server.
  const load = () => import('./answer.ts');

  return {
    async request(request: Request, method: string): Promise<Response> {
      const { answer } = await load();
      // A file that a storage far away takes may be long on its way.
      if (method === 'PATCH' || method === 'POST') options.holdOpen(request);
      const actor = await identify(core, options, request, method);
      return answer({ core, actor, request }, method, asError(request));
    },
    async failed(request: Request, error: unknown): Promise<Response> {
      const { errorResponse } = await load();
      return errorResponse(asError(request)(error));
    },
  };
}

/** For clients whose way lets only GET and POST through (`X-HTTP-Method-Override`). */
function overridden({ headers }: Request): string {
  const method = headers.get('x-http-method-override')?.toUpperCase();
  if (method === 'PATCH' || method === 'DELETE' || method === 'HEAD') return method;
  return notHere();
}

function notHere(): never {
  throw new TusError(404, 'There is nothing here.');
}
