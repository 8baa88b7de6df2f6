import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { consolePages } from '../../src/console/index.ts';
import { dialects } from '../../src/dialects/index.ts';
import { consoleFiles } from '../support/console.ts';
import { openTestCore, type TestCore } from '../support/core.ts';
import { send } from '../support/scenarios.ts';
import { type AttackedWorld, openAttackedWorld } from './world.ts';

/** Who a route is for, before any rule of a collection. */
type Policy =
  /** Everybody; it tells nothing of anybody. */
  | 'open'
  /** Everybody; the rules of the collection decide in the core. */
  | 'rules'
  /** Who may write the target, and then who began the upload (`test/security/uploads.test.ts`). */
  | 'upload'
  /** An account of any kind. */
  | 'account'
  | 'superuser'
  /** The same, in a dialect that tells guests nothing more than accounts. */
  | 'TrailBase superuser'
  /** Who has a file token of a superuser. */
  | 'superuser file token'
  /** Superusers with a session of the console; changes also need its token. Others are led to the login. */
  | 'console'
  /** Who has the secret of the one-time link. */
  | 'link'
  /** Who has the token of a mail's link. */
  | 'mail link'
  /** Nobody: it refuses. */
  | 'closed';

/** Every route there is. A new one belongs here, with who it is for. */
const POLICIES: Readonly<Record<string, Policy>> = {
  'GET /api/health': 'open',
  'GET /api/collections/:collection/records': 'rules',
  'GET /api/collections/:collection/records/count': 'rules',
  'GET /api/collections/:collection/records/:id': 'rules',
  'POST /api/collections/:collection/records': 'rules',
  'PATCH /api/collections/:collection/records/:id': 'rules',
  'DELETE /api/collections/:collection/records/:id': 'rules',
  'GET /api/collections/:collection/auth-methods': 'open',
  'POST /api/collections/:collection/auth-with-password': 'open',
  'POST /api/collections/:collection/auth-refresh': 'account',
  'POST /api/collections/:collection/impersonate/:id': 'superuser',
  'POST /api/collections/:collection/auth-with-oauth2': 'closed',
  'POST /api/collections/:collection/request-otp': 'closed',
  'POST /api/collections/:collection/auth-with-otp': 'closed',
  'GET /api/collections': 'superuser',
  'POST /api/collections': 'superuser',
  'GET /api/collections/meta/scaffolds': 'superuser',
  'GET /api/collections/:collection': 'superuser',
  'PATCH /api/collections/:collection': 'superuser',
  'DELETE /api/collections/:collection': 'superuser',
  'DELETE /api/collections/:collection/truncate': 'superuser',
  'POST /api/files/token': 'account',
  'GET /api/files/:collection/:record/:name': 'rules',
  'GET /api/backups': 'superuser',
  'POST /api/backups': 'superuser',
  'GET /api/backups/:key': 'superuser file token',
  'DELETE /api/backups/:key': 'superuser',
  'POST /api/backups/upload': 'superuser',
  'POST /api/backups/:key/restore': 'superuser',
  'GET /api/realtime': 'open',
  'POST /api/realtime': 'open',
  'POST /api/batch': 'closed',
  'ALL /api': 'closed',
  'ALL /api/*': 'closed',
  'GET /api/healthcheck': 'open',
  'ALL /api/healthcheck': 'closed',
  'ALL /api/healthcheck/*': 'closed',
  'GET /api/records/v1/:name': 'rules',
  'POST /api/records/v1/:name': 'rules',
  'GET /api/records/v1/:name/:record': 'rules',
  'PATCH /api/records/v1/:name/:record': 'rules',
  'DELETE /api/records/v1/:name/:record': 'rules',
  'GET /api/records/v1/:name/schema': 'rules',
  'GET /api/records/v1/:name/:record/file/:column': 'rules',
  'GET /api/records/v1/:name/:record/files/:column/:file': 'rules',
  'GET /api/records/v1/:name/subscribe/:record': 'rules',
  'ALL /api/records/v1/:name/subscribe/:record': 'closed',
  'POST /api/records/v1/:name/:record/file/:column/signed_url': 'rules',
  'POST /api/records/v1/:name/:record/files/:column/:file/signed_url': 'rules',
  'ALL /api/records/v1/:name/:record/file/:column': 'closed',
  'ALL /api/records/v1/:name/:record/files/:column/:file': 'closed',
  'ALL /api/records/v1/:name': 'closed',
  'ALL /api/records/v1/:name/:record': 'closed',
  'ALL /api/records': 'closed',
  'ALL /api/records/*': 'closed',
  'POST /api/auth/v1/login': 'open',
  'POST /api/auth/v1/login_mfa': 'open',
  'POST /api/auth/v1/token': 'open',
  'POST /api/auth/v1/refresh': 'open',
  'GET /api/auth/v1/status': 'open',
  'GET /api/auth/v1/logout': 'open',
  'POST /api/auth/v1/logout': 'open',
  'POST /api/auth/v1/register': 'open',
  'GET /api/auth/v1/verify_email/trigger': 'open',
  'GET /api/auth/v1/verify_email/confirm/:token': 'mail link',
  'POST /api/auth/v1/change_email': 'account',
  'POST /api/auth/v1/change_email/request': 'account',
  'GET /api/auth/v1/change_email/confirm/:token': 'mail link',
  'POST /api/auth/v1/change_username': 'account',
  'POST /api/auth/v1/change_password': 'account',
  'POST /api/auth/v1/reset_password/request': 'open',
  'GET /api/auth/v1/reset_password/update/:token': 'open',
  'POST /api/auth/v1/reset_password/update': 'mail link',
  'DELETE /api/auth/v1/delete': 'account',
  'GET /api/auth/v1/delete': 'account',
  'GET /api/auth/v1/totp/register': 'account',
  'POST /api/auth/v1/totp/confirm': 'account',
  'POST /api/auth/v1/totp/unregister': 'account',
  'POST /api/auth/v1/otp/request': 'open',
  'POST /api/auth/v1/otp/login': 'open',
  'POST /api/auth/v1/login_anonymous': 'open',
  'POST /api/auth/v1/promote_anonymous': 'account',
  'GET /api/auth/v1/avatar/:user': 'open',
  'POST /api/auth/v1/avatar': 'account',
  'DELETE /api/auth/v1/avatar': 'account',
  'GET /api/auth/v1/oauth/providers': 'open',
  'GET /api/auth/v1/oauth/:provider/login': 'closed',
  'GET /api/auth/v1/oauth/:provider/callback': 'closed',
  'ALL /api/auth/v1/*': 'closed',
  'ALL /api/auth': 'closed',
  'ALL /api/auth/*': 'closed',
  'POST /api/transaction/v1/execute': 'rules',
  'ALL /api/transaction/v1/execute': 'closed',
  'ALL /api/transaction': 'closed',
  'ALL /api/transaction/*': 'closed',
  'POST /api/_admin/query': 'TrailBase superuser',
  'GET /api/_admin/record_apis/:name': 'TrailBase superuser',
  'PATCH /api/_admin/record_apis/:name': 'TrailBase superuser',
  'ALL /api/_admin': 'closed',
  'ALL /api/_admin/*': 'closed',
  'OPTIONS /tus': 'open',
  'OPTIONS /tus/': 'open',
  'OPTIONS /tus/:id': 'open',
  'POST /tus': 'upload',
  'POST /tus/': 'upload',
  'GET /tus/:id': 'upload',
  'PATCH /tus/:id': 'upload',
  'POST /tus/:id': 'upload',
  'DELETE /tus/:id': 'upload',
  'ALL /tus': 'closed',
  'ALL /tus/*': 'closed',
  'GET /_': 'open',
  'GET /_/': 'console',
  'POST /_/overview/steps/hiding': 'console',
  'GET /_/assets/:version/:file': 'open',
  'GET /_/login': 'open',
  'POST /_/login': 'open',
  'POST /_/login/code': 'open',
  'POST /_/logout': 'console',
  'GET /_/palette': 'console',
  'GET /_/shortcuts': 'console',
  'POST /_/shortcuts': 'console',
  'GET /_/account': 'console',
  'POST /_/account/look': 'console',
  'POST /_/account/password': 'console',
  'POST /_/account/sessions/end': 'console',
  'POST /_/account/second-factor': 'console',
  'POST /_/account/second-factor/confirmation': 'console',
  'POST /_/account/second-factor/removal': 'console',
  'GET /_/collections': 'console',
  'GET /_/collections/new': 'console',
  'POST /_/collections/new/blank': 'console',
  'POST /_/collections/new/template': 'console',
  'POST /_/collections/new/sql': 'console',
  'POST /_/collections/new/json': 'console',
  'POST /_/collections/new/file': 'console',
  'GET /_/collections/:name/copies': 'console',
  'POST /_/collections/:name/copies': 'console',
  'GET /_/definitions': 'console',
  'GET /_/collections/:name/definition': 'console',
  'POST /_/collections/:name/definition': 'console',
  'POST /_/collections/:name/truncation': 'console',
  'POST /_/collections/:name/deletion': 'console',
  'GET /_/collections/:name': 'console',
  'POST /_/collections/:name/columns': 'console',
  'POST /_/collections/:name/rows': 'console',
  'GET /_/collections/:name/filter': 'console',
  'GET /_/collections/:name/filter/problem': 'console',
  'POST /_/collections/:name/filters': 'console',
  'GET /_/collections/:name/total': 'console',
  'GET /_/collections/:name/connect': 'console',
  'GET /_/accounts': 'console',
  'POST /_/accounts': 'console',
  'GET /_/accounts/new': 'console',
  'POST /_/accounts/:collection/:id/password': 'console',
  'POST /_/accounts/:collection/:id/verification': 'console',
  'POST /_/accounts/:collection/:id/deletion': 'console',
  'POST /_/accounts/:collection/:id/tokens': 'console',
  'GET /_/accounts/:collection/:id': 'console',
  'POST /_/accounts/:collection/:id/sessions/end': 'console',
  'POST /_/accounts/:collection/:id/second-factor/end': 'console',
  'GET /_/collections/:name/rules': 'console',
  'POST /_/collections/:name/rules': 'console',
  'POST /_/collections/:name/rules/checks': 'console',
  'GET /_/collections/:name/rules/suggestions': 'console',
  'GET /_/collections/:name/rules/choices': 'console',
  'GET /_/collections/:name/choices': 'console',
  'GET /_/collections/:name/records/new': 'console',
  'POST /_/collections/:name/records': 'console',
  'GET /_/collections/:name/records/:id/edit': 'console',
  'POST /_/collections/:name/records/:id': 'console',
  'GET /_/collections/:name/cells/:id/:field': 'console',
  'POST /_/collections/:name/cells/:id/:field': 'console',
  'POST /_/collections/:name/reversals': 'console',
  'GET /_/collections/:name/changes': 'console',
  'POST /_/collections/:name/changes': 'console',
  'GET /_/collections/:name/changes/:change': 'console',
  'GET /_/collections/:name/export': 'console',
  'GET /_/collections/:name/import': 'console',
  'POST /_/collections/:name/import': 'console',
  'GET /_/collections/:name/upload': 'console',
  'POST /_/collections/:name/drop': 'console',
  'POST /_/collections/:name/uploads': 'console',
  'POST /_/collections/:name/uploads/:upload': 'console',
  'GET /_/collections/:name/removal': 'console',
  'POST /_/collections/:name/removal': 'console',
  'GET /_/collections/:name/records/:id': 'console',
  'GET /_/collections/:name/records/:id/files/:file': 'console',
  'GET /_/files': 'console',
  'GET /_/files/uploads': 'console',
  'POST /_/files/uploads/:id/removal': 'console',
  'GET /_/files/deletions': 'console',
  'POST /_/files/deletions/retries': 'console',
  'GET /_/files/:collection/:record/:name': 'console',
  'GET /_/operations': 'console',
  'GET /_/operations/backups': 'console',
  'POST /_/operations/backups': 'console',
  'GET /_/operations/backups/:key': 'console',
  'POST /_/operations/backups/:key/deletion': 'console',
  'POST /_/operations/backups/uploads': 'console',
  'POST /_/operations/backups/schedule': 'console',
  'GET /_/operations/backups/:key/restoration': 'console',
  'POST /_/operations/backups/:key/restoration': 'console',
  'GET /_/operations/restoration': 'console',
  'GET /_/operations/requests': 'console',
  'GET /_/operations/requests/:id': 'console',
  'GET /_/operations/requests/live': 'console',
  'GET /_/operations/requests/stream': 'console',
  'GET /_/operations/requests/export': 'console',
  'GET /_/operations/storage': 'console',
  'GET /_/operations/storage/progress': 'console',
  'POST /_/operations/storage/verifications': 'console',
  'POST /_/operations/storage/migrations': 'console',
  'POST /_/operations/storage/collection-trials': 'console',
  'POST /_/operations/storage/collections': 'console',
  'POST /_/operations/storage/stops': 'console',
  'POST /_/operations/storage/:name/tests': 'console',
  'GET /_/operations/health': 'console',
  'GET /_/operations/about': 'console',
  'GET /_/operations/settings': 'console',
  'POST /_/operations/settings': 'console',
  'POST /_/operations/settings/test-mails': 'console',
  'GET /_/operations/sql': 'console',
  'POST /_/operations/sql': 'console',
  'POST /_/operations/sql/cancellations': 'console',
  'POST /_/operations/sql/export': 'console',
  'GET /_/operations/jobs': 'console',
  'POST /_/operations/jobs/:name/runs': 'console',
  'GET /_/setup': 'link',
  'POST /_/setup': 'link',
  'ALL /_/*': 'closed',
};

