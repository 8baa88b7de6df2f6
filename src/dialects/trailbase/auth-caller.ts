import type { AccountRef, Actor } from '../../core/index.ts';
import { type Ask, isSecure } from './ask.ts';
import { requestFacts } from './caller.ts';
import { setSessionCookies } from './cookies.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { isForeign, isMeant } from './csrf.ts';
import { TrailBaseError } from './errors.ts';
import { siteOf } from './site.ts';
import { refreshSession } from './tokens.ts';

/** Who sent a request to an account route. */
export interface Caller {
  readonly actor: Actor;
  readonly account: AccountRef;
  readonly credentials: Credentials;
  /** The session's CSRF token, as the access token has it. */
  readonly csrfToken: unknown;
  /** The answer, with the cookies of a session that was renewed on the way. */
  answer(response: Response): Response;
}

/** The guest that a request comes from, whatever its credentials say. */
export async function guestOf({ core, options, request }: Ask): Promise<Actor> {
  return (await core.auth.sessions.identify(undefined, requestFacts(options, request))).actor;
}

/**
 * The account that a request speaks for; 401 for a guest. A stale cookie is renewed by the refresh cookie beside it; header
 * tokens never are (specs/trailbase.md 1).
 */
export async function requireAccount(ask: Ask): Promise<Caller> {
  const { core, options, request } = ask;
  const credentials = readCredentials(request);
  const { sessions } = core.auth;
  const facts = requestFacts(options, request);
  const known = await sessions.identify(credentials.accessToken, facts);
  const account = accountOf(known.actor);
  if (account !== undefined) {
    const csrfToken = known.claims?.csrf_token;
    return { actor: known.actor, account, credentials, csrfToken, answer: (response) => response };
  }
  const { from, refreshToken } = credentials;
  const mayRenew = from === 'cookie' && !isForeign(request, siteOf(options, request));
  const renewed =
    mayRenew && refreshToken !== undefined
      ? await refreshSession(core, known.actor, refreshToken)
      : undefined;
  if (renewed === undefined) throw new TrailBaseError(401);
  const { actor } = await sessions.identify(renewed.accessToken, facts);
  return {
    ...{ actor, account: renewed.account, credentials, csrfToken: undefined },
    answer: (response) => setSessionCookies(response, renewed, isSecure(ask)),
  };
}

/** Refuses what a page of another site may have had a browser send: 400. Header credentials are proof enough. */
export function requireMeant(ask: Ask, { credentials, csrfToken: expected }: Caller, sent?: string): void {
  if (credentials.from === 'header') return;
  const isFine = isMeant(ask.request, siteOf(ask.options, ask.request), { expected, sent });
  if (!isFine) throw new TrailBaseError(400, 'Invalid CSRF token');
}

/** The account that an actor is; undefined for guests. */
export function accountOf(actor: Actor): AccountRef | undefined {
  if (actor.kind === 'guest' || actor.collection === undefined || actor.record === undefined)
    return undefined;
  return { collection: actor.collection, record: actor.record };
}
