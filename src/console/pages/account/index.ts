import { Elysia } from 'elysia';
import { AppError } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { credentialMessages } from '../../credentials.ts';
import { keptLook, lookCookie } from '../../look.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { noMessages } from '../../parts/form.ts';
import { isSecure, seeOther } from '../../respond.ts';
import { noSessionCookie, sessionCookie } from '../../session.ts';
import type { Form, Visit } from '../../visit.ts';
import { accountView } from './view.ts';

const FIELDS = { oldPassword: 'oldPassword', password: 'newPassword' };

/** The admin's own account: look, password, sessions. */
export const accountPages = (console: Console) =>
  new Elysia({ name: 'console.account' })
    .get('/account', ({ request }) =>
      console.show(request, (visit) => accountView(visit, { messages: noMessages, isUnconfirmed: false })),
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
          if (!isConfirmed(form, visit.email)) {
            const view = accountView(visit, { messages: noMessages, isUnconfirmed: true });
            return console.page(visit, { ...view, status: 422 });
          }
          await console.core.auth.sessions.signOut(visit.account);
          const cookies = [noSessionCookie(isSecure(visit.site))];
          return seeOther(visit, '/_/login', { note: 'signedOutEverywhere', cookies });
        }),
      { parse: 'none' },
    );

/** The new password ends every session, this one too: another is opened. */
async function changePassword(console: Console, visit: Visit, form: Form): Promise<Response> {
  const { auth } = console.core;
  const again = (messages: ReadonlyMap<string, string>) =>
    console.page(visit, { ...accountView(visit, { messages, isUnconfirmed: false }), status: 422 });
  const newPassword = form.get('newPassword');
  if (newPassword !== form.get('newPasswordConfirm'))
    return again(new Map([['newPasswordConfirm', visit.texts.credentialIssues.differs]]));
  try {
    const oldPassword = form.get('oldPassword');
    const changed = await auth.changePassword(visit.actor, { oldPassword, newPassword });
    const session = await auth.sessions.open(visit.actor, changed);
    const cookies = [sessionCookie(session, isSecure(visit.site), console.idleLimit?.())];
    return seeOther(visit, '/_/account', { note: 'passwordChanged', cookies });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.reason === 'too_many_attempts') return again(new Map([['', visit.texts.signIn.tooMany]]));
    if (error.code !== 'invalid') throw error;
    return again(credentialMessages(error.issues, visit.texts, FIELDS));
  }
}
