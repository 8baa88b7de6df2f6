import { type Html, html } from '../../html.ts';
import { areaField } from '../../parts/area-field.ts';
import { type Messages, textField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { type AuthDraft, type AuthSetting, authGroups, authInputName } from './auth-settings.ts';

/** The settings of accounts, in groups of which those of e-mails are closed. */
export function authView(visit: Visit, draft: AuthDraft, messages: Messages): Html | undefined {
  if (draft === undefined) return undefined;
  const { accounts } = visit.texts.definition;
  return html`<h2>${accounts.title}</h2>
    <input type="hidden" name="auth" value="1">
    <p class="hint">${accounts.notYet}</p>
    ${authGroups.map(({ title, settings }) => {
      const isOpen = settings.some(({ path }) => messages.has(authInputName(path)));
      return html`<details class="card wide"${(isOpen || title === 'signIn') && html` open`}>
        <summary>${accounts.groups[title]}</summary>
        <div class="field-options">${settings.map((setting) =>
          settingView(visit, setting, draft.get(setting.path) ?? '', messages),
        )}</div>
      </details>`;
    })}`;
}

function settingView(
  { texts }: Visit,
  { path, kind, label }: AuthSetting,
  value: string,
  messages: Messages,
): Html {
  const { labels, hints } = texts.definition.accounts;
  const name = authInputName(path);
  const message = messages.get(name);
  const hint = Object.entries(hints).find(([key]) => key === label)?.[1];
  const field = { name, label: labels[label], value, messages, ...(hint !== undefined && { hint }) };
  switch (kind) {
    case 'flag': {
      const described = [hint && `${name}-hint`, message !== undefined && `${name}-error`].filter(Boolean);
      return html`<div class="field">
        <label class="check"><input type="checkbox" id="${name}" name="${name}" value="1"${value === '1' && html` checked`}${
          described.length > 0 && html` aria-describedby="${described.join(' ')}"`
        }${message !== undefined && html` aria-invalid="true"`}> ${labels[label]}</label>
        ${hint && html`<span id="${name}-hint" class="hint">${hint}</span>`}
        ${message !== undefined && html`<span id="${name}-error" class="error">${message}</span>`}
      </div>`;
    }
    case 'lines':
      return areaField({ ...field, rows: 3 });
    case 'body':
      return areaField({ ...field, rows: 12, isCode: true });
    case 'count':
      return textField({ ...field, inputMode: 'numeric', autocomplete: 'off' });
    case 'text':
      return textField({ ...field, autocomplete: 'off' });
  }
}
