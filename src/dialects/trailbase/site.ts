import type { DialectOptions } from '../dialect.ts';
import type { RedirectPolicy } from './redirects.ts';

/** Origin of the site: that of the configured public URL, or the one that the request came to. */
export function siteOf(options: DialectOptions, request: Request): string {
  return new URL(options.settings.publicUrl ?? request.url).origin;
}

/** Where this request may have the browser sent (specs/trailbase.md 12). */
export function redirectPolicy(options: DialectOptions, request: Request): RedirectPolicy {
  const { redirectUris, redirectSchemes } = options.settings;
  return { site: siteOf(options, request), uris: redirectUris, schemes: redirectSchemes };
}
