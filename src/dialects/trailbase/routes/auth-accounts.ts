import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { type Ask, checkedRedirect, isSecure } from '../ask.ts';
import { done, goOn } from '../auth-answers.ts';
import { guestOf, requireAccount, requireMeant } from '../auth-caller.ts';
import { refuseHead, told } from '../auth-errors.ts';
import { queryInput, readAuthInput, readNames } from '../auth-input.ts';
import { clearSessionCookies } from '../cookies.ts';
import { readCredentials } from '../credentials.ts';
import { hasCsrfToken } from '../csrf.ts';
import { TrailBaseError } from '../errors.ts';
import { passwordForm } from '../password-form.ts';
import { emptyAnswer, redirectAnswer, textAnswer } from '../respond.ts';

/** Registration, and what people change of their own accounts (specs/trailbase.md 12). */
export const authAccountRoutes = (core: Core, options: DialectOptions) => {
  const of = (request: Request): Ask => ({ core, options, request });
  return new Elysia({ name: 'trailbase.auth.accounts' })
    .post('/register', ({ request }) => told(register(of(request))), { parse: 'none' })
    .get('/verify_email/trigger', ({ request }) => told(requestVerification(of(request))))
    .get('/verify_email/confirm/:token', ({ params, request }) =>
      told(confirmVerification(of(request), params.token)),
    )
    .post('/change_email', ({ request }) => told(requestEmailChange(of(request))), { parse: 'none' })
    .post('/change_email/request', ({ request }) => told(requestEmailChange(of(request))), { parse: 'none' })
    .get('/change_email/confirm/:token', ({ params, request }) =>
      told(confirmEmailChange(of(request), params.token)),
    )
    .post('/change_username', ({ request }) => told(changeUsername(of(request))), { parse: 'none' })
    .post('/change_password', ({ request }) => told(changePassword(of(request))), { parse: 'none' })
    .post('/reset_password/request', ({ request }) => told(requestPasswordReset(of(request))), {
      parse: 'none',
    })
    .get('/reset_password/update/:token', ({ params }) => passwordForm(params.token))
    .post('/reset_password/update', ({ request }) => told(resetPassword(of(request))), { parse: 'none' })
    .delete('/delete', ({ request }) => told(remove(of(request))), { parse: 'none' })
    .get('/delete', ({ request }) => told(removeByGet(of(request))));
};

const BASE = '/api/auth/v1';

async function register(ask: Ask): Promise<Response> {
  const input = await readAuthInput(ask.request);
  const redirect = checkedRedirect(ask, input.text('redirect_uri'));
  const [email, username] = [input.text('email'), input.text('username')];
  if (email === undefined && username === undefined) throw new TrailBaseError(400, 'Missing email');
  const password = input.need('password', 'Password too short');
  if (password !== input.text('password_repeat')) throw new TrailBaseError(400, "Passwords don't match");
  await ask.core.auth.register(await guestOf(ask), { email, username, password }, VERIFY_LINK);
  return done(redirect, 'registered');
}

const VERIFY_LINK = `${BASE}/verify_email/confirm/{TOKEN}`;

async function requestVerification(ask: Ask): Promise<Response> {
  refuseHead(ask.request);
  const input = queryInput(ask.request);
  const redirect = checkedRedirect(ask, input.text('redirect_uri'));
  const email = input.need('email', 'Missing email');
  await ask.core.auth.requestVerification(await guestOf(ask), email, VERIFY_LINK);
  return done(redirect, 'Verification email sent');
}

async function confirmVerification(ask: Ask, token: string): Promise<Response> {
  refuseHead(ask.request);
  const redirect = checkedRedirect(ask, queryInput(ask.request).text('redirect_uri'));
  await ask.core.auth.confirmVerification(readable(token));
  return done(redirect, 'email verified');
}

