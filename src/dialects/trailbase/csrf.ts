import { createHash, timingSafeEqual } from 'node:crypto';

/** What there is to compare a request's CSRF token with. */
export interface CsrfClaim {
  /** The `csrf_token` claim of the access token, if there is one. */
  readonly expected: unknown;
  /** The `csrf_token` of the body, which forms have in the place of the `CSRF-Token` header. */
  readonly sent?: unknown;
}

/**
 * Whether a request whose credentials are cookies is one that the site's own pages, or the browser's user, meant to send
 * (SECURITY-REQUIREMENTS 8.3): it has the session's CSRF token, or the browser says that it comes from the site itself.
 * A request about which the browser says nothing needs the token.
 */
export function isMeant(request: Request, site: string, claim: CsrfClaim): boolean {
  return hasCsrfToken(request, claim) || isOwnSite(request, site);
}

/** Whether a request has the CSRF token of its session, in the `CSRF-Token` header or the body. */
export function hasCsrfToken({ headers }: Request, { expected, sent }: CsrfClaim): boolean {
  const given = sent ?? headers.get('csrf-token');
  if (typeof expected !== 'string' || expected === '' || typeof given !== 'string') return false;
  return timingSafeEqual(digest(given), digest(expected));
}

/** Whether the browser says that a page of the origin `site`, or its user by hand, sent the request. */
export function isOwnSite({ headers }: Request, site: string): boolean {
  const fetchSite = headers.get('sec-fetch-site');
  if (fetchSite !== null) return fetchSite === 'same-origin' || fetchSite === 'none';
  return headers.get('origin') === site;
}

/** Whether the browser says that a page of another site sent the request. Other clients than browsers say nothing. */
export function isForeign({ headers }: Request, site: string): boolean {
  const fetchSite = headers.get('sec-fetch-site');
  if (fetchSite !== null) return fetchSite !== 'same-origin' && fetchSite !== 'none';
  const origin = headers.get('origin');
  return origin !== null && origin !== site;
}

/** Equal lengths, so that the comparison tells nothing of either. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
