import { type Html, html } from '../../html.ts';
import type { GridState } from './grid-state.ts';

/** What the address says beside what the form itself asks. */
export function hiddenState({ filter, sort, columns, isChosen }: GridState): Html {
  const field = (name: string, value: string) => html`<input type="hidden" name="${name}" value="${value}">`;
  return html`${filter !== '' && field('filter', filter)}${sort !== '' && field('sort', sort)}${
    isChosen && columns.map(({ name }) => field('column', name))
  }`;
}
