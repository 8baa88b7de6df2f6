import { type Html, html } from '../html.ts';
import type { Messages } from './form.ts';

/** A field for several lines, with its label, hint and message. */
export interface AreaField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly rows: number;
  readonly hint?: string;
  readonly messages: Messages;
  /** Code: in letters of one width, and nothing is corrected. */
  readonly isCode?: boolean;
}

/** An {@link AreaField} as markup. */
export function areaField({ name, label, value, rows, hint, messages, isCode }: AreaField): Html {
  const message = messages.get(name);
  const described = [hint && `${name}-hint`, message !== undefined && `${name}-error`].filter(Boolean);
  // A browser drops the first line break of a textarea.
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <textarea id="${name}" name="${name}" rows="${rows}"${
      isCode && html` class="mono" spellcheck="false" autocapitalize="off" autocomplete="off"`
    }${described.length > 0 && html` aria-describedby="${described.join(' ')}"`}${
      message !== undefined && html` aria-invalid="true"`
    }>
${value}</textarea>
    ${hint && html`<span id="${name}-hint" class="hint">${hint}</span>`}
    ${message !== undefined && html`<span id="${name}-error" class="error">${message}</span>`}
  </div>`;
}
