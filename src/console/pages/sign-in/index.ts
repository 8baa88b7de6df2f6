import { Elysia } from 'elysia';
import { type AccountRef, AppError } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { safeNext } from '../../next.ts';
import { isSecure, seeOther } from '../../respond.ts';
import { noSessionCookie, sentSession, sessionCookie } from '../../session.ts';
import type { Visitor } from '../../visit.ts';
import { codeView, signInView } from './views.ts';

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
  const again = (message: string, status = 422) =>
    console.plain(request, { ...signInView(texts, { next, email, message }), status });
  if (email === '' || password === '') return again(texts.signIn.blank);
  const found = await unlessHeldOff(() =>
    console.core.auth.checkPassword(visitor.actor, { identity: email, password, of: 'superusers' }),
  );
  if (found === 'held off') return again(texts.signIn.tooMany, 429);
  if (found === undefined) return again(texts.signIn.wrong);
  if (!(await console.core.auth.totp.isOn(found))) return open(console, visitor, found, next);
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
  if (found !== undefined && found !== 'held off') return open(console, visitor, found, next);
  const status = found === 'held off' ? 429 : 422;
  const message = found === 'held off' ? texts.signIn.tooMany : texts.signIn.wrongCode;
  return console.plain(request, { ...codeView(texts, { next, pending, message }), status });
}

async function open(
  console: Console,
  visitor: Visitor,
  account: AccountRef,
  next: string,
): Promise<Response> {
  const { sessions } = console.core.auth;
  const session = await sessions.open(visitor.actor, account);
  // The browser forgets it now: nobody else should go on with it (OWASP ASVS V7.2.4).
  await sessions.close(sentSession(visitor.request, isSecure(visitor.site)));
  const cookies = [sessionCookie(session, isSecure(visitor.site), console.idleLimit?.())];
  return seeOther(visitor, next, { cookies });
}

async function unlessHeldOff<T>(attempt: () => Promise<T>): Promise<T | 'held off'> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof AppError && error.reason === 'too_many_attempts') return 'held off';
    throw error;
  }
}