/** The CSRF token is asked for whatever the credentials are: the original does, and its clients have it. */
async function requestEmailChange(ask: Ask): Promise<Response> {
  const caller = await requireAccount(ask);
  const input = await readAuthInput(ask.request);
  const claim = { expected: caller.csrfToken, sent: input.text('csrf_token') };
  if (!hasCsrfToken(ask.request, claim)) throw new TrailBaseError(400, 'Invalid CSRF token');
  const redirect = checkedRedirect(ask, input.text('redirect_uri'));
  const old = input.text('old_email');
  if (old !== undefined && old !== caller.account.record.email)
    throw new TrailBaseError(400, 'Invalid email');
  const email = input.textOrNull('new_email', 'Missing email');
  if (email === null) {
    const account = await ask.core.auth.removeEmail(caller.actor);
    return goOn(ask, caller, account, done(redirect, 'email changed'));
  }
  await ask.core.auth.requestEmailChange(caller.actor, email, `${BASE}/change_email/confirm/{TOKEN}`);
  return caller.answer(done(redirect, `Verification mail sent to ${email}.`));
}

async function confirmEmailChange(ask: Ask, token: string): Promise<Response> {
  refuseHead(ask.request);
  const redirect = checkedRedirect(ask, queryInput(ask.request).text('redirect_uri'));
  await ask.core.auth.confirmEmailChange(readable(token));
  return done(redirect, 'email changed');
}

async function changeUsername(ask: Ask): Promise<Response> {
  const { caller, input, redirect } = await readChange(ask);
  await ask.core.auth.changeUsername(caller.actor, input.textOrNull('new_username', 'Missing username'));
  return caller.answer(redirect === undefined ? emptyAnswer() : redirectAnswer(redirect));
}

async function changePassword(ask: Ask): Promise<Response> {
  const { caller, input, redirect } = await readChange(ask);
  const oldPassword = input.need('old_password', 'invalid `old_password`');
  const newPassword = input.need('new_password', 'Password too short');
  const repeated = input.text('new_password_repeat') ?? newPassword;
  if (newPassword !== repeated) throw new TrailBaseError(400, "Passwords don't match");
  const account = await ask.core.auth.changePassword(caller.actor, { oldPassword, newPassword });
  return goOn(ask, caller, account, done(redirect, 'password changed'));
}

async function requestPasswordReset(ask: Ask): Promise<Response> {
  const input = await readAuthInput(ask.request);
  const redirect = checkedRedirect(ask, input.text('redirect_uri'));
  const names = readNames(input);
  await ask.core.auth.requestPasswordReset(
    await guestOf(ask),
    names,
    `${BASE}/reset_password/update/{TOKEN}`,
  );
  return done(redirect, 'Password reset email sent');
}

async function resetPassword(ask: Ask): Promise<Response> {
  const input = await readAuthInput(ask.request);
  const redirect = checkedRedirect(ask, input.text('redirect_uri'));
  const token = input.text('password_reset_token') ?? input.need('password_reset_code', 'Invalid token');
  const password = input.need('password', 'Password too short');
  if (password !== input.text('password_repeat')) throw new TrailBaseError(400, "Passwords don't match");
  try {
    await ask.core.auth.confirmPasswordReset(await guestOf(ask), token, password);
  } catch (error) {
    // Told otherwise than at the other links.
    throw isTokenFault(error) ? new TrailBaseError(400, 'Invalid token') : error;
  }
  return done(redirect, 'Password reset');
}

function isTokenFault(error: unknown): boolean {
  return error instanceof AppError && error.code === 'invalid' && error.reason === 'token';
}

async function remove(ask: Ask): Promise<Response> {
  const caller = await requireAccount(ask);
  requireMeant(ask, caller);
  await ask.core.auth.deleteAccount(caller.actor);
  const response = textAnswer('deleted');
  return caller.credentials.from === 'cookie' ? clearSessionCookies(response, isSecure(ask)) : response;
}

/** As client 0.12.1 does it. Only by headers: a link must not delete who follows it. */
async function removeByGet(ask: Ask): Promise<Response> {
  refuseHead(ask.request);
  if (readCredentials(ask.request).from === 'cookie') throw new TrailBaseError(405);
  return remove(ask);
}

/** The caller and the body of a change that the site's own pages, or a client with header credentials, sent. */
async function readChange(ask: Ask) {
  const caller = await requireAccount(ask);
  const input = await readAuthInput(ask.request);
  requireMeant(ask, caller, input.text('csrf_token'));
  return { caller, input, redirect: checkedRedirect(ask, input.text('redirect_uri')) };
}

/** Elysia gives null for a part of a path whose escapes are no UTF-8, whatever its types say. */
function readable(token: string | null): string {
  return token ?? '';
}
