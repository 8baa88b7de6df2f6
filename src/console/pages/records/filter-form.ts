import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import { type GridState, gridPath } from './grid-state.ts';
import { hiddenState } from './hidden-state.ts';
import { collectionPath } from './paths.ts';

/** The expression that the records shown are asked for; `problem` says why it cannot be. */
export function filterForm(
  visit: Visit,
  collection: Collection,
  state: GridState,
  problem: string | undefined,
): Html {
  const { records } = visit.texts;
  const path = collectionPath(collection.name);
  return html`<form class="toolbar grow" action="${path}" method="get" role="search" hx-get="${path}">
    ${hiddenState({ ...state, filter: '' })}
    <div class="field grow">
      <label for="filter">${records.filter}</label>
      <input id="filter" name="filter" type="search" class="mono" value="${state.filter}" autocomplete="off"
        autocapitalize="off" spellcheck="false" maxlength="3500" aria-describedby="filter-${problem === undefined ? 'hint' : 'error'}"${
          problem !== undefined && html` aria-invalid="true"`
        }>
      ${
        problem === undefined
          ? html`<span id="filter-hint" class="hint">${records.filterHint}</span>`
          : html`<span id="filter-error" class="error" role="alert">${problem}</span>`
      }
    </div>
    <div class="buttons"><button type="submit">${records.apply}</button>${
      state.filter !== '' &&
      html`<a class="button" href="${gridPath(collection, state, { filter: '', page: 1 })}">${records.reset}</a>`
    }</div>
  </form>`;
}
