import { Elysia } from 'elysia';
import { AppError } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { credentialMessages } from '../../credentials.ts';
import type { PageView } from '../../layout.ts';
import { keptLook, lookCookie } from '../../look.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { isSecure, seeOther } from '../../respond.ts';
import { noSessionCookie, sessionCookie } from '../../session.ts';
import type { Form, Visit } from '../../visit.ts';
import { waitText } from '../sign-in/wait.ts';
import { secondFactorPages } from './second-factor.ts';
import { endSomeSessions, readSessions } from './sessions.ts';
import { type AccountProblems, accountView } from './view.ts';

const FIELDS = { oldPassword: 'oldPassword', password: 'newPassword' };

/** The admin's own account: look, password, authenticator app, sessions. */
export const accountPages = (console: Console) =>
  new Elysia({ name: 'console.account' })
    .use(
      secondFactorPages(console, (visit, factor) =>
        again(console, visit, { messages: noMessages, isUnconfirmed: false, factor }),
      ),
    )
    .get('/account', ({ request }) =>
      console.show(request, (visit) =>
        viewOf(console, visit, { messages: noMessages, isUnconfirmed: false }),
      ),
    )
    .post(
      '/account/look',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          const [theme, language] = [form.get('theme'), form.get('language')];
          await console.core.preferences.save(visit.actor, keptLook(theme, language));
          const cookies = [lookCookie(theme, language, isSecure(visit.site))];
          return seeOther(visit, '/_/account', { note: 'lookSaved', cookies });
        }),
      { parse: 'none' },
    )
    .post(
      '/account/password',
      ({ request }) => console.act(request, (visit, form) => changePassword(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/account/sessions/end',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          const some = await endSomeSessions(console, visit, form);
          if (some !== undefined) return some;
          if (!isConfirmed(form, visit.email))
            return again(console, visit, { messages: noMessages, isUnconfirmed: true });
          await console.core.auth.sessions.signOut(visit.account);
          const cookies = [noSessionCookie(isSecure(visit.site))];
          return seeOther(visit, '/_/login', { note: 'signedOutEverywhere', cookies });
        }),
      { parse: 'none' },
    );

async function viewOf(console: Console, visit: Visit, problems: AccountProblems): Promise<PageView> {
  const [sessions, hasSecondFactor] = await Promise.all([
    readSessions(console, visit),
    console.core.auth.totp.isOn(visit.account),
  ]);
  return accountView(visit, { sessions, hasSecondFactor }, problems);
}

async function again(console: Console, visit: Visit, problems: AccountProblems): Promise<Response> {
  return console.page(visit, { ...(await viewOf(console, visit, problems)), status: 422 });
}

/** The new password ends every session, this one too: another is opened. */
async function changePassword(console: Console, visit: Visit, form: Form): Promise<Response> {
  const { auth } = console.core;
  const refuse = (messages: Messages) => again(console, visit, { messages, isUnconfirmed: false });
  const newPassword = form.get('newPassword');
  if (newPassword !== form.get('newPasswordConfirm'))
    return refuse(new Map([['newPasswordConfirm', visit.texts.credentialIssues.differs]]));
  try {
    const oldPassword = form.get('oldPassword');
    const changed = await auth.changePassword(visit.actor, { oldPassword, newPassword });
    const session = await auth.sessions.open(visit.actor, changed);
    const cookies = [sessionCookie(session, isSecure(visit.site), console.idleLimit?.())];
    return seeOther(visit, '/_/account', { note: 'passwordChanged', cookies });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.reason === 'too_many_attempts')
      return refuse(new Map([['', waitText(error, visit.texts.signIn)]]));
    if (error.code !== 'invalid') throw error;
    return refuse(credentialMessages(error.issues, visit.texts, FIELDS));
  }
}
