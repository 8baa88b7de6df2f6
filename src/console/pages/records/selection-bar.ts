import { type Html, html } from '../../html.ts';
import type { Grid } from './grid.ts';
import { isWritable } from './grid-state.ts';
import { hiddenState } from './hidden-state.ts';
import { collectionPath } from './paths.ts';

/** The id of the form to which the boxes of a grid's rows belong. */
export const SELECTION = 'selection';

/**
 * What can be done with the selected records of a grid, or with all that its filter finds: change, delete, or take them as a
 * file. It stays in sight below the rows; without script it does not count.
 */
export function selectionBar({ visit, collection, state, data }: Grid): Html {
  const { form, transfer, grid } = visit.texts.records;
  const base = collectionPath(collection.name);
  const hasOthers = data.hasMore || state.page > 1;
  const total = `${base}/total?${new URLSearchParams({ filter: state.filter }).toString()}`;
  return html`<select-rows class="selection-bar" data-form="${SELECTION}" data-none="${form.nothingSelected}" data-some="${grid.selected('{count}')}"
    data-every="${state.filter === '' ? grid.everySelected('{count}') : grid.matchSelected('{count}')}"${hasOthers && html` data-total="${total}"`}>
    <form id="${SELECTION}" class="toolbar" action="${base}/export" method="get">
      ${hiddenState(state)}
      <strong class="scripted" role="status" data-count></strong>
      ${
        hasOthers &&
        html`<label class="check"><input type="checkbox" name="all" value="1"> ${state.filter === '' ? grid.every : grid.everyMatch}</label>`
      }
      ${
        isWritable(collection) &&
        html`<button type="submit" formaction="${base}/changes" data-needs>${grid.change}…</button>
      <button type="submit" class="danger" formaction="${base}/removal" data-needs>${form.delete}…</button>`
      }
      <span class="exports"><span>${transfer.exportAs}</span>
        <button type="submit" name="format" value="csv">${transfer.exportCsv}</button>
        <button type="submit" name="format" value="json">${transfer.exportJson}</button></span>
      <span class="hint">${transfer.exportHint}</span>
    </form>
  </select-rows>`;
}
