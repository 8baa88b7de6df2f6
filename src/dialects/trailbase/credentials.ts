import { readCookie } from '../../http/cookie.ts';

/** What a request says of who asks (specs/trailbase.md 1). */
export interface Credentials {
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  /** Cookies come along with whatever a browser sends, wanted or not; headers do not. */
  readonly from: 'header' | 'cookie' | 'nowhere';
}

/** Names of the cookies that a form's sign-in sets. */
export const AUTH_COOKIE = 'auth_token';
export const REFRESH_COOKIE = 'refresh_token';

const NONE: Credentials = { accessToken: undefined, refreshToken: undefined, from: 'nowhere' };

/** The credentials of a request: those of its headers, or of its cookies when it has no Authorization header. */
export function readCredentials({ headers }: Request): Credentials {
  const accessToken = bearer(headers.get('authorization'));
  if (accessToken !== undefined) {
    return { accessToken, refreshToken: headers.get('refresh-token') || undefined, from: 'header' };
  }
  const cookies = headers.get('cookie');
  if (cookies === null) return NONE;
  const found = { accessToken: cookie(cookies, AUTH_COOKIE), refreshToken: cookie(cookies, REFRESH_COOKIE) };
  const hasAny = found.accessToken !== undefined || found.refreshToken !== undefined;
  return hasAny ? { ...found, from: 'cookie' } : NONE;
}

function bearer(header: string | null): string | undefined {
  if (header === null || !/^bearer /i.test(header)) return undefined;
  return header.slice(7).trim() || undefined;
}

function cookie(header: string, name: string): string | undefined {
  return readCookie(header, name) || undefined;
}
