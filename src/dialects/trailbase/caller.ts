import type { Actor, Core, RequestFacts } from '../../core/index.ts';
import type { DialectOptions } from '../dialect.ts';
import { TrailBaseError } from './errors.ts';

/** The parts of a route's path. Elysia gives null for one whose escapes are no UTF-8, whatever its types say. */
type PathParams = Readonly<Record<string, string | null>>;

/**
 * Who asks (specs/trailbase.md 1): the bearer of a token. Whoever cannot be identified is a guest.
 */
export function identify(core: Core, options: DialectOptions, request: Request): Promise<Actor> {
  return core.auth.identify(bearerToken(request), 'auth', requestFacts(options, request));
}

/** The token of the Authorization header. */
export function bearerToken({ headers }: Request): string | undefined {
  const header = headers.get('authorization');
  if (header === null || !/^bearer /i.test(header)) return undefined;
  return header.slice(7).trim();
}

/** What rules may see of a request, and the address that limits count by. */
export function requestFacts(options: DialectOptions, request: Request): RequestFacts {
  return {
    context: 'default',
    method: request.method,
    query: (name) => new URL(request.url).searchParams.get(name) ?? undefined,
    header: (name) => request.headers.get(name.replaceAll('_', '-')) ?? undefined,
    // Few ask, and finding it out costs as much as reading a record.
    get address() {
      return options.clientAddress(request);
    },
  };
}

/**
 * Answers a request in the name of who sent it. A part of the path that is no text names nothing: 404.
 */
export async function answerTo(
  core: Core,
  options: DialectOptions,
  request: Request,
  params: PathParams,
  answer: (actor: Actor) => Promise<Response>,
): Promise<Response> {
  for (const name in params) if (params[name] === null) throw new TrailBaseError(404);
  return answer(await identify(core, options, request));
}
