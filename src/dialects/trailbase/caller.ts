import type { Actor, Core, OpenSession, RequestFacts } from '../../core/index.ts';
import type { DialectOptions } from '../dialect.ts';
import { type Ask, isSecure } from './ask.ts';
import { setSessionCookies } from './cookies.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { isMeant } from './csrf.ts';
import { TrailBaseError } from './errors.ts';
import { siteOf } from './site.ts';
import { refreshSession } from './tokens.ts';

/** The parts of a route's path. Elysia gives null for one whose escapes are no UTF-8, whatever its types say. */
type PathParams = Readonly<Record<string, string | null>>;

/** Who asks, where nobody has to. */
export interface OptionalCaller {
  readonly actor: Actor;
  /** The session that came of a refresh cookie, whose new cookies the answer must set. */
  readonly renewed: OpenSession | undefined;
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
  const ask = { core, options, request };
  const { actor, renewed } = await findCaller(ask);
  const response = await answer(actor);
  return renewed === undefined ? response : setSessionCookies(response, renewed, isSecure(ask));
}

/**
 * Who asks (specs/trailbase.md 1): the bearer of a token, or whoever has the cookies of a session, of which a stale one is
 * renewed. Whoever cannot be identified is a guest, and is never told. Browsers send cookies with whatever another site has
 * them send: to change something, they count only where the request is meant (SECURITY-REQUIREMENTS 8.3).
 */
export async function findCaller(ask: Ask): Promise<OptionalCaller> {
  const { core, options, request } = ask;
  const credentials = readCredentials(request);
  const facts = requestFacts(options, request);
  const { sessions } = core.auth;
  if (credentials.from !== 'cookie') {
    return { actor: (await sessions.identify(credentials.accessToken, facts)).actor, renewed: undefined };
  }
  const { actor, claims } = await sessions.identify(credentials.accessToken, facts);
  const isTrusted =
    request.method === 'GET' || isMeant(request, siteOf(options, request), { expected: claims?.csrf_token });
  if (!isTrusted) return { actor: (await sessions.identify(undefined, facts)).actor, renewed: undefined };
  return actor.kind === 'guest' ? renew(ask, actor, credentials, facts) : { actor, renewed: undefined };
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
    identified: (account) => options.identified?.(request, account),
  };
}

async function renew(
  { core }: Ask,
  guest: Actor,
  { refreshToken }: Credentials,
  facts: RequestFacts,
): Promise<OptionalCaller> {
  if (refreshToken === undefined) return { actor: guest, renewed: undefined };
  const renewed = await refreshSession(core, guest, refreshToken);
  if (renewed === undefined) return { actor: guest, renewed };
  return { actor: (await core.auth.sessions.identify(renewed.accessToken, facts)).actor, renewed };
}
