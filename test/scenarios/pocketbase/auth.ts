import { expect } from 'bun:test';
import { textAt } from '../../support/json.ts';
import { type Scenario, type Story, send, sendOk, tokenOf, type World } from '../../support/scenarios.ts';
import { ADMIN } from '../../support/server.ts';
import { login } from './world.ts';

const LOGIN = '/api/collections/users/auth-with-password';
const UNIDENTIFIED = 'The request requires valid record authorization token.';

/** Sign-in, refresh, impersonation and file tokens, each in one request (specs/pocketbase.md 1.2, 7.2, 8). */
export const authScenarios: readonly Scenario[] = [
  {
    name: 'auth-methods are honest about what there is',
    path: '/api/collections/users/auth-methods',
    status: 200,
    has: [
      '"password":{"identityFields":["email"],"enabled":true}',
      '"oauth2":{"providers":[],"enabled":false}',
      '"mfa":{"enabled":false,"duration":0}',
      '"otp":{"enabled":false,"duration":0}',
      '"authProviders":null',
      '"usernamePassword":false',
      '"emailPassword":true',
    ],
  },
  {
    name: 'auth-methods name every identity field',
    path: '/api/collections/members/auth-methods',
    status: 200,
    has: ['"identityFields":["email","nickname"]'],
  },
  {
    name: 'auth-methods of a collection without accounts',
    path: '/api/collections/posts/auth-methods',
    status: 404,
    has: ['Missing or invalid auth collection context.'],
  },
  {
    name: 'a login answers with record and token, and no secret',
    method: 'POST',
    path: LOGIN,
    body: { identity: 'alice@example.com', password: 'alice-writes-well' },
    status: 200,
    has: ['"record":{', '"email":"alice@example.com"', '"token":"ey'],
    lacks: ['tokenKey', 'alice-writes-well', '"password"'],
  },
  {
    name: 'fields picks from the login',
    method: 'POST',
    path: `${LOGIN}?fields=token,record.id`,
    body: { identity: 'alice@example.com', password: 'alice-writes-well' },
    status: 200,
    has: ['{"record":{"id":"{alice}"},"token":"ey'],
    lacks: ['alice@example.com'],
  },
  {
    name: 'a login by form',
    method: 'POST',
    path: LOGIN,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'identity=alice%40example.com&password=alice-writes-well',
    status: 200,
    has: ['"token":"ey'],
  },
  {
    name: 'a login by a nickname of another case, where the index says so',
    method: 'POST',
    path: '/api/collections/members/auth-with-password',
    body: { identity: 'CAROL', password: 'carol-plays-chess', identityField: 'nickname' },
    status: 200,
    has: ['"id":"{carol}"'],
  },
  {
    name: 'a login by a field that is none of the identity fields',
    method: 'POST',
    path: '/api/collections/members/auth-with-password',
    body: { identity: 'x', password: 'carol-plays-chess', identityField: 'id' },
    status: 400,
    has: ['"identityField":{"code":"validation_in_invalid"'],
  },
  {
    name: 'a blank login',
    method: 'POST',
    path: LOGIN,
    body: { identity: '', password: '' },
    status: 400,
    has: [
      'An error occurred while validating the submitted data.',
      '"identity":{"code":"validation_required"',
      '"password":{"code":"validation_required"',
    ],
  },
  {
    name: 'a login that is no text',
    method: 'POST',
    path: LOGIN,
    body: { identity: { a: 1 }, password: ['x'] },
    status: 400,
  },
  {
    name: 'a login whose rule does not hold',
    method: 'POST',
    path: '/api/collections/members/auth-with-password',
    body: { identity: 'mallory', password: 'mallory-plays-foul' },
    status: 403,
    has: ["The request doesn't satisfy the collection requirements to authenticate."],
  },
  {
    name: 'a login to a collection without accounts',
    method: 'POST',
    path: '/api/collections/posts/auth-with-password',
    body: { identity: 'x', password: 'y' },
    status: 404,
    has: ['Missing or invalid auth collection context.'],
  },
  {
    name: 'a refresh gives record and token',
    method: 'POST',
    path: '/api/collections/users/auth-refresh',
    as: 'alice',
    status: 200,
    has: ['"token":"ey', '"id":"{alice}"'],
  },
  {
    name: 'a refresh without a token',
    method: 'POST',
    path: '/api/collections/users/auth-refresh',
    status: 401,
    has: [`"data":{},"message":"${UNIDENTIFIED}","status":401`],
  },
  {
    name: 'a refresh of another collection',
    method: 'POST',
    path: '/api/collections/members/auth-refresh',
    as: 'alice',
    status: 403,
    has: ['The request requires auth record from users collection.'],
  },
  {
    name: 'nobody but superusers impersonates',
    method: 'POST',
    path: '/api/collections/users/impersonate/{alice}',
    as: 'bob',
    body: { duration: 60 },
    status: 403,
    has: ['The authorized record is not allowed to perform this action.'],
  },
  {
    name: 'a guest does not impersonate',
    method: 'POST',
    path: '/api/collections/users/impersonate/{alice}',
    body: {},
    status: 401,
    has: [UNIDENTIFIED],
  },
  {
    name: 'nobody to impersonate',
    method: 'POST',
    path: '/api/collections/users/impersonate/nobody000000000',
    as: 'admin',
    body: {},
    status: 404,
  },
  {
    name: 'impersonating for less than no time',
    method: 'POST',
    path: '/api/collections/users/impersonate/{alice}',
    as: 'admin',
    body: { duration: -1 },
    status: 400,
    has: ['"duration":{"code":"validation_'],
  },
  {
    name: 'a file token for an account, asked for with an empty body',
    method: 'POST',
    path: '/api/files/token',
    as: 'alice',
    status: 200,
    has: ['{"token":"ey'],
  },
  {
    name: 'no file token for a guest',
    method: 'POST',
    path: '/api/files/token',
    status: 401,
    has: [UNIDENTIFIED],
  },
  {
    name: 'a token of nonsense is a guest, not an error',
    path: '/api/collections/posts/records',
    headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJpZCI6InkifQ.' },
    status: 200,
    has: ['"totalItems":1'],
  },
  {
    name: 'the last superuser stays',
    method: 'DELETE',
    path: '/api/collections/_superusers/records/{admin}',
    as: 'admin',
    status: 400,
    has: ["You can't delete the only existing superuser."],
  },
  {
    name: 'health is open to everyone and tells guests nothing',
    path: '/api/health',
    status: 200,
    has: ['"message":"API is healthy."', '"code":200', '"data":{}'],
  },
  {
    name: 'health tells superusers how the server sees them',
    path: '/api/health',
    as: 'admin',
    status: 200,
    has: ['"canBackup":true', '"realIP":"127.0.0.1"', '"possibleProxyHeader":""'],
  },
];

