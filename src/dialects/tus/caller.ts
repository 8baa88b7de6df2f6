import type { Actor, Core } from '../../core/index.ts';
import type { DialectOptions } from '../dialect.ts';

/** Who asks, from the Authorization header: a bare token or `Bearer <token>`, as in the other dialects. */
export function identify(
  core: Core,
  options: DialectOptions,
  request: Request,
  method: string,
): Promise<Actor> {
  return core.auth.identify(tokenOf(request), 'auth', {
    context: 'default',
    method,
    query: () => undefined,
    header: (name) => request.headers.get(name.replaceAll('_', '-')) ?? undefined,
    get address() {
      return options.clientAddress(request);
    },
    identified: (account) => options.identified?.(request, account),
  });
}

function tokenOf({ headers }: Request): string | undefined {
  const header = headers.get('authorization');
  if (header === null) return undefined;
  return /^bearer /i.test(header) ? header.slice(7).trim() : header.trim();
}
