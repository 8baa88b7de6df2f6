/**
 * The value of one cookie of a `Cookie` header, percent-decoded, or `undefined`. The first of that name counts, as browsers
 * send the most specific first; what cannot be decoded is given as it stands.
 */
export function readCookie(header: string | null, name: string): string | undefined {
  // Without the name there is nothing to take apart.
  if (header === null || !header.includes(name)) return undefined;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return decode(pair.slice(equals + 1).trim());
  }
  return undefined;
}

/** How a cookie is set. */
export interface CookieOptions {
  /** Seconds; 0 removes it; absent = until the browser closes. */
  readonly maxAge?: number;
  /** Default `Lax`. */
  readonly sameSite?: 'Strict' | 'Lax' | 'None';
  /** Default `/`, which the `__Host-` prefix demands. */
  readonly path?: string;
  /** Default true. False only for plain HTTP on loopback, where browsers drop secure cookies; excludes `__Host-`. */
  readonly secure?: boolean;
  /** Default true. */
  readonly httpOnly?: boolean;
}

/**
 * A `Set-Cookie` value (RFC 6265 and its successor draft). The value is percent-encoded, so it may be any text. Throws
 * RangeError when the name, the path or the combination would be refused by browsers: these are programming errors.
 */
export function writeCookie(name: string, value: string, options: CookieOptions = {}): string {
  const { maxAge, sameSite = 'Lax', path = '/', secure = true, httpOnly = true } = options;
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw new RangeError('cookie name');
  if (!/^\/[\x20-\x3a\x3c-\x7e]*$/.test(path)) throw new RangeError('cookie path');
  if (name.startsWith('__Host-') && (!secure || path !== '/'))
    throw new RangeError('a __Host- cookie is secure, of path /');
  if ((name.startsWith('__Secure-') || sameSite === 'None') && !secure)
    throw new RangeError('this cookie must be secure');
  if (maxAge !== undefined && !Number.isInteger(maxAge)) throw new RangeError('cookie age');
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  const flags = `${secure ? '; Secure' : ''}${httpOnly ? '; HttpOnly' : ''}`;
  return `${name}=${encodeURIComponent(value.toWellFormed())}; Path=${path}${age}${flags}; SameSite=${sameSite}`;
}

function decode(value: string): string {
  const bare = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  if (!bare.includes('%')) return bare;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