let core: TestCore;
let world: AttackedWorld;
beforeAll(async () => {
  core = await openTestCore();
  world = await openAttackedWorld();
}, 60_000);
afterAll(async () => {
  await core.close();
  await world.close();
});

test('every route has a policy, and every policy a route', () => {
  const surroundings = {
    settings: { publicUrl: undefined, redirectUris: [], redirectSchemes: [], transactions: true },
    maxBodySize: 0,
    clientAddress: () => '',
    proxyHeader: () => '',
    requestId: () => '',
    holdOpen: () => undefined,
    openSocket: () => 'unsupported' as const,
    openStream: () => undefined,
  };
  const apps = [
    ...dialects.map((dialect) => dialect.routes(core.core, surroundings)),
    consolePages({
      ...{ core: core.core, files: consoleFiles, publicUrl: undefined },
      ...{ clientAddress: () => '', requestId: () => '' },
    }),
  ];
  const routes = apps.flatMap((app) => app.routes.map(({ method, path }) => `${method} ${path}`));
  expect(routes.length).toBeGreaterThan(30);
  expect([...new Set(routes)].sort()).toEqual(Object.keys(POLICIES).sort());
});

/** A request for a route, with things that exist. */
function ask(route: string, as: string | undefined) {
  const [method = '', path = ''] = route.split(' ');
  const filled = path
    .replace(':collection', 'posts')
    .replace('v1/:name', 'v1/posts')
    .replace(':record', '{draft}')
    .replace(':id', '{draft}')
    .replace(':name', 'a.txt')
    .replace(':key', 'a.zip');
  const body = method === 'GET' || method === 'DELETE' ? undefined : {};
  return { method, path: filled, as, body };
}

