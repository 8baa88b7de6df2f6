import {
  type AccountRef,
  type Actor,
  accountActor,
  type Core,
  guestOf,
  type OpenSession,
  type RequestFacts,
} from '../core/index.ts';
import { readCookie, writeCookie } from '../http/cookie.ts';
import type { ConsoleDeps } from './console.ts';

/** The cookie of a session where the console is reached over TLS: browsers keep it for nothing else. */
export const SECURE_SESSION = '__Host-dossier';

/** Who a session of the console speaks for. */
export interface SignedIn {
  readonly account: AccountRef;
  readonly actor: Actor;
  readonly session: string;
}

/** What rules, limits and the log may know of a request. */
export function requestFacts(
  request: Request,
  deps: Pick<ConsoleDeps, 'clientAddress' | 'identified'>,
): RequestFacts {
  return {
    context: 'default',
    method: request.method,
    query: (name) => new URL(request.url).searchParams.get(name) ?? undefined,
    header: (name) => request.headers.get(name.replaceAll('_', '-')) ?? undefined,
    get address() {
      return deps.clientAddress(request);
    },
    identified: (account) => deps.identified?.(request, account),
  };
}

/**
 * The superuser whose session the request's cookie holds; undefined for anybody else, and once the session has ended. It is
 * looked up for each request, so that a new password, a sign-out or the end of the account counts at once. `idle`: seconds that
 * it may have gone unused.
 */
export async function findSignedIn(
  core: Core,
  request: Request,
  facts: RequestFacts,
  { isSecure, idle }: { readonly isSecure: boolean; readonly idle: number | undefined },
): Promise<SignedIn | undefined> {
  const session = sentSession(request, isSecure);
  const limit = idle === undefined ? {} : { idle: idle * 1000 };
  const account = session !== '' && (await core.auth.sessions.accountOf(session, limit));
  if (!account) return undefined;
  const actor = accountActor(account.collection, account.record, facts);
  return actor.kind === 'superuser' ? { account, actor, session } : undefined;
}

/** The token in the request's cookie, good or not; '' where there is none. */
export function sentSession(request: Request, isSecure: boolean): string {
  return readCookie(request.headers.get('cookie'), cookieName(isSecure)) ?? '';
}

/** Nobody, as whom a login is tried. */
export function nobody(facts: RequestFacts): Actor {
  return guestOf(facts);
}

/**
 * The cookie of a session; `refreshTtl`: seconds until it ends, whatever happens. Its token stays the same; the browser forgets it
 * after `idle` seconds, unless it was sent again by then.
 */
export function sessionCookie(
  { refreshToken, refreshTtl }: Pick<OpenSession, 'refreshToken' | 'refreshTtl'>,
  isSecure: boolean,
  idle = refreshTtl,
): string {
  const options = { maxAge: Math.min(idle, refreshTtl), sameSite: 'Strict', secure: isSecure } as const;
  return writeCookie(cookieName(isSecure), refreshToken, options);
}

/** What has the browser forget the session. */
export function noSessionCookie(isSecure: boolean): string {
  return writeCookie(cookieName(isSecure), '', { maxAge: 0, sameSite: 'Strict', secure: isSecure });
}

function cookieName(isSecure: boolean): string {
  return isSecure ? SECURE_SESSION : 'dossier';
}
