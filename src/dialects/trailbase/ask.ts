import type { Core } from '../../core/index.ts';
import type { DialectOptions } from '../dialect.ts';
import { TrailBaseError } from './errors.ts';
import { allowedRedirect } from './redirects.ts';
import { redirectPolicy, siteOf } from './site.ts';

/** A request to an account route, and what there is to answer it with. */
export interface Ask {
  readonly core: Core;
  readonly options: DialectOptions;
  readonly request: Request;
}

/** Whether browsers reach the site over TLS, and so keep secure cookies. */
export function isSecure({ options, request }: Ask): boolean {
  return siteOf(options, request).startsWith('https:');
}

/** The checked form of an address that a request asks to be sent to; undefined for none, 400 for one that is not allowed. */
export function checkedRedirect({ options, request }: Ask, target: string | undefined): string | undefined {
  if (target === undefined) return undefined;
  const location = allowedRedirect(redirectPolicy(options, request), target);
  if (location === undefined) throw new TrailBaseError(400, 'invalid redirect');
  return location;
}
