import { type Html, html } from '../html.ts';

/** Where short messages appear; with one that is there from the beginning. Screen readers tell what is put into it. */
export function toast(text: string | undefined): Html {
  return html`<toast-messages id="toasts" role="status">${text !== undefined && html`<p class="toast">${text}</p>`}</toast-messages>`;
}
