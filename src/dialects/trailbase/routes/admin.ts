import { Elysia } from 'elysia';
import { type Actor, AppError, type Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { readJsonObject } from '../body.ts';
import { requestFacts } from '../caller.ts';
import { changeRecordApi, viewRecordApi } from '../config/change-record-api.ts';
import { createCollections } from '../config/create-collections.ts';
import { readCredentials } from '../credentials.ts';
import { hasCsrfToken } from '../csrf.ts';
import { TrailBaseError } from '../errors.ts';
import { jsonAnswer } from '../respond.ts';
import { SqlProblems } from '../sql/problem.ts';

/**
 * Tables by SQL and the settings of record APIs (specs/trailbase.md 3, 13), for superusers: 403 for everybody else. What cannot
 * be taken is 400 with a line of text for each thing.
 */
export const adminRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'trailbase.admin', prefix: '/_admin' })
    .post(
      '/query',
      async ({ request }) => {
        const actor = await requireAdmin(core, options, request);
        const { query, config } = await readJsonObject(request);
        if (typeof query !== 'string' || (config !== undefined && typeof config !== 'string'))
          throw new TrailBaseError(422);
        const made = await telling(createCollections(core, actor, { sql: query, config }));
        return jsonAnswer(made);
      },
      { parse: 'none' },
    )
    .get('/record_apis/:name', async ({ params, request }) => {
      const actor = await requireAdmin(core, options, request);
      return jsonAnswer(viewRecordApi(core, actor, nameIn(params)));
    })
    .patch(
      '/record_apis/:name',
      async ({ params, request }) => {
        const actor = await requireAdmin(core, options, request);
        const input = await readJsonObject(request);
        return jsonAnswer(await telling(changeRecordApi(core, actor, nameIn(params), input)));
      },
      { parse: 'none' },
    );

/** The superuser who asks; 403 for anybody else. Cookies need the session's CSRF token as well: 400 without. */
async function requireAdmin(core: Core, options: DialectOptions, request: Request): Promise<Actor> {
  const { accessToken, from } = readCredentials(request);
  const facts = requestFacts(options, request);
  const { actor, claims } = await core.auth.sessions.identify(accessToken, facts);
  if (actor.kind === 'superuser') {
    if (from === 'cookie' && !hasCsrfToken(request, { expected: claims?.csrf_token })) {
      const isMissing = request.headers.get('csrf-token') === null;
      throw new TrailBaseError(400, isMissing ? 'admin APIs require csrf header' : 'invalid CSRF token');
    }
    return actor;
  }
  // Tokens of the product's own clients do as well, where a browser does not send them by itself.
  const native = from === 'header' ? await core.auth.identify(accessToken, 'auth', facts) : actor;
  if (native.kind !== 'superuser') throw new TrailBaseError(403);
  return native;
}

/** Elysia gives null for a name whose escapes are no UTF-8, whatever its types say. */
function nameIn({ name }: { readonly name: string | null }): string {
  if (name === null) throw new AppError('not_found', { reason: 'record_api' });
  return name;
}

async function telling<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SqlProblems) throw new TrailBaseError(400, error.message);
    throw error;
  }
}
