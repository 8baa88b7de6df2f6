import { asGet } from '../http/head.ts';

/** Answers requests. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** Told when `copy` is answered in the place of `original`. */
export type Follow = (copy: Request, original: Request) => void;

/**
 * What surrounds every dialect: CORS, and HEAD as GET without the body (RFC 9110, 9.3.2).
 *
 * `origins` is the allowlist; `['*']` leaves what the dialects say, which allow any. Credentials are never allowed, so a
 * cookie is of no use to a foreign page (SECURITY-REQUIREMENTS 8.5). Preflights are answered here with the headers of specs/pocketbase.md 1.1.
 * `discoverable` are paths below which an OPTIONS request that is no preflight means something to the dialect.
 */
export function createPipeline(
  fetch: Fetch,
  origins: readonly string[],
  follow: Follow = () => undefined,
  discoverable: readonly string[] = [],
): Fetch {
  const any = origins.includes('*');

  function allowedOrigin(request: Request): string | undefined {
    if (any) return '*';
    const origin = request.headers.get('origin');
    return origin !== null && origins.includes(origin) ? origin : undefined;
  }

  function narrow(request: Request, response: Response): Response {
    const { headers } = response;
    const allowed = allowedOrigin(request);
    if (allowed === undefined) headers.delete('access-control-allow-origin');
    else headers.set('access-control-allow-origin', allowed);
    headers.set('vary', 'Origin');
    return response;
  }

  const finish = any ? (_request: Request, response: Response) => response : narrow;

  function preflight(request: Request): Response {
    const headers = new Headers({ 'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE' });
    const asked = request.headers.get('access-control-request-headers');
    if (asked !== null) headers.set('access-control-allow-headers', asked);
    return narrow(request, new Response(null, { status: 204, headers }));
  }

  function isDiscovery({ headers, url }: Request): boolean {
    if (discoverable.length === 0 || headers.has('access-control-request-method')) return false;
    const { pathname } = new URL(url);
    return discoverable.some((path) => pathname === path || pathname.startsWith(`${path}/`));
  }

  return (request) => {
    if (request.method === 'OPTIONS' && !isDiscovery(request)) return preflight(request);
    if (request.method === 'HEAD')
      return answerHead(request, fetch, follow).then((response) => finish(request, response));
    const response = fetch(request);
    if (any) return response;
    return response instanceof Response
      ? finish(request, response)
      : response.then((late) => finish(request, late));
  };
}

async function answerHead(request: Request, fetch: Fetch, follow: Follow): Promise<Response> {
  const copy = asGet(request);
  follow(copy, request);
  const response = await fetch(copy);
  const shown = new Headers(response.headers);
  // It has no end to count to.
  const isStream = shown.get('content-type')?.startsWith('text/event-stream');
  if (!shown.has('content-length') && !isStream)
    shown.set('content-length', String((await response.arrayBuffer()).byteLength));
  else await response.body?.cancel();
  return new Response(null, { status: response.status, headers: shown });
}
