import { AppError, type Collection } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { ownPasswordField, ownPasswordProblem } from '../../own-password.ts';
import {
  csrfField,
  formMessage,
  type Messages,
  noMessages,
  selectField,
  textField,
} from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { accountMessages } from './messages.ts';
import { accountPath, accountsPath } from './paths.ts';
import { accountCollections } from './read.ts';

const OWN = 'ownPassword';

/** Asks for the e-mail and password of a new account. */
export function newAccountView(
  visit: Visit,
  collections: readonly Collection[],
  typed: { readonly collection: string; readonly email: string; readonly isVerified: boolean },
  messages: Messages = noMessages,
): PageView {
  const { accounts, setup, frame } = visit.texts;
  return {
    title: accounts.newTitle,
    section: 'accounts',
    crumbs: [{ text: accounts.title, path: accountsPath(typed.collection || undefined) }],
    status: messages.size === 0 ? 200 : 422,
    body: html`${formMessage(messages, frame.checkFields)}
      <form class="card" action="/_/accounts" method="post">
        ${csrfField(visit)}
        ${selectField({
          ...{ name: 'collection', label: accounts.ofCollection, value: typed.collection },
          options: collections.map(({ name }) => ({ value: name, text: name })),
        })}
        <p class="hint">${accounts.superuserHint}</p>
        ${textField({
          ...{ name: 'email', label: setup.email, type: 'email', value: typed.email, messages },
          ...{ isRequired: true, maxLength: 255, autocomplete: 'off', isFirst: true },
        })}
        ${passwordFields(visit, messages)}
        ${ownPasswordField(visit, { name: OWN, messages, hint: accounts.ownPasswordHint, isRequired: false })}
        <label class="check"><input type="checkbox" name="verified" value="1"${typed.isVerified && html` checked`}> ${accounts.isVerified}</label>
        <div class="buttons"><button class="primary" type="submit">${accounts.create}</button></div>
      </form>`,
  };
}

/** A new password, typed twice. */
export function passwordFields({ texts }: Visit, messages: Messages) {
  const { setup } = texts;
  const field = { type: 'password', autocomplete: 'new-password', isRequired: true, messages } as const;
  return html`${textField({ ...field, name: 'password', label: setup.password, hint: setup.passwordHint })}
    ${textField({ ...field, name: 'passwordConfirm', label: setup.passwordConfirm })}`;
}

/** Makes it, and leads to its page. */
export async function makeAccount(console: Console, visit: Visit, form: Form): Promise<Response> {
  const { core, page } = console;
  const collections = accountCollections(core);
  const collection = collections.find(({ name }) => name === form.get('collection'));
  if (collection === undefined) throw new AppError('not_found', { reason: 'collection' });
  const typed = {
    ...{ collection: collection.name, email: form.get('email').trim() },
    isVerified: form.get('verified') === '1',
  };
  const again = (messages: Messages) => page(visit, newAccountView(visit, collections, typed, messages));
  const [password, passwordConfirm] = [form.get('password'), form.get('passwordConfirm')];
  if (password !== passwordConfirm)
    return again(new Map([['passwordConfirm', visit.texts.credentialIssues.differs]]));
  const problem = collection.system && (await ownPasswordProblem(console, visit, form, OWN));
  if (problem) return again(problem);
  try {
    const input = { email: typed.email, password, passwordConfirm, verified: typed.isVerified };
    const { values } = await core.records.create(visit.actor, collection, input);
    return seeOther(visit, accountPath(collection.name, String(values.id)), { note: 'accountMade' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    return again(accountMessages(error.issues, visit));
  }
}
