import { type Html, html } from '../html.ts';
import type { Visit } from '../visit.ts';

/** Messages by field; '' stands for the whole form. */
export type Messages = ReadonlyMap<string, string>;

/** No messages. */
export const noMessages: Messages = new Map();

/** The hidden field that every form of a signed-in page carries. */
export function csrfField({ csrf }: Pick<Visit, 'csrf'>): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">`;
}

/** The message of the whole form, read out at once. */
export function formMessage(messages: Messages, otherwise: string): Html | undefined {
  if (messages.size === 0) return undefined;
  return html`<p role="alert" class="notice error">${messages.get('') ?? otherwise}</p>`;
}

/** An input with its label, hint and message. */
export interface TextField {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly type?: 'text' | 'email' | 'password' | 'search';
  readonly hint?: string;
  readonly messages: Messages;
  readonly isRequired?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly autocomplete?: string;
  readonly inputMode?: 'numeric' | 'text';
  /** The place to begin with; at most one of a page. */
  readonly isFirst?: boolean;
}

/** An {@link TextField} as markup. */
export function textField(field: TextField): Html {
  const { name, label, value = '', type = 'text', hint, messages } = field;
  const message = messages.get(name);
  const described = [hint && `${name}-hint`, message !== undefined && `${name}-error`]
    .filter(Boolean)
    .join(' ');
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="${type}"${type !== 'password' && html` value="${value}"`}${
      field.isRequired && html` required`
    }${field.minLength && html` minlength="${field.minLength}"`}${
      field.maxLength && html` maxlength="${field.maxLength}"`
    }${field.autocomplete && html` autocomplete="${field.autocomplete}"`}${
      field.inputMode && html` inputmode="${field.inputMode}"`
    }${field.isFirst && html` autofocus`}${described !== '' && html` aria-describedby="${described}"`}${
      message !== undefined && html` aria-invalid="true"`
    }>
    ${hint && html`<span id="${name}-hint" class="hint">${hint}</span>`}
    ${message !== undefined && html`<span id="${name}-error" class="error">${message}</span>`}
  </div>`;
}

/** One of a few values. */
export interface SelectField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly messages?: Messages;
}

/** A {@link SelectField} as markup. */
export function selectField({ name, label, value, options, messages }: SelectField): Html {
  const message = messages?.get(name);
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}"${
      message !== undefined && html` aria-invalid="true" aria-describedby="${name}-error"`
    }>${options.map(
      (option) =>
        html`<option value="${option.value}"${option.value === value && html` selected`}>${option.text}</option>`,
    )}</select>
    ${message !== undefined && html`<span id="${name}-error" class="error">${message}</span>`}
  </div>`;
}
