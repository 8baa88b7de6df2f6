import { readCookie } from '../http/cookie.ts';
import { SECURE_SESSION } from './session.ts';

/**
 * Where browsers reach the console, without a final slash: the configured address, else that of the request. A proxy may have
 * ended TLS: its header says so, the browser's `Origin`, or a cookie that browsers keep for TLS alone. Whoever makes that up
 * gets cookies that are stricter than they must be.
 */
export function siteOf({ headers }: Request, url: URL, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return new URL(publicUrl).origin;
  const secure = `https://${url.host}`;
  const isSecure =
    headers.get('x-forwarded-proto')?.split(',')[0]?.trim() === 'https' ||
    headers.get('origin') === secure ||
    readCookie(headers.get('cookie'), SECURE_SESSION) !== undefined;
  return isSecure ? secure : url.origin;
}
