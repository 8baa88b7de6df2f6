import { Elysia } from 'elysia';
import type { AuthMethods, Core, Session } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { readObject } from '../body.ts';
import { authCollection, authToken, identify, requireSameCollection, requireSuperuser } from '../caller.ts';
import { failingWith, WireError } from '../errors.ts';
import { json } from '../respond.ts';
import { recordShape } from '../shape.ts';

/** Accounts: password login, refresh, impersonation, methods (specs/pocketbase.md 8.2). */
export const authRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'pocketbase.auth', prefix: '/collections/:collection' })
    .derive(async ({ params, query, request }) => ({
      actor: await identify(core, options, request, query, params),
    }))
    .get('/auth-methods', ({ params, query }) =>
      json(methodsShape(core.auth.methods(authCollection(core, params.collection))), 200, query.fields),
    )
    .post(
      '/auth-with-password',
      async ({ actor, params, query, request }) => {
        const collection = authCollection(core, params.collection);
        const body = await readObject(request);
        const login = {
          identity: text(body.identity),
          password: text(body.password),
          identityField: body.identityField === undefined ? undefined : text(body.identityField),
        };
        const session = core.auth.withPassword(actor, collection, login, query.expand);
        return json(sessionShape(await failingWith(INVALID, session)), 200, query.fields);
      },
      { parse: 'none' },
    )
    .post(
      '/auth-refresh',
      async ({ actor, params, query, request }) => {
        const collection = authCollection(core, params.collection);
        requireSameCollection(actor, collection);
        const token = authToken(request) ?? '';
        return json(
          sessionShape(await core.auth.refresh(actor, collection, token, query.expand)),
          200,
          query.fields,
        );
      },
      { parse: 'none' },
    )
    .post(
      '/impersonate/:id',
      async ({ actor, params, query, request }) => {
        const collection = authCollection(core, params.collection);
        requireSuperuser(actor);
        const { duration } = await readObject(request);
        const session = core.auth.impersonate(actor, collection, params.id, seconds(duration), query.expand);
        const shown = await failingWith(INVALID, session);
        return json(sessionShape(shown), 200, query.fields);
      },
      { parse: 'none' },
    )
    .post('/auth-with-oauth2', ({ params }) => refuse(core, params.collection, 'OAuth2 authentication'), {
      parse: 'none',
    })
    .post('/request-otp', ({ params }) => refuse(core, params.collection, 'OTP authentication'), {
      parse: 'none',
    })
    .post('/auth-with-otp', ({ params }) => refuse(core, params.collection, 'OTP authentication'), {
      parse: 'none',
    });

const INVALID = 'An error occurred while validating the submitted data.';

function refuse(core: Core, collection: string, what: string): never {
  authCollection(core, collection);
  throw new WireError(403, `The collection is not configured to allow ${what}.`);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function seconds(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : (value ?? 0);
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new WireError(400, INVALID, {
      duration: { code: 'validation_invalid_value', message: 'Invalid value.' },
    });
  }
  return number;
}

function sessionShape(session: Session): Record<string, unknown> {
  return { record: recordShape(session.record), token: session.token };
}

function methodsShape({ password }: AuthMethods): Record<string, unknown> {
  return {
    password: { identityFields: password.identityFields, enabled: password.enabled },
    oauth2: { providers: [], enabled: false },
    mfa: { enabled: false, duration: 0 },
    otp: { enabled: false, duration: 0 },
    authProviders: null,
    usernamePassword: password.enabled && password.identityFields.includes('username'),
    emailPassword: password.enabled && password.identityFields.includes('email'),
  };
}
