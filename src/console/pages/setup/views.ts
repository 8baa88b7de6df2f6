import type { PlainView } from '../../console.ts';
import { html } from '../../html.ts';
import { formMessage, type Messages, textField } from '../../parts/form.ts';
import type { Texts } from '../../texts/index.ts';

/** What is shown, and shown again after it was not accepted. */
export interface SetupForm {
  readonly token: string;
  readonly email: string;
  readonly messages: Messages;
}

/** The form that makes the first superuser. */
export function setupView({ setup }: Texts, { token, email, messages }: SetupForm): PlainView {
  return {
    title: setup.title,
    body: html`
      <p>${setup.intro}</p>
      ${formMessage(messages, setup.notCreated)}
      <form action="/_/setup?token=${encodeURIComponent(token)}" method="post">
        ${textField({
          ...{ name: 'email', label: setup.email, value: email, type: 'email', messages },
          ...{ isRequired: true, maxLength: 255, autocomplete: 'username', isFirst: true },
        })}
        ${textField({
          ...{
            name: 'password',
            label: setup.password,
            type: 'password',
            hint: setup.passwordHint,
            messages,
          },
          ...{ isRequired: true, minLength: 8, autocomplete: 'new-password' },
        })}
        ${textField({
          ...{ name: 'passwordConfirm', label: setup.passwordConfirm, type: 'password', messages },
          ...{ isRequired: true, minLength: 8, autocomplete: 'new-password' },
        })}
        <div class="buttons"><button class="primary" type="submit">${setup.create}</button></div>
      </form>`,
  };
}

/** Shown for a link that is wrong, used, or from before a restart. */
export function refusedView({ setup }: Texts, isNeeded: boolean): PlainView {
  return {
    title: setup.refusedTitle,
    status: 403,
    body: isNeeded
      ? html`<p>${setup.refusedNeeded}</p>
          <p>${setup.refusedInstead} <code>dossier superuser create EMAIL</code>.</p>`
      : html`<p>${setup.refusedDone} <code>dossier superuser upsert EMAIL</code>.</p>
          <p><a href="/_/">${setup.toSignIn}</a></p>`,
  };
}

/** Shown at the start while there is nobody who could sign in. */
export function waitingView({ setup }: Texts): PlainView {
  return {
    title: setup.waitingTitle,
    body: html`<p role="status"><strong>${setup.waiting}</strong> ${setup.waitingHow}</p>`,
  };
}
