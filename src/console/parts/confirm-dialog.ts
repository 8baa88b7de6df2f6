import { type Html, html } from '../html.ts';
import type { Form, Visit } from '../visit.ts';
import { csrfField } from './form.ts';

/** Something that cannot be undone, and what has to be typed before it is done. */
export interface Confirmation {
  /** Unlike any other of the page. The address `?confirm=<id>` shows the page with the dialog open. */
  readonly id: string;
  /** Where the form goes. */
  readonly action: string;
  /** What the button that opens it and its own button say. */
  readonly verb: string;
  readonly body: string;
  /** The name to type, exactly. */
  readonly typed: string;
  /** What else is asked for. */
  readonly more?: Html;
  /** What else was asked for is wrong: it is open. */
  readonly isWrong?: boolean;
}

/** Whether the name that was asked for was typed: ask before you do it. */
export function isConfirmed(form: Form, typed: string): boolean {
  return form.get('confirm').trim() === typed;
}

/**
 * A button that opens a dialog with a form. Without script it is a link to this page with the dialog open. `isWrong`: something
 * else was typed.
 */
export function confirmDialog(
  visit: Visit,
  { id, action, verb, body, typed, more, isWrong: isMoreWrong = false }: Confirmation,
  isWrong = false,
): Html {
  const { frame } = visit.texts;
  const isOpen = isWrong || isMoreWrong || visit.url.searchParams.get('confirm') === id;
  return html`<confirm-dialog>
    <a class="button danger" href="?confirm=${id}" data-open>${verb}…</a>
    <dialog id="${id}" aria-labelledby="${id}-title"${isOpen && html` open`}>
      <form action="${action}" method="post">
        ${csrfField(visit)}
        <h2 id="${id}-title">${verb}</h2>
        <p>${body}</p>
        <div class="field">
          <label for="${id}-typed">${frame.typeToConfirm(typed)}</label>
          <input id="${id}-typed" name="confirm" required autocomplete="off" autocapitalize="off" spellcheck="false"
            data-typed="${typed}"${isWrong && html` aria-invalid="true" aria-describedby="${id}-error"`}>
          ${isWrong && html`<span id="${id}-error" class="error">${frame.notConfirmed(typed)}</span>`}
        </div>
        ${more}
        <div class="buttons">
          <button class="danger" type="submit">${verb}</button>
          <a class="button" href="${visit.url.pathname}" data-close>${frame.cancel}</a>
        </div>
      </form>
    </dialog>
  </confirm-dialog>`;
}