describe('what is for some is refused to others', () => {
  const routesFor = (...policies: Policy[]) =>
    Object.keys(POLICIES).filter((route) => policies.some((policy) => POLICIES[route] === policy));

  test.each(routesFor('superuser'))('%s: guests and accounts', async (route) => {
    const auth = route.includes('impersonate');
    const target = (as?: string) => {
      const { path, ...rest } = ask(route, as);
      return { ...rest, path: auth ? path.replace('posts', 'users') : path };
    };
    expect((await send(world, target())).status).toBe(401);
    expect((await send(world, target('alice'))).status).toBe(403);
    expect((await send(world, target('carol'))).status).toBe(403);
  });

  test.each(routesFor('TrailBase superuser'))('%s: guests and accounts', async (route) => {
    for (const as of [undefined, 'alice', 'carol'])
      expect((await send(world, ask(route, as))).status).toBe(403);
  });

  test.each(routesFor('account'))('%s: guests', async (route) => {
    const { path, ...rest } = ask(route, undefined);
    expect((await send(world, { ...rest, path: path.replace('posts', 'users') })).status).toBe(401);
  });

  test.each(routesFor('console'))('%s: everybody without a session is led to the login', async (route) => {
    for (const as of [undefined, 'alice', 'admin']) {
      const answer = await send(world, ask(route, as));
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toStartWith('/_/login?next=');
      expect(answer.text).toBe('');
    }
  });

  test.each(routesFor('superuser file token'))('%s: everybody without one', async (route) => {
    for (const as of [undefined, 'alice', 'admin'])
      expect((await send(world, ask(route, as))).status).toBe(403);
  });

  test.each(routesFor('link'))('%s: everybody without it', async (route) => {
    for (const as of [undefined, 'alice', 'admin'])
      expect((await send(world, ask(route, as))).status).toBe(403);
  });

  test.each(routesFor('mail link'))('%s: everybody without it', async (route) => {
    for (const as of [undefined, 'alice', 'admin'])
      expect((await send(world, ask(route, as))).status).toBe(400);
  });

  test.each(routesFor('rules'))('%s: a draft, to those whose rule does not let it through', async (route) => {
    for (const as of [undefined, 'bob', 'carol']) {
      const answer = await send(world, ask(route, as));
      expect(answer.status).toBeOneOf([200, 400, 403, 404, 422]);
      expect(answer.text).not.toContain('Secret plans');
    }
    expect((await send(world, { path: '/api/collections/posts/records/{draft}', as: 'alice' })).status).toBe(
      200,
    );
  });
});
