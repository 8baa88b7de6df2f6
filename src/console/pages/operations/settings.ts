import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Texts } from '../../texts/index.ts';
import type { Form, Visit } from '../../visit.ts';
import {
  type SettingInfo,
  type SettingsProblems,
  settingsView,
  shownValue,
  wasName,
} from './settings-view.ts';

const PATH = '/_/operations/settings';
const noProblems: SettingsProblems = { messages: noMessages, typed: undefined, to: undefined };

/** What can be configured while the server runs, and a test of its mail. */
export const settingsPages = (console: Console) =>
  new Elysia({ name: 'console.settings' })
    .get('/operations/settings', ({ request }) =>
      console.show(request, (visit) => show(console.core, visit, noProblems)),
    )
    .post(
      '/operations/settings',
      ({ request }) => console.act(request, (visit, form) => save(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/operations/settings/test-mails',
      ({ request }) => console.act(request, (visit, form) => sendMail(console, visit, form)),
      { parse: 'none' },
    );

async function show(core: Core, visit: Visit, problems: SettingsProblems) {
  return settingsView(visit, await core.settings.list(visit.actor), problems);
}

async function again({ core, page }: Console, visit: Visit, problems: SettingsProblems): Promise<Response> {
  return page(visit, { ...(await show(core, visit, problems)), status: 422 });
}

async function save(console: Console, visit: Visit, form: Form): Promise<Response> {
  const { settings } = console.core;
  const all = await settings.list(visit.actor);
  const changes = form.has('reset')
    ? { [form.get('reset')]: null }
    : Object.fromEntries(all.flatMap((info) => changeOf(info, form)));
  try {
    await settings.save(visit.actor, changes);
    return seeOther(visit, PATH, { note: 'settingsSaved' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    return again(console, visit, { ...noProblems, messages: messagesOf(error, visit.texts), typed: form });
  }
}

/** What the form changes of a setting. Blank gives it back to its default; of a secret blank means to leave it. */
function changeOf(info: SettingInfo, form: Form): [string, unknown][] {
  const { key, control, held } = info;
  if (held || !form.has(key)) return [];
  const typed = form.get(key).trim().replaceAll('\r\n', '\n');
  if (control === 'secret') {
    if (form.has(`${key}.clear`)) return [[key, null]];
    return typed === '' ? [] : [[key, form.get(key)]];
  }
  const was = wasName(key);
  if (typed === (form.has(was) ? form.get(was).replaceAll('\r\n', '\n') : shownValue(info))) return [];
  if (typed === '') return [[key, null]];
  if (control === 'flag') return [[key, typed === 'true']];
  return [[key, control === 'list' ? typed.split('\n').map((line) => line.trim()) : typed]];
}

function messagesOf({ issues }: AppError, { settings }: Texts): Messages {
  return new Map(
    issues.map(({ path, code, params }) => {
      if (code === 'held') return [path, settings.held(String(params?.origin ?? ''))];
      if (code !== 'invalid_value') return [path, settings.notTaken];
      return [path, settings.expected(String(params?.expected ?? ''))];
    }),
  );
}

async function sendMail(console: Console, visit: Visit, form: Form): Promise<Response> {
  const { settings } = visit.texts;
  const to = form.get('to').trim();
  try {
    const mail = { to, subject: settings.mailSubject, text: settings.mailText };
    await console.core.settings.testMail(visit.actor, mail);
    return seeOther(visit, PATH, { note: 'mailSent' });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const text = error.code === 'invalid' ? visit.texts.credentialIssues.is_email : settings.mailFailed;
    return again(console, visit, { ...noProblems, messages: new Map([['to', text]]), to });
  }
}
