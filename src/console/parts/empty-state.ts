import { type Html, html } from '../html.ts';
import { icon } from './icon.ts';

/** What stands where nothing is: why, and what to do next. */
export function emptyState(view: {
  readonly title: string;
  readonly body: string;
  readonly action?: Html;
}): Html {
  return html`<div class="empty">${icon('empty')}<h2>${view.title}</h2><p>${view.body}</p>${view.action}</div>`;
}
