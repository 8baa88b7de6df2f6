import type { Actor } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { json } from '../respond.ts';

/** GET /api/health (specs/pocketbase.md 1.11). */
export function health(actor: Actor, request: Request, options: DialectOptions, fields?: string): Response {
  const data =
    actor.kind === 'superuser'
      ? {
          canBackup: true,
          realIP: options.clientAddress(request),
          possibleProxyHeader: options.proxyHeader(request),
        }
      : {};
  return json({ message: 'API is healthy.', code: 200, data }, 200, fields);
}
