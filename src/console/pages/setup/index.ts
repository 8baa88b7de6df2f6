import { Elysia } from 'elysia';
import { AppError } from '../../../core/index.ts';
import type { Console, PlainView } from '../../console.ts';
import { credentialMessages } from '../../credentials.ts';
import { openSession } from '../../open-session.ts';
import { noMessages } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visitor } from '../../visit.ts';
import { refusedView, setupView } from './views.ts';

/** The address has the token in it: it goes to nobody. */
const SECRET = { 'referrer-policy': 'no-referrer' };
const FIELDS = { email: 'email', password: 'password', passwordConfirm: 'passwordConfirm' };

/**
 * The form that makes the first superuser. The one-time token of the link that the server printed is what proves the right to
 * use it, so a foreign page cannot send it.
 */
export const setupPages = (console: Console) =>
  new Elysia({ name: 'console.setup' })
    .get('/setup', async ({ query, request }) => {
      const { token = '' } = query;
      if (!(await console.core.auth.isSetupToken(token))) return refuse(console, request);
      const { texts } = console.visitor(request);
      return answer(console, request, setupView(texts, { token, email: '', messages: noMessages }));
    })
    .post(
      '/setup',
      async ({ query, request }) => {
        const { token = '' } = query;
        // Before the body is read: strangers have nothing to send.
        if (!(await console.core.auth.isSetupToken(token))) return refuse(console, request);
        const visitor = console.visitor(request);
        return createSuperuser(console, visitor, token, await console.readForm(visitor));
      },
      { parse: 'none' },
    );

async function createSuperuser(
  console: Console,
  visitor: Visitor,
  token: string,
  form: Form,
): Promise<Response> {
  const { texts, request } = visitor;
  const email = form.get('email').trim();
  const password = form.get('password');
  const again = (messages: ReadonlyMap<string, string>) =>
    answer(console, request, { ...setupView(texts, { token, email, messages }), status: 422 });
  if (password !== form.get('passwordConfirm'))
    return again(new Map([['passwordConfirm', texts.credentialIssues.differs]]));
  try {
    await console.core.auth.createFirstSuperuser(token, email, password);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.reason === 'setup') return refuse(console, request);
    if (error.code !== 'invalid') throw error;
    return again(credentialMessages(error.issues, texts, FIELDS));
  }
  const login = { identity: email, password, of: 'superusers' } as const;
  const account = await console.core.auth.checkPassword(visitor.actor, login);
  // Nobody else had the link; only somebody who takes the account away in this moment leads to the login.
  if (account === undefined) return seeOther(visitor, '/_/');
  return openSession(console, visitor, account, { next: '/_/', note: 'superuserMade' });
}

async function refuse(console: Console, request: Request): Promise<Response> {
  const isNeeded = await console.core.auth.needsFirstSuperuser();
  return answer(console, request, refusedView(console.visitor(request).texts, isNeeded));
}

function answer(console: Console, request: Request, view: PlainView): Response {
  return console.plain(request, { ...view, headers: SECRET });
}
