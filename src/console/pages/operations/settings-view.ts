import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField, formMessage, type Messages, textField } from '../../parts/form.ts';
import type { Form, Visit } from '../../visit.ts';
import { operationsTabs } from './tabs.ts';

/** One thing that can be configured. */
export type SettingInfo = Awaited<ReturnType<Core['settings']['list']>>[number];

/** What was wrong with what was sent. */
export interface SettingsProblems {
  /** By keys of settings; `to` for the test message. */
  readonly messages: Messages;
  /** What was typed. */
  readonly typed: Form | undefined;
  /** Where the test message was to go. */
  readonly to: string | undefined;
}

/** The page of settings: a form for each group of them. */
export function settingsView(
  visit: Visit,
  all: readonly SettingInfo[],
  problems: SettingsProblems,
): PageView {
  const { settings } = visit.texts;
  const groups = Object.entries(Object.groupBy(all, ({ key }) => key.split('.')[0] ?? ''));
  return {
    title: settings.title,
    section: 'operations',
    tabs: operationsTabs(visit, 'settings'),
    body: html`<p class="muted">${settings.body}</p>
      ${formMessage(problems.messages, visit.texts.frame.checkFields)}
      <form id="resets" action="/_/operations/settings" method="post">${csrfField(visit)}</form>
      ${groups.map(([name, infos]) => group(visit, name, infos ?? [], problems))}
      ${testMail(visit, problems)}
      <section class="card" aria-labelledby="storage-title">
        <h2 id="storage-title">${settings.storageTitle}</h2>
        <p>${settings.storageBody}</p>
        <p><a class="button" href="/_/operations/storage">${settings.storageLink}</a></p>
      </section>`,
  };
}

/** The name of the input that says how a value stood when the page was shown: what somebody else saves meanwhile stays. */
export function wasName(key: string): string {
  return `was.${key}`;
}

/** How a value stands in its field; '' for what nobody set, and for secrets. */
export function shownValue({ value, origin, control }: SettingInfo): string {
  if (value === undefined || origin === 'default' || control === 'secret') return '';
  const plain: unknown = parsed(value);
  return Array.isArray(plain) ? plain.map(String).join('\n') : String(plain);
}

function group(visit: Visit, name: string, infos: readonly SettingInfo[], problems: SettingsProblems): Html {
  const { settings } = visit.texts;
  return html`<section class="card" aria-labelledby="group-${name}">
    <h2 id="group-${name}">${wordOf(settings.groups, name) ?? name}</h2>
    <form action="/_/operations/settings" method="post">
      ${csrfField(visit)}
      ${infos.map((info) => field(visit, info, problems))}
      <div class="buttons"><button type="submit">${settings.save}</button></div>
    </form>
  </section>`;
}

function field(visit: Visit, info: SettingInfo, { messages, typed }: SettingsProblems): Html {
  const { settings } = visit.texts;
  const { key, held, doc, fallback, applies, isSet, control, originName, origin } = info;
  const message = messages.get(key);
  const label = wordOf(settings.labels, key) ?? key;
  return html`<div class="field">
    <label for="${key}">${label} <code class="key">${key}</code>${isSet && control === 'secret' && html` <span class="badge">${settings.isSet}</span>`}</label>
    ${!held && control !== 'secret' && html`<input type="hidden" name="${wasName(key)}" value="${typed?.has(wasName(key)) ? typed.get(wasName(key)) : shownValue(info)}">`}
    ${controlOf(visit, info, typed?.has(key) ? typed.get(key) : shownValue(info), message !== undefined)}
    ${
      control === 'secret' &&
      isSet &&
      !held &&
      html`<label class="check"><input type="checkbox" name="${key}.clear" value="1"> ${settings.clear}</label>`
    }
    <span id="${key}-hint" class="hint">${said(settings.docs, key, doc)} ${settings.fallback} ${said(settings.fallbacks, fallback, fallback)}.${
      held
        ? html` ${settings.held(originName || origin)}`
        : applies === 'after_restart' && html` ${settings.afterRestart}`
    }</span>
    ${
      origin === 'saved' &&
      control !== 'secret' &&
      html`<span class="source"><span class="badge">${settings.origins.saved}</span>
      <button type="submit" form="resets" name="reset" value="${key}" aria-label="${settings.resetOf(label)}">${settings.reset}</button></span>`
    }
    ${message !== undefined && html`<span id="${key}-error" class="error">${message}</span>`}
  </div>`;
}

function controlOf(visit: Visit, info: SettingInfo, value: string, isWrong: boolean): Html {
  const { settings } = visit.texts;
  const { key, control, held, choices } = info;
  const common = html`id="${key}" name="${key}"${held && html` disabled`} aria-describedby="${isWrong ? `${key}-error ` : ''}${key}-hint"${isWrong && html` aria-invalid="true"`}`;
  if (control === 'list') return html`<textarea ${common} rows="3" class="mono">${value}</textarea>`;
  if (control === 'secret') return html`<input ${common} type="password" autocomplete="new-password">`;
  if (control === 'text')
    return html`<input ${common} value="${value}" autocomplete="off" spellcheck="false">`;
  const options =
    control === 'flag'
      ? [
          { value: 'true', text: settings.on },
          { value: 'false', text: settings.off },
        ]
      : choices.map((one) => ({ value: one, text: one }));
  return html`<select ${common}>${[{ value: '', text: settings.byDefault }, ...options].map(
    (option) =>
      html`<option value="${option.value}"${option.value === value && html` selected`}>${option.text}</option>`,
  )}</select>`;
}

function testMail(visit: Visit, { messages, to }: SettingsProblems): Html {
  const { settings } = visit.texts;
  return html`<section class="card" aria-labelledby="mail-title">
    <h2 id="mail-title">${settings.mailTitle}</h2>
    <form action="/_/operations/settings/test-mails" method="post">
      ${csrfField(visit)}
      ${textField({ name: 'to', label: settings.mailTo, value: to ?? visit.email, type: 'email', messages, isRequired: true })}
      <div class="buttons"><button type="submit">${settings.mailSend}</button></div>
    </form>
  </section>`;
}

/** Words of the page's language where there are some, else the English ones of the server, which are marked as such. */
function said(words: Readonly<Record<string, string>>, key: string, english: string): Html {
  const own = wordOf(words, key);
  return own === undefined ? html`<span lang="en">${marked(english)}</span>` : marked(own);
}

function wordOf(words: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(words, key) ? words[key] : undefined;
}

/** Text with backticks: what is between them is code. */
function marked(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
