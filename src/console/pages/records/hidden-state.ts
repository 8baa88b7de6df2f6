import { type Html, html } from '../../html.ts';
import { type GridState, rowsInAddress } from './grid-state.ts';

/** What the address says beside what the form itself asks. */
export function hiddenState(state: GridState): Html {
  const { filter, sort, columns, isChosen } = state;
  const rows = rowsInAddress(state);
  const field = (name: string, value: string) => html`<input type="hidden" name="${name}" value="${value}">`;
  return html`${filter !== '' && field('filter', filter)}${sort !== '' && field('sort', sort)}${
    isChosen && columns.map(({ name }) => field('column', name))
  }${rows !== undefined && field('rows', rows)}`;
}
