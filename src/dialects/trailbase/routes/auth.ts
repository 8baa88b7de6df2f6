import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { emptyAnswer, jsonAnswer } from '../respond.ts';
import { authAccountRoutes } from './auth-accounts.ts';
import { authAvatarRoutes } from './auth-avatar.ts';
import { authFactorRoutes } from './auth-factors.ts';
import { authSessionRoutes } from './auth-sessions.ts';

/** Everything under `/api/auth/v1` (specs/trailbase.md 12). There are no OAuth providers. */
export const authRoutes = (core: Core, options: DialectOptions) => {
  const routes = new Elysia({ name: 'trailbase.auth', prefix: '/auth/v1' })
    .use(authSessionRoutes(core, options))
    .use(authAccountRoutes(core, options))
    .use(authFactorRoutes(core, options))
    .use(authAvatarRoutes(core, options))
    .get('/oauth/providers', () => jsonAnswer({ providers: [] }))
    .get('/oauth/:provider/login', noProvider)
    .get('/oauth/:provider/callback', noProvider);
  const known = routes.routes.map(({ path }) => patternOf(path));
  return routes.all(
    '/*',
    ({ request }) => {
      const { pathname } = new URL(request.url);
      return emptyAnswer(known.some((pattern) => pattern.test(pathname)) ? 405 : 404);
    },
    { parse: 'none' },
  );
};

/** What a route's path matches, under whatever prefix. */
function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : RegExp.escape(part)));
  return new RegExp(`${parts.join('/')}$`);
}

function noProvider(): Response {
  return emptyAnswer(405);
}
