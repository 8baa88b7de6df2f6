import { Elysia } from 'elysia';
import type { AccountRef, Actor, Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { type Ask, checkedRedirect, isSecure } from '../ask.ts';
import { accountOf, guestOf } from '../auth-caller.ts';
import { refuseHead, told } from '../auth-errors.ts';
import { queryInput, readAuthInput } from '../auth-input.ts';
import { readJsonObject, type Values } from '../body.ts';
import { requestFacts } from '../caller.ts';
import { clearSessionCookies, setSessionCookies } from '../cookies.ts';
import { type Credentials, readCredentials } from '../credentials.ts';
import { isMeant } from '../csrf.ts';
import { TrailBaseError } from '../errors.ts';
import { emptyAnswer, jsonAnswer, redirectAnswer, textAnswer } from '../respond.ts';
import { openSession, passFirstFactor, readFlow, refuseSignIn, signIn } from '../sign-in.ts';
import { siteOf } from '../site.ts';
import { refreshSession, wireTokens } from '../tokens.ts';

/** Sign-in by password, codes and refresh tokens, and sign-out (specs/trailbase.md 12). */
export const authSessionRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'trailbase.auth.sessions' })
    .post('/login', ({ request }) => told(login({ core, options, request })), { parse: 'none' })
    .post('/login_mfa', ({ request }) => told(loginMfa({ core, options, request })), { parse: 'none' })
    .post('/token', ({ request }) => told(redeemCode({ core, options, request })), { parse: 'none' })
    .post('/refresh', ({ request }) => told(refresh({ core, options, request })), { parse: 'none' })
    .get('/status', ({ request }) => told(status({ core, options, request })))
    .get('/logout', ({ request }) => told(logoutByLink({ core, options, request })))
    .post('/logout', ({ request }) => told(logout({ core, options, request })), { parse: 'none' });

async function login(ask: Ask): Promise<Response> {
  const input = await readAuthInput(ask.request);
  const flow = readFlow(ask, input);
  const identity =
    input.text('email_or_username') ?? input.text('email') ?? input.need('username', 'Missing email');
  const password = input.need('password', 'Missing password');
  const actor = await guestOf(ask);
  const account = await ask.core.auth.checkPassword(actor, { identity, password });
  return account === undefined ? refuseSignIn(flow) : passFirstFactor(ask, actor, account, flow);
}

async function loginMfa(ask: Ask): Promise<Response> {
  const input = await readAuthInput(ask.request);
  const flow = readFlow(ask, input);
  const token = input.need('mfa_token');
  const code = input.need('totp', 'TOTP missing');
  const actor = await guestOf(ask);
  const account = await ask.core.auth.totp.redeemPending(actor, token, code);
  return account === undefined ? refuseSignIn(flow) : signIn(ask, actor, account, flow);
}

async function redeemCode(ask: Ask): Promise<Response> {
  const body = await readJsonObject(ask.request);
  const code = shaped(body, 'authorization_code');
  const verifier = shaped(body, 'pkce_code_verifier');
  if (!/^[A-Za-z0-9]{48}$/.test(code)) throw new TrailBaseError(400, 'invalid auth code');
  const account = await ask.core.auth.codes.redeemAuthorization(code, verifier);
  if (account === undefined) throw new TrailBaseError(404);
  return jsonAnswer(wireTokens(await openSession(ask.core, await guestOf(ask), account)));
}

/** New tokens for the refresh token of the body, or of the header or cookie where the body has none. */
async function refresh(ask: Ask): Promise<Response> {
  const { core, options, request } = ask;
  const body = await readJsonObject(request);
  const sent = body.refresh_token === undefined ? undefined : shaped(body, 'refresh_token');
  const { refreshToken, from } = readCredentials(request);
  const token = sent ?? refreshToken ?? shaped(body, 'refresh_token');
  const byCookie = sent === undefined && from === 'cookie';
  if (byCookie && !isMeant(request, siteOf(options, request), { expected: undefined })) {
    throw new TrailBaseError(400, 'Invalid CSRF token');
  }
  const session = await refreshSession(core, await guestOf(ask), token);
  if (session === undefined) throw new TrailBaseError(401);
  const response = jsonAnswer(wireTokens(session));
  return byCookie ? setSessionCookies(response, session, isSecure(ask)) : response;
}

/**
 * Whom the credentials speak for: new tokens where a refresh token came along (401 when it is dead), the same access token
 * where it did not, and nothing for guests.
 */
async function status(ask: Ask): Promise<Response> {
  const { core, options, request } = ask;
  const { accessToken, refreshToken, from } = readCredentials(request);
  const { actor, claims } = await core.auth.sessions.identify(accessToken, requestFacts(options, request));
  if (refreshToken === undefined) {
    const csrf_token = claims?.csrf_token ?? null;
    const auth_token = claims === undefined ? null : accessToken;
    return secret(jsonAnswer({ auth_token, refresh_token: null, csrf_token }));
  }
  const session = await refreshSession(core, actor, refreshToken);
  if (session === undefined) {
    return from === 'cookie' ? clearSessionCookies(emptyAnswer(401), isSecure(ask)) : emptyAnswer(401);
  }
  const response = secret(jsonAnswer(wireTokens(session)));
  return from === 'cookie' ? setSessionCookies(response, session, isSecure(ask)) : response;
}

/**
 * Ends every session of the account, in every dialect. A cookie alone does so only where the browser says that the site itself
 * or its user asked: else a picture on any page could sign people out everywhere. Then the cookies go, and no more.
 */
async function logoutByLink(ask: Ask): Promise<Response> {
  refuseHead(ask.request);
  const redirect = checkedRedirect(ask, queryInput(ask.request).text('redirect_uri'));
  await signOut(ask, readCredentials(ask.request));
  const response = redirect === undefined ? textAnswer('logged out') : redirectAnswer(redirect);
  return clearSessionCookies(response, isSecure(ask));
}

async function logout(ask: Ask): Promise<Response> {
  const { core, request } = ask;
  const body = await readJsonObject(request);
  const credentials = readCredentials(request);
  const sent =
    body.refresh_token === undefined && credentials.from !== 'nowhere'
      ? undefined
      : shaped(body, 'refresh_token');
  const account = sent === undefined ? undefined : await core.auth.sessions.accountOf(sent);
  if (account === undefined) await signOut(ask, credentials);
  else await core.auth.sessions.signOut(account);
  const response = emptyAnswer(200);
  return credentials.from === 'cookie' ? clearSessionCookies(response, isSecure(ask)) : response;
}

async function signOut(ask: Ask, credentials: Credentials): Promise<void> {
  const { core, options, request } = ask;
  const { actor, claims } = await core.auth.sessions.identify(
    credentials.accessToken,
    requestFacts(options, request),
  );
  const expected = claims?.csrf_token;
  if (credentials.from === 'cookie' && !isMeant(request, siteOf(options, request), { expected })) return;
  const account = await whose(core, actor, credentials);
  if (account !== undefined) await core.auth.sessions.signOut(account);
}

async function whose(
  core: Core,
  actor: Actor,
  { refreshToken }: Credentials,
): Promise<AccountRef | undefined> {
  return (
    accountOf(actor) ?? ((refreshToken && (await core.auth.sessions.accountOf(refreshToken))) || undefined)
  );
}

/** Text of a JSON body; 422 for another shape. */
function shaped(body: Values, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new TrailBaseError(422);
  return value;
}

/** An answer to GET that nobody else may be given. */
function secret(response: Response): Response {
  response.headers.set('cache-control', 'no-store');
  return response;
}
