import type { SessionInfo } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { themes } from '../../look.ts';
import { confirmDialog } from '../../parts/confirm-dialog.ts';
import {
  csrfField,
  formMessage,
  type Messages,
  noMessages,
  selectField,
  textField,
} from '../../parts/form.ts';
import { languageNames } from '../../texts/index.ts';
import type { Visit } from '../../visit.ts';
import { factorForm } from './second-factor.ts';
import { sessionsTable } from './sessions.ts';

/** What was wrong with what was sent. */
export interface AccountProblems {
  /** Of the form for a new password. */
  readonly messages: Messages;
  /** Signing out everywhere was not confirmed. */
  readonly isUnconfirmed: boolean;
  /** Of the form for the authenticator app. */
  readonly factor?: Messages;
}

/** What the page tells beside what every page knows. */
export interface AccountFacts {
  readonly sessions: readonly SessionInfo[];
  readonly hasSecondFactor: boolean;
}

/** The page of one's own account. */
export function accountView(
  visit: Visit,
  { sessions, hasSecondFactor }: AccountFacts,
  { messages, isUnconfirmed, factor = noMessages }: AccountProblems,
): PageView {
  const { account } = visit.texts;
  return {
    title: account.title,
    body: html`
      <p>${account.signedInAs} <strong>${visit.email}</strong></p>
      ${lookForm(visit)}
      ${passwordForm(visit, messages)}
      ${factorForm(visit, hasSecondFactor, factor)}
      <section class="card">
        <h2 id="sessions-title">${account.sessionsTitle}</h2>
        ${sessionsTable(visit, sessions)}
        ${confirmDialog(
          visit,
          {
            ...{ id: 'sign-out-everywhere', action: '/_/account/sessions/end' },
            ...{ verb: account.signOutEverywhere, body: account.signOutEverywhereBody, typed: visit.email },
          },
          isUnconfirmed,
        )}
      </section>`,
  };
}

function lookForm(visit: Visit): Html {
  const { account } = visit.texts;
  const { theme, language, isChosen } = visit.look;
  return html`<section class="card" aria-labelledby="look-title">
    <h2 id="look-title">${account.look}</h2>
    <theme-switch><form action="/_/account/look" method="post">
      ${csrfField(visit)}
      ${selectField({
        ...{ name: 'theme', label: account.theme, value: theme },
        options: themes.map((value) => ({ value, text: account.themes[value] })),
      })}
      ${selectField({
        ...{ name: 'language', label: account.language, value: isChosen ? language : '' },
        options: [
          { value: '', text: account.browserLanguage },
          ...Object.entries(languageNames).map(([value, text]) => ({ value, text })),
        ],
      })}
      <div class="buttons"><button type="submit">${account.save}</button></div>
    </form></theme-switch>
  </section>`;
}

function passwordForm(visit: Visit, messages: Messages): Html {
  const { account, frame } = visit.texts;
  const fresh = {
    type: 'password',
    isRequired: true,
    minLength: 8,
    autocomplete: 'new-password',
    messages,
  } as const;
  return html`<section class="card" aria-labelledby="password-title">
    <h2 id="password-title">${account.passwordTitle}</h2>
    ${formMessage(messages, frame.checkFields)}
    <form action="/_/account/password" method="post">
      ${csrfField(visit)}
      <input type="hidden" name="username" value="${visit.email}" autocomplete="username">
      ${textField({
        ...{ name: 'oldPassword', label: account.oldPassword, type: 'password', messages, isRequired: true },
        autocomplete: 'current-password',
      })}
      ${textField({ ...fresh, name: 'newPassword', label: account.newPassword, hint: account.newPasswordHint })}
      ${textField({ ...fresh, name: 'newPasswordConfirm', label: account.newPasswordConfirm })}
      <div class="buttons"><button type="submit">${account.changePassword}</button></div>
    </form>
  </section>`;
}
