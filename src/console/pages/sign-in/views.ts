import type { PlainView } from '../../console.ts';
import { html } from '../../html.ts';
import { formMessage, noMessages, textField } from '../../parts/form.ts';
import type { Texts } from '../../texts/index.ts';

/** What is shown, and shown again after it was wrong. */
export interface SignInForm {
  /** Where it leads. */
  readonly next: string;
  readonly email: string;
  readonly message?: string;
}

/** The login. */
export function signInView({ signIn }: Texts, { next, email, message }: SignInForm): PlainView {
  return {
    title: signIn.title,
    body: html`
      ${formMessage(message === undefined ? noMessages : new Map([['', message]]), '')}
      <form action="/_/login" method="post">
        <input type="hidden" name="next" value="${next}">
        ${textField({
          ...{ name: 'email', label: signIn.email, value: email, type: 'email', messages: noMessages },
          ...{ isRequired: true, maxLength: 255, autocomplete: 'username', isFirst: email === '' },
        })}
        ${textField({
          ...{ name: 'password', label: signIn.password, type: 'password', messages: noMessages },
          ...{ isRequired: true, autocomplete: 'current-password', isFirst: email !== '' },
        })}
        <div class="buttons"><button class="primary" type="submit">${signIn.signIn}</button></div>
      </form>
      <p class="hint">${signIn.forgotten} <code>dossier superuser upsert EMAIL</code></p>`,
  };
}

/** The second step of an account with an authenticator app. */
export function codeView(
  { signIn }: Texts,
  form: { readonly next: string; readonly pending: string; readonly message?: string },
): PlainView {
  const { next, pending, message } = form;
  return {
    title: signIn.codeTitle,
    body: html`
      <p>${signIn.codeIntro}</p>
      ${formMessage(message === undefined ? noMessages : new Map([['', message]]), '')}
      <form action="/_/login/code" method="post">
        <input type="hidden" name="next" value="${next}">
        <input type="hidden" name="pending" value="${pending}">
        ${textField({
          ...{ name: 'code', label: signIn.code, messages: noMessages, isRequired: true, maxLength: 20 },
          ...{ autocomplete: 'one-time-code', inputMode: 'numeric', isFirst: true },
        })}
        <div class="buttons"><button class="primary" type="submit">${signIn.continue}</button>
          <a class="button" href="/_/login?next=${encodeURIComponent(next)}">${signIn.title}</a></div>
      </form>`,
  };
}
