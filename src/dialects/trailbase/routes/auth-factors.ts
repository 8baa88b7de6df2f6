import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { type Ask, checkedRedirect } from '../ask.ts';
import { done, goOn } from '../auth-answers.ts';
import { type Caller, guestOf, requireAccount, requireMeant } from '../auth-caller.ts';
import { refuseHead, told } from '../auth-errors.ts';
import { type AuthInput, queryInput, readAuthInput, readNames } from '../auth-input.ts';
import { TrailBaseError } from '../errors.ts';
import { jsonAnswer, textAnswer } from '../respond.ts';
import { openSession, passFirstFactor, readFlow, refuseSignIn } from '../sign-in.ts';
import { wireTokens } from '../tokens.ts';

/** Second factors, codes by mail, and accounts without a name (specs/trailbase.md 12). */
export const authFactorRoutes = (core: Core, options: DialectOptions) => {
  const of = (request: Request): Ask => ({ core, options, request });
  return new Elysia({ name: 'trailbase.auth.factors' })
    .get('/totp/register', ({ request }) => told(beginTotp(of(request))))
    .post('/totp/confirm', ({ request }) => told(confirmTotp(of(request))), { parse: 'none' })
    .post('/totp/unregister', ({ request }) => told(removeTotp(of(request))), { parse: 'none' })
    .post('/otp/request', ({ request }) => told(requestOtp(of(request))), { parse: 'none' })
    .post('/otp/login', ({ request }) => told(loginByOtp(of(request))), { parse: 'none' })
    .post('/login_anonymous', ({ request }) => told(loginAnonymously(of(request))), { parse: 'none' })
    .post('/promote_anonymous', ({ request }) => told(promote(of(request))), { parse: 'none' });
};

/** A secret of one's own, and its picture for authenticator apps where it is wanted. An earlier unconfirmed one is void. */
async function beginTotp(ask: Ask): Promise<Response> {
  refuseHead(ask.request);
  const caller = await requireAccount(ask);
  requireMeant(ask, caller);
  const wantsPicture = queryInput(ask.request).text('png') === 'true';
  const { url } = await ask.core.auth.totp.begin(caller.actor);
  const response = jsonAnswer({ totp_url: url, png: wantsPicture ? await qrCode(url) : null });
  response.headers.set('cache-control', 'no-store');
  return caller.answer(response);
}

/** A PNG in base64. Loaded with the first: few need it. */
async function qrCode(text: string): Promise<string> {
  const { toBuffer } = await import('qrcode');
  return (await toBuffer(text, { type: 'png' })).toString('base64');
}

/** The `totp_url` that clients send back is not read: the secret to confirm is the one that was made for the account. */
async function confirmTotp(ask: Ask): Promise<Response> {
  const { caller, input } = await readChange(ask);
  await ask.core.auth.totp.confirm(caller.actor, input.need('totp', 'TOTP missing'));
  return caller.answer(textAnswer('TOTP enabled'));
}

async function removeTotp(ask: Ask): Promise<Response> {
  const { caller, input } = await readChange(ask);
  try {
    await ask.core.auth.totp.remove(caller.actor, input.need('totp', 'TOTP missing'));
  } catch (error) {
    // A wrong code is told otherwise than at the confirmation.
    throw error instanceof AppError && error.reason === 'totp' ? new TrailBaseError(401) : error;
  }
  return caller.answer(textAnswer('TOTP disabled'));
}

async function requestOtp(ask: Ask): Promise<Response> {
  const input = await readAuthInput(ask.request);
  const redirect = checkedRedirect(ask, input.text('redirect_uri'));
  await ask.core.auth.codes.request(await guestOf(ask), readNames(input));
  return done(redirect, 'OTP sent');
}

async function loginByOtp(ask: Ask): Promise<Response> {
  const input = await readAuthInput(ask.request, ['email_or_username', 'email', 'username', 'code']);
  const flow = readFlow(ask, input);
  const actor = await guestOf(ask);
  const account = await ask.core.auth.codes.redeem(actor, readNames(input), input.need('code'));
  return account === undefined ? refuseSignIn(flow) : passFirstFactor(ask, actor, account, flow);
}

async function loginAnonymously(ask: Ask): Promise<Response> {
  await readAuthInput(ask.request);
  const actor = await guestOf(ask);
  const account = await ask.core.auth.createAnonymous(actor);
  return jsonAnswer(wireTokens(await openSession(ask.core, actor, account, true)));
}

async function promote(ask: Ask): Promise<Response> {
  const { caller, input } = await readChange(ask);
  const wish = {
    password: input.need('new_password', 'Password too short'),
    email: input.text('new_email'),
    username: input.text('new_username'),
  };
  const link = '/api/auth/v1/change_email/confirm/{TOKEN}';
  const account = await ask.core.auth.promoteAnonymous(caller.actor, wish, link);
  return goOn(ask, caller, account, textAnswer('promoted'));
}

async function readChange(ask: Ask): Promise<{ readonly caller: Caller; readonly input: AuthInput }> {
  const caller = await requireAccount(ask);
  const input = await readAuthInput(ask.request);
  requireMeant(ask, caller, input.text('csrf_token'));
  return { caller, input };
}
