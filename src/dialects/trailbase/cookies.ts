import { writeCookie } from '../../http/cookie.ts';
import { AUTH_COOKIE, REFRESH_COOKIE } from './credentials.ts';

/** The tokens of a session and how long they last, in seconds. */
export interface CookieTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessTtl: number;
  readonly refreshTtl: number;
}

/**
 * Sets both cookies of a session (specs/trailbase.md 1). `secure` where browsers reach the site over TLS: elsewhere they
 * would drop a secure cookie. The names are the wire's, so they have no `__Host-` prefix.
 */
export function setSessionCookies(response: Response, tokens: CookieTokens, secure: boolean): Response {
  set(response, AUTH_COOKIE, tokens.accessToken, tokens.accessTtl, secure);
  return set(response, REFRESH_COOKIE, tokens.refreshToken, tokens.refreshTtl, secure);
}

/** Has the browser forget both cookies. */
export function clearSessionCookies(response: Response, secure: boolean): Response {
  set(response, AUTH_COOKIE, '', 0, secure);
  return set(response, REFRESH_COOKIE, '', 0, secure);
}

function set(response: Response, name: string, value: string, maxAge: number, secure: boolean): Response {
  const age = Math.max(0, Math.floor(maxAge));
  response.headers.append(
    'set-cookie',
    writeCookie(name, value, { maxAge: age, sameSite: 'Strict', secure }),
  );
  return response;
}
