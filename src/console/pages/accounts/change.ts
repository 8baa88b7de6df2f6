import { AppError } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { refusal } from '../../failures.ts';
import { ownPasswordProblem } from '../../own-password.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import {
  type AccountDetail,
  accountDetailView,
  isOwn,
  ownPasswordNames,
  tokenTimes,
} from './account-view.ts';
import { accountMessages } from './messages.ts';
import { accountPath, accountsPath } from './paths.ts';
import { labelOf, refOf } from './read.ts';

/** Gives an account another password, which ends its sessions. One's own is changed with the old one. */
export async function setPassword(
  console: Console,
  visit: Visit,
  form: Form,
  detail: AccountDetail,
): Promise<Response> {
  const { core, page } = console;
  const { accounts, credentialIssues } = visit.texts;
  const again = (messages: ReadonlyMap<string, string>) =>
    page(visit, accountDetailView(visit, { ...detail, messages }));
  if (isOwn(visit, detail)) return again(new Map([['', accounts.ownAccount]]));
  const [password, passwordConfirm] = [form.get('password'), form.get('passwordConfirm')];
  if (password !== passwordConfirm) return again(new Map([['passwordConfirm', credentialIssues.differs]]));
  const { collection, account } = detail;
  const problem =
    collection.system && (await ownPasswordProblem(console, visit, form, ownPasswordNames.password));
  if (problem) return again(problem);
  const id = String(account.record.values.id);
  try {
    await core.records.update(visit.actor, collection, id, { password, passwordConfirm });
    return seeOther(visit, accountPath(collection.name, id), { note: 'accountPasswordSet' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    return again(accountMessages(error.issues, visit));
  }
}

/** Takes the e-mail of an account for verified. */
export async function verifyAccount(
  { core, page }: Console,
  visit: Visit,
  detail: AccountDetail,
): Promise<Response> {
  const { collection, account } = detail;
  const id = String(account.record.values.id);
  try {
    await core.records.update(visit.actor, collection, id, { verified: true });
    return seeOther(visit, accountPath(collection.name, id), { note: 'accountVerified' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    const messages = accountMessages(error.issues, visit);
    return page(visit, accountDetailView(visit, { ...detail, messages }));
  }
}

/** Deletes an account once its name is typed; not one's own, and not the last superuser. A superuser's goes by one's own password. */
export async function deleteAccount(
  console: Console,
  visit: Visit,
  form: Form,
  detail: AccountDetail,
): Promise<Response> {
  const { core, page } = console;
  const { accounts, records, frame } = visit.texts;
  const { collection, account } = detail;
  const again = (message: string) =>
    page(visit, accountDetailView(visit, { ...detail, messages: new Map([['', message]]) }));
  if (isOwn(visit, detail)) return again(accounts.ownAccount);
  if (!isConfirmed(form, labelOf(account.record)))
    return page(visit, accountDetailView(visit, { ...detail, unconfirmed: 'delete-account' }));
  const messages =
    collection.system && (await ownPasswordProblem(console, visit, form, ownPasswordNames.deletion));
  if (messages)
    return page(visit, accountDetailView(visit, { ...detail, messages, refused: 'delete-account' }));
  try {
    await core.records.delete(visit.actor, collection, String(account.record.values.id));
    return seeOther(visit, accountsPath(collection.name), { note: 'accountDeleted' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    return again(error.reason === 'required_reference' ? records.form.deleteHeld : refusal(error, frame));
  }
}

/** Switches a lost authenticator app off once the account's name is typed. One's own is switched off by its code. */
export async function switchOffFactor(
  console: Console,
  visit: Visit,
  form: Form,
  detail: AccountDetail,
): Promise<Response> {
  const { core, page } = console;
  const { collection, account } = detail;
  if (isOwn(visit, detail)) {
    const messages = new Map([['', visit.texts.accounts.ownAccount]]);
    return page(visit, accountDetailView(visit, { ...detail, messages }));
  }
  if (!isConfirmed(form, labelOf(account.record)))
    return page(visit, accountDetailView(visit, { ...detail, unconfirmed: 'switch-off' }));
  const messages = await ownPasswordProblem(console, visit, form, ownPasswordNames.factor);
  if (messages !== undefined)
    return page(visit, accountDetailView(visit, { ...detail, messages, refused: 'switch-off' }));
  await core.auth.totp.forget(visit.actor, refOf(collection, account.record));
  const path = accountPath(collection.name, String(account.record.values.id));
  return seeOther(visit, path, { note: 'secondFactorEnded' });
}

/** Shows a token that speaks for the account, once: it cannot be renewed. Superusers' are none of what apps are tested with. */
export async function makeToken(
  console: Console,
  visit: Visit,
  form: Form,
  detail: AccountDetail,
): Promise<Response> {
  const { core, page } = console;
  const { collection, account } = detail;
  if (collection.system) throw new AppError('not_found', { reason: 'account' });
  const duration = tokenTimes.find((one) => String(one) === form.get('duration')) ?? tokenTimes[0];
  const messages = await ownPasswordProblem(console, visit, form, ownPasswordNames.token);
  if (messages !== undefined) return page(visit, accountDetailView(visit, { ...detail, messages }));
  const id = String(account.record.values.id);
  const { token } = await core.auth.impersonate(visit.actor, collection, id, duration);
  return page(visit, accountDetailView(visit, { ...detail, token }));
}
