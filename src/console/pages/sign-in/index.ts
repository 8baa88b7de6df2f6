import { Elysia } from 'elysia';
import { AppError } from '../../../core/index.ts';
import type { Console, PlainView } from '../../console.ts';
import { safeNext } from '../../next.ts';
import { openSession } from '../../open-session.ts';
import { isSecure, seeOther } from '../../respond.ts';
import { noSessionCookie } from '../../session.ts';
import type { Visitor } from '../../visit.ts';
import { codeView, signInView } from './views.ts';
import { secondsOf, waitText } from './wait.ts';

/**
 * Signing in and out. Attempts are held off by the core, by address and account. An account with an authenticator app needs
 * its code after the password.
 */
export const signInPages = (console: Console) =>
  new Elysia({ name: 'console.sign-in' })
    .get('/login', async ({ request }) => {
      const visit = await console.findVisit(request);
      const { url, texts } = console.visitor(request);
      const next = safeNext(url.searchParams.get('next') ?? '');
      if (visit !== undefined) return seeOther(visit, next);
      if (await console.core.auth.needsFirstSuperuser()) return console.redirect(request, '/_/');
      return console.plain(request, signInView(texts, { next, email: '' }));
    })
    .post('/login', ({ request }) => withPassword(console, console.visitor(request)), { parse: 'none' })
    .post('/login/code', ({ request }) => withCode(console, console.visitor(request)), { parse: 'none' })
    .post(
      '/logout',
      ({ request }) =>
        console.act(request, async (visit) => {
          await console.core.auth.sessions.close(visit.session);
          const cookies = [noSessionCookie(isSecure(visit.site))];
          return seeOther(visit, '/_/login', { note: 'signedOut', cookies });
        }),
      { parse: 'none' },
    );

async function withPassword(console: Console, visitor: Visitor): Promise<Response> {
  const { texts, request } = visitor;
  const form = await console.readForm(visitor);
  const next = safeNext(form.get('next'));
  const email = form.get('email').trim();
  const password = form.get('password');
  const again = (message: string, heldOff?: AppError) =>
    console.plain(request, { ...signInView(texts, { next, email, message }), ...wrong(heldOff) });
  if (email === '' || password === '') return again(texts.signIn.blank);
  const found = await unlessHeldOff(() =>
    console.core.auth.checkPassword(visitor.actor, { identity: email, password, of: 'superusers' }),
  );
  if (found instanceof AppError) return again(waitText(found, texts.signIn), found);
  if (found === undefined) return again(texts.signIn.wrong);
  if (!(await console.core.auth.totp.isOn(found))) return openSession(console, visitor, found, { next });
  const pending = await console.core.auth.totp.issuePending(found);
  return console.plain(request, codeView(texts, { next, pending }));
}

async function withCode(console: Console, visitor: Visitor): Promise<Response> {
  const { texts, request } = visitor;
  const form = await console.readForm(visitor);
  const next = safeNext(form.get('next'));
  const pending = form.get('pending');
  const code = form.get('code').replaceAll(/\s/g, '');
  const found = await unlessHeldOff(() => console.core.auth.totp.redeemPending(visitor.actor, pending, code));
  const heldOff = found instanceof AppError ? found : undefined;
  if (found !== undefined && !(found instanceof AppError))
    return openSession(console, visitor, found, { next });
  const message = heldOff === undefined ? texts.signIn.wrongCode : waitText(heldOff, texts.signIn);
  return console.plain(request, { ...codeView(texts, { next, pending, message }), ...wrong(heldOff) });
}

/** How an answer to what was wrong, or held off, begins. */
function wrong(heldOff: AppError | undefined): Pick<PlainView, 'status' | 'headers'> {
  if (heldOff === undefined) return { status: 422 };
  return { status: 429, headers: { 'retry-after': String(secondsOf(heldOff) ?? 60) } };
}

/** What came of an attempt, or why it was not made. */
async function unlessHeldOff<T>(attempt: () => Promise<T>): Promise<T | AppError> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof AppError && error.reason === 'too_many_attempts') return error;
    throw error;
  }
}