/** What takes several requests to see. */
export const authStories: readonly Story[] = [
  {
    name: 'a wrong password and an unknown account answer the same',
    async run(world) {
      const wrong = await send(world, {
        ...{ method: 'POST', path: LOGIN },
        body: { identity: 'bob@example.com', password: 'not-his-password' },
      });
      const unknown = await send(world, {
        ...{ method: 'POST', path: LOGIN },
        body: { identity: 'nobody@example.com', password: 'not-his-password' },
      });
      expect(wrong.status).toBe(400);
      expect(wrong.text).toBe('{"data":{},"message":"Failed to authenticate.","status":400}\n');
      expect([unknown.status, unknown.text]).toEqual([wrong.status, wrong.text]);
      const names = (headers: Headers) => [...headers.keys()].sort();
      expect(names(unknown.headers)).toEqual(names(wrong.headers));
    },
  },
  {
    name: 'an auth token is no file token, and a file token no auth token',
    async run(world) {
      const { json } = await sendOk(world, { method: 'POST', path: '/api/files/token', as: 'alice' });
      const withFileToken = await send(world, {
        path: '/api/collections/posts/records/{draft}',
        headers: { authorization: textAt(json, 'token') },
      });
      expect(withFileToken.status).toBe(404);
      const inTheUrl = await send(world, {
        path: `/api/collections/posts/records/{draft}?token=${tokenOf(world, 'alice')}`,
      });
      expect(inTheUrl.status).toBe(404);
    },
  },
  {
    name: 'a token whose time is over is a guest',
    async run(world) {
      const { json } = await sendOk(world, {
        ...{ method: 'POST', path: '/api/collections/users/impersonate/{alice}', as: 'admin' },
        body: { duration: 1 },
      });
      const token = textAt(json, 'token');
      const draft = { path: '/api/collections/posts/records/{draft}', headers: { authorization: token } };
      const claims = JSON.parse(atob(token.split('.')[1] ?? ''));
      await Bun.sleep(Math.max(0, claims.exp * 1000 - Date.now()) + 50);
      expect((await send(world, draft)).status).toBe(404);
    },
  },
  {
    name: 'a token with changed claims is a guest',
    async run(world) {
      const [head, claims, signature] = tokenOf(world, 'bob').split('.');
      const changed = { ...JSON.parse(atob(claims ?? '')), id: world.values.alice };
      const forged = [head, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
      const answer = await send(world, {
        path: '/api/collections/posts/records/{draft}',
        headers: { authorization: forged },
      });
      expect(answer.status).toBe(404);
    },
  },
  {
    name: 'impersonation gives a token that is not renewed',
    async run(world) {
      const { json } = await sendOk(world, {
        ...{ method: 'POST', path: '/api/collections/users/impersonate/{alice}', as: 'admin' },
        body: { duration: 60 },
      });
      const token = textAt(json, 'token');
      const headers = { authorization: token };
      expect((await send(world, { path: '/api/collections/posts/records/{draft}', headers })).status).toBe(
        200,
      );
      const refreshed = await sendOk(world, {
        ...{ method: 'POST', path: '/api/collections/users/auth-refresh', headers },
      });
      expect(textAt(refreshed.json, 'token')).toBe(token);
    },
  },
  {
    name: 'a new password ends every token, old file tokens too',
    async run(world) {
      const dave = await signUp(world, 'dave');
      const fileToken = textAt(
        (await sendOk(world, { method: 'POST', path: '/api/files/token', headers: dave.headers })).json,
        'token',
      );
      await sendOk(world, {
        ...{ method: 'PATCH', path: dave.path, headers: dave.headers },
        body: {
          oldPassword: dave.password,
          password: 'dave-has-another',
          passwordConfirm: 'dave-has-another',
        },
      });
      const refresh = { method: 'POST', path: '/api/collections/members/auth-refresh' };
      expect((await send(world, { ...refresh, headers: dave.headers })).status).toBe(401);
      expect((await send(world, { path: dave.path, headers: dave.headers })).status).toBe(404);
      const again = await login(world.base, 'dave@example.com', 'dave-has-another', 'members');
      expect((await send(world, { ...refresh, headers: { authorization: again } })).status).toBe(200);
      expect(fileToken).not.toBe('');
    },
  },
  {
    name: 'a new e-mail set by a superuser ends every token',
    async run(world) {
      const erin = await signUp(world, 'erin');
      await sendOk(world, {
        ...{ method: 'PATCH', path: erin.path, as: 'admin' },
        body: { email: 'erin@elsewhere.example' },
      });
      expect((await send(world, { path: erin.path, headers: erin.headers })).status).toBe(404);
    },
  },
  {
    name: 'a token of a deleted account is a guest',
    async run(world) {
      const frank = await signUp(world, 'frank');
      expect((await send(world, { path: frank.path, headers: frank.headers })).status).toBe(200);
      await sendOk(world, { method: 'DELETE', path: frank.path, as: 'admin' });
      expect(
        (await send(world, { method: 'POST', path: '/api/files/token', headers: frank.headers })).status,
      ).toBe(401);
    },
  },
  {
    name: 'a new authRule signs everybody out',
    async run(world) {
      await sendOk(world, {
        ...{ method: 'POST', path: '/api/collections', as: 'admin' },
        body: { name: 'lodgers', type: 'auth', viewRule: 'id = @request.auth.id', createRule: '' },
      });
      const grace = await signUp(world, 'grace', 'lodgers');
      expect((await send(world, { path: grace.path, headers: grace.headers })).status).toBe(200);
      await sendOk(world, {
        ...{ method: 'PATCH', path: '/api/collections/lodgers', as: 'admin' },
        body: { authRule: 'verified = true' },
      });
      expect((await send(world, { path: grace.path, headers: grace.headers })).status).toBe(404);
      await sendOk(world, { method: 'DELETE', path: '/api/collections/lodgers', as: 'admin' });
    },
  },
  {
    name: 'password login that is switched off says so',
    async run(world) {
      await sendOk(world, {
        ...{ method: 'POST', path: '/api/collections', as: 'admin' },
        body: { name: 'visitors', type: 'auth', passwordAuth: { enabled: false, identityFields: ['email'] } },
      });
      const answer = await send(world, {
        ...{ method: 'POST', path: '/api/collections/visitors/auth-with-password' },
        body: { identity: 'x@example.com', password: 'something-long' },
      });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('The collection is not configured to allow password authentication.');
      await sendOk(world, { method: 'DELETE', path: '/api/collections/visitors', as: 'admin' });
    },
  },
  {
    name: 'of the same sign-up twenty times at once one succeeds',
    async run(world) {
      const password = 'ivan-has-a-password';
      const body = { email: 'ivan@example.com', password, passwordConfirm: password };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          send(world, { method: 'POST', path: '/api/collections/members/records', body }),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status, json } of answers.filter((answer) => answer.status !== 200)) {
        expect([status, textAt(json, 'data.email.code')]).toEqual([400, 'validation_not_unique']);
      }
    },
  },
  {
    name: 'guessing a password is held off without locking the owner out elsewhere',
    async run(world) {
      const heidi = await signUp(world, 'heidi');
      const guess = () =>
        send(world, {
          ...{ method: 'POST', path: '/api/collections/members/auth-with-password' },
          body: { identity: 'heidi@example.com', password: 'a-guess' },
        });
      const statuses: number[] = [];
      for (let tries = 0; tries < 11; tries++) statuses.push((await guess()).status);
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
      expect((await send(world, { path: heidi.path, headers: heidi.headers })).status).toBe(200);
    },
  },
  {
    name: 'superusers sign in like everybody else',
    async run(world) {
      const answer = await sendOk(world, {
        ...{ method: 'POST', path: '/api/collections/_superusers/auth-with-password' },
        body: { identity: ADMIN.email, password: ADMIN.password },
      });
      expect(textAt(answer.json, 'record.collectionName')).toBe('_superusers');
      expect(answer.text).not.toContain('tokenKey');
    },
  },
];

interface Member {
  readonly path: string;
  readonly password: string;
  readonly headers: { readonly authorization: string };
}

async function signUp(world: World, name: string, collection = 'members'): Promise<Member> {
  const password = `${name}-has-a-password`;
  const email = `${name}@example.com`;
  const { json } = await sendOk(world, {
    ...{ method: 'POST', path: `/api/collections/${collection}/records` },
    body: { email, password, passwordConfirm: password },
  });
  return {
    path: `/api/collections/${collection}/records/${textAt(json, 'id')}`,
    password,
    headers: { authorization: await login(world.base, email, password, collection) },
  };
}
