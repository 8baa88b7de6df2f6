/** Where a request may have the browser sent (specs/trailbase.md 12). */
export interface RedirectPolicy {
  /** Origin of the site: that of the public URL, or the one that the request came to. */
  readonly site: string;
  /** Addresses that are allowed to the letter. */
  readonly uris: readonly string[];
  /** Schemes of applications, such as `myapp`, without the colon. */
  readonly schemes: readonly string[];
}

/** Schemes that run, show or read something in the browser itself; no configuration opens them. */
const NEVER: ReadonlySet<string> = new Set(
  'http https ws wss ftp file data javascript vbscript blob about filesystem view-source'.split(' '),
);
/** Longer ones are for nobody's good and would not fit in a header. */
const LONGEST = 2048;
const NOWHERE = 'http://nowhere.invalid';

/**
 * The address for a `Location` header, in ASCII, when the policy allows to send a browser there: a path of the site; the
 * site's own scheme and host; a configured scheme of an application; an entry of the list to the letter; loopback where the
 * site itself is on loopback, as in development. Undefined for anything else.
 *
 * Browsers drop tabs and line breaks, take `\` for `/`, and read `//host` as another site: whatever has any of these is
 * refused, and what is given back is what the parser of URLs made of it.
 */
export function allowedRedirect(policy: RedirectPolicy, target: string): string | undefined {
  if (target === '' || target.length > LONGEST || hasTricks(target)) return undefined;
  return target.startsWith('/') ? pathOfSite(target) : absolute(policy, target);
}

/** A checked address with more query parameters. */
export function withQuery(redirect: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(redirect, NOWHERE);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return redirect.startsWith('/') ? url.pathname + url.search + url.hash : url.href;
}

/** Control characters, spaces and backslashes: what parsers disagree about. */
function hasTricks(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code === 0x5c || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return !text.isWellFormed();
}

function pathOfSite(target: string): string | undefined {
  if (target.startsWith('//') || !URL.canParse(target, NOWHERE)) return undefined;
  const { origin, pathname, search, hash } = new URL(target, NOWHERE);
  // `/.//host` becomes the path `//host`, which another reader would take for a host.
  return origin === NOWHERE && !pathname.startsWith('//') ? pathname + search + hash : undefined;
}

function absolute({ site, uris, schemes }: RedirectPolicy, target: string): string | undefined {
  if (!URL.canParse(target)) return undefined;
  const url = new URL(target);
  if (url.username !== '' || url.password !== '') return undefined;
  const scheme = url.protocol.slice(0, -1);
  const isWeb = scheme === 'http' || scheme === 'https';
  const isAllowed = isWeb
    ? url.origin === site || uris.includes(target) || (isLoopback(site) && isLoopback(url.origin))
    : !NEVER.has(scheme) && (uris.includes(target) || schemes.some((each) => each.toLowerCase() === scheme));
  return isAllowed ? url.href : undefined;
}

function isLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
