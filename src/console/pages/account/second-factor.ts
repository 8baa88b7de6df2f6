import { Elysia } from 'elysia';
import { AppError } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { ownPasswordField, ownPasswordProblem } from '../../own-password.ts';
import { csrfField, formMessage, type Messages, noMessages, textField } from '../../parts/form.ts';
import { qrCode } from '../../parts/qr-code.ts';
import { seeOther } from '../../respond.ts';
import type { Texts } from '../../texts/index.ts';
import type { Form, Visit } from '../../visit.ts';
import { waitText } from '../sign-in/wait.ts';

const PATH = '/_/account/second-factor';

/** Switching one's own authenticator app on, by the password and then its first code, and off, by a code. */
export const secondFactorPages = (
  console: Console,
  again: (visit: Visit, factor: Messages) => Promise<Response>,
) =>
  new Elysia({ name: 'console.second-factor' })
    .post(
      '/account/second-factor',
      ({ request }) => console.act(request, (visit, form) => begin(console, visit, form, again)),
      { parse: 'none' },
    )
    .post(
      '/account/second-factor/confirmation',
      ({ request }) => console.act(request, (visit, form) => confirm(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/account/second-factor/removal',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          try {
            await console.core.auth.totp.remove(visit.actor, codeOf(form));
          } catch (error) {
            return again(visit, problemOf(error, visit.texts));
          }
          return seeOther(visit, '/_/account', { note: 'ownFactorOff' });
        }),
      { parse: 'none' },
    );

/** The part of the account's page about it. */
export function factorForm(visit: Visit, isOn: boolean, messages: Messages): Html {
  const { account, signIn, frame } = visit.texts;
  return html`<section class="card" aria-labelledby="factor-title">
    <h2 id="factor-title">${account.factorTitle}</h2>
    ${formMessage(messages, frame.checkFields)}
    <p>${isOn ? account.factorOn : account.factorOff}</p>
    <p class="hint">${account.factorLost}</p>
    <form action="${isOn ? `${PATH}/removal` : PATH}" method="post">${csrfField(visit)}
      ${
        isOn
          ? codeField(visit.texts, messages)
          : ownPasswordField(visit, { name: 'factorPassword', messages })
      }
      <div class="buttons"><button type="submit">${isOn ? account.factorSwitchOff : account.factorSwitchOn}</button></div>
    </form>
    ${isOn && html`<p class="hint">${signIn.codeIntro}</p>`}
  </section>`;
}

async function begin(
  console: Console,
  visit: Visit,
  form: Form,
  again: (visit: Visit, factor: Messages) => Promise<Response>,
): Promise<Response> {
  const { texts, actor } = visit;
  const { auth } = console.core;
  try {
    // A session that somebody left open must not lock its owner out.
    const problem = await ownPasswordProblem(console, visit, form, 'factorPassword');
    if (problem !== undefined) return await again(visit, problem);
    const { secret, url } = await auth.totp.begin(actor);
    return await enrolment(console, visit, { secret, url, messages: noMessages }, 200);
  } catch (error) {
    return again(visit, problemOf(error, texts));
  }
}

async function confirm(console: Console, visit: Visit, form: Form): Promise<Response> {
  try {
    await console.core.auth.totp.confirm(visit.actor, codeOf(form));
  } catch (error) {
    const messages = problemOf(error, visit.texts);
    return enrolment(console, visit, { secret: form.get('secret'), url: form.get('url'), messages }, 422);
  }
  return seeOther(visit, '/_/account', { note: 'ownFactorOn' });
}

interface Enrolment {
  /** Base32, as apps take it by hand. */
  readonly secret: string;
  readonly url: string;
  readonly messages: Messages;
}

/** The only page that shows the secret; it is asked for anew where it is lost. */
async function enrolment(
  { page }: Console,
  visit: Visit,
  { secret, url, messages }: Enrolment,
  status: number,
): Promise<Response> {
  const { texts } = visit;
  const { account, frame } = texts;
  const isOurs = /^otpauth:\/\/totp\/\S{1,500}$/.test(url);
  const view: PageView = {
    title: account.factorTitle,
    crumbs: [{ text: account.title, path: '/_/account' }],
    body: html`${formMessage(messages, frame.checkFields)}
      <p>${account.factorScan}</p>
      ${isOurs && (await qrCode(url, account.factorPicture))}
      <p>${account.factorByHand} <code id="factor-secret" class="secret">${secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></p>
      <form action="${PATH}/confirmation" method="post">${csrfField(visit)}
        <input type="hidden" name="secret" value="${secret}"><input type="hidden" name="url" value="${url}">
        ${codeField(texts, messages)}
        <div class="buttons"><button class="primary" type="submit">${account.factorConfirm}</button>
          <a class="button" href="/_/account">${frame.cancel}</a></div>
      </form>`,
    status,
  };
  return page(visit, view);
}

function codeField({ signIn }: Texts, messages: Messages): Html {
  return textField({
    ...{ name: 'code', label: signIn.code, messages, isRequired: true, maxLength: 20 },
    ...{ autocomplete: 'one-time-code', inputMode: 'numeric' },
  });
}

function codeOf(form: Form): string {
  return form.get('code').replaceAll(/\s/g, '');
}

function problemOf(error: unknown, { signIn, frame }: Texts): Messages {
  if (!(error instanceof AppError)) throw error;
  const { reason = '' } = error;
  if (reason === 'totp') return new Map([['code', signIn.badCode]]);
  if (reason === 'too_many_attempts') return new Map([['', waitText(error, signIn)]]);
  const known = Object.hasOwn(frame.reasons, reason) ? frame.reasons[reason] : undefined;
  if (known === undefined) throw error;
  return new Map([['', known]]);
}
