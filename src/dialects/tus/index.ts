import { Elysia } from 'elysia';
import { type Actor, AppError, type Core } from '../../core/index.ts';
import type { Dialect, DialectOptions } from '../dialect.ts';
import { identify } from './caller.ts';
import { TusError, toTusError } from './errors.ts';
import { tusSnippets } from './snippets.ts';
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
  snippets: tusSnippets,
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
      .post('', ({ request }) => handle.request(request, methodOf(request, ['POST'])), raw)
      .post('/', ({ request }) => handle.request(request, methodOf(request, ['POST'])), raw)
      // The server asks HEAD as GET, and cuts the body off.
      .get('/:id', ({ request }) => handle.request(request, 'HEAD'))
      .patch('/:id', ({ request }) => handle.request(request, methodOf(request, ON_UPLOADS)), raw)
      .post('/:id', ({ request }) => handle.request(request, methodOf(request, ON_UPLOADS)), raw)
      .delete('/:id', ({ request }) => handle.request(request, methodOf(request, ON_UPLOADS)), raw)
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
      const stillActor = async () => sameAs(actor, await identify(core, options, request, method));
      return answer({ core, actor, stillActor, request }, method, asError(request));
    },
    async failed(request: Request, error: unknown): Promise<Response> {
      const { errorResponse } = await load();
      return errorResponse(asError(request)(error));
    },
  };
}

const ON_UPLOADS = ['HEAD', 'PATCH', 'DELETE'];

/** The method of a request, which `X-HTTP-Method-Override` names where the way lets only some through. */
function methodOf({ headers, method }: Request, allowed: readonly string[]): string {
  const meant = (headers.get('x-http-method-override') ?? method).toUpperCase();
  return allowed.includes(meant) ? meant : notHere();
}

function sameAs(before: Actor, now: Actor): Actor {
  if (nameOf(before) !== nameOf(now)) throw new AppError('unauthorized');
  return now;
}

function nameOf(actor: Actor): string {
  if (actor.kind === 'guest') return '';
  return `${actor.kind} ${actor.collection?.id ?? ''}/${String(actor.record?.id ?? '')}`;
}

function notHere(): never {
  throw new TusError(404, 'There is nothing here.');
}
