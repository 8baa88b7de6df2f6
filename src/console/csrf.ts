import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Core } from '../core/index.ts';

/** What the forms of a session carry: it tells nothing of the session's token, and nobody else can make it. */
export function csrfToken(
  core: { readonly auth: Pick<Core['auth'], 'derivedKey'> },
  session: string,
): string {
  return createHmac('sha256', core.auth.derivedKey('console.csrf')).update(session).digest('base64url');
}

/** Whether two tokens are the same, without telling where they differ. */
export function isSameToken(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * Whether the browser says that a page of another site sent the request (SECURITY-REQUIREMENTS 8.3). `sites`: origins under
 * which the console is reached. Clients that are no browsers say nothing, and count by their tokens alone.
 */
export function isForeign({ headers }: Request, sites: readonly string[]): boolean {
  const fetchSite = headers.get('sec-fetch-site');
  if (fetchSite !== null) return fetchSite !== 'same-origin' && fetchSite !== 'none';
  const origin = headers.get('origin');
  return origin !== null && !sites.includes(origin);
}

/** Equal lengths, so that the comparison tells nothing of either. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
