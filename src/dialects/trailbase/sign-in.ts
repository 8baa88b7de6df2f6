import { type AccountRef, type Actor, AppError, type Core, type OpenSession } from '../../core/index.ts';
import { type Ask, checkedRedirect, isSecure } from './ask.ts';
import type { AuthInput } from './auth-input.ts';
import { setSessionCookies } from './cookies.ts';
import { isForeign } from './csrf.ts';
import { TrailBaseError } from './errors.ts';
import { withQuery } from './redirects.ts';
import { jsonAnswer, redirectAnswer, textAnswer } from './respond.ts';
import { siteOf } from './site.ts';
import { claimsOf, wireTokens } from './tokens.ts';

/** How a sign-in goes on once somebody proved who they are (specs/trailbase.md 12). */
export interface SignInFlow {
  /** What came as a form is answered with cookies and pages, JSON with tokens. */
  readonly isForm: boolean;
  readonly redirect: string | undefined;
  readonly mfaRedirect: string | undefined;
  /** The challenge of a code flow (RFC 7636), whose answer is a code in the place of tokens. */
  readonly challenge: string | undefined;
}

/**
 * Reads and checks the parameters of a sign-in, before any password is looked at. A form of another site's page is refused
 * where it would get cookies: it could sign somebody in to an account that is not theirs.
 */
export function readFlow(ask: Ask, input: AuthInput): SignInFlow {
  const redirect = checkedRedirect(ask, input.text('redirect_uri'));
  const mfaRedirect = checkedRedirect(ask, input.text('mfa_redirect_uri'));
  const challenge = readChallenge(input, redirect);
  const isForm = input.kind !== 'json';
  if (isForm && challenge === undefined && isForeign(ask.request, siteOf(ask.options, ask.request))) {
    throw new TrailBaseError(403);
  }
  return { isForm, redirect, mfaRedirect, challenge };
}

/** The answer to an account that has proved itself by a first factor: the next step, where it has a second one. */
export async function passFirstFactor(
  ask: Ask,
  actor: Actor,
  account: AccountRef,
  flow: SignInFlow,
): Promise<Response> {
  const { totp } = ask.core.auth;
  if (!(await totp.isOn(account))) return signIn(ask, actor, account, flow);
  const mfa_token = await totp.issuePending(account);
  return flow.isForm && flow.mfaRedirect !== undefined
    ? redirectAnswer(withQuery(flow.mfaRedirect, { mfa_token }))
    : jsonAnswer({ mfa_token }, 403);
}

/** The answer to an account that has proved itself by every factor it has. */
export async function signIn(
  ask: Ask,
  actor: Actor,
  account: AccountRef,
  flow: SignInFlow,
): Promise<Response> {
  const { isForm, redirect, challenge } = flow;
  if (challenge !== undefined && redirect !== undefined) {
    const code = await ask.core.auth.codes.issueAuthorization(account, challenge);
    return redirectAnswer(withQuery(redirect, { code }));
  }
  const session = await openSession(ask.core, actor, account).catch(undefinedIfRefused);
  if (session === undefined) return refuseSignIn(flow);
  if (!isForm) return jsonAnswer(wireTokens(session));
  const response = redirect === undefined ? textAnswer('logged in') : redirectAnswer(redirect);
  return setSessionCookies(response, session, isSecure(ask));
}

/** Whom the collection's rule keeps out is told what a wrong password is. */
function undefinedIfRefused(error: unknown): undefined {
  if (!(error instanceof AppError) || error.reason !== 'auth_rule') throw error;
}

/** The answer to whoever could not prove who they are. */
export function refuseSignIn({ isForm, redirect }: SignInFlow): Response {
  if (isForm && redirect !== undefined) {
    return redirectAnswer(withQuery(redirect, { alert: 'Login Failed' }));
  }
  throw new TrailBaseError(401);
}

/** A session with this dialect's claims. */
export async function openSession(
  core: Core,
  actor: Actor,
  account: AccountRef,
  anonymous = false,
): Promise<OpenSession> {
  return core.auth.sessions.open(actor, account, { claims: await claimsOf(core, account), anonymous });
}

function readChallenge(input: AuthInput, redirect: string | undefined): string | undefined {
  const type = input.text('response_type') ?? 'token';
  if (type === 'token') return undefined;
  if (type !== 'code') throw new TrailBaseError(400, "invalid 'response_type'");
  if (redirect === undefined) throw new TrailBaseError(400, "missing 'redirect_uri'");
  const challenge = input.need('pkce_code_challenge');
  // A SHA-256 in base64url without padding has 43 characters.
  if (!/^[\w-]{43}$/.test(challenge)) throw new TrailBaseError(400, "invalid 'pkce_code_challenge'");
  return challenge;
}
