import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import type { Grid } from './grid.ts';
import { type GridState, gridPath, PAGE_SIZES } from './grid-state.ts';
import { hiddenState } from './hidden-state.ts';
import { collectionPath } from './paths.ts';

/** Which rows are shown of how many, the ways to others, and how many a page has. */
export function gridPager({ visit, collection, state, data }: Grid): Html {
  const { texts, format } = visit;
  const { records } = texts;
  const link = (page: number, text: string, id: string) => {
    const path = gridPath(collection, state, { page });
    return html`<a id="${id}" class="button" href="${path}" hx-get="${path}">${text}</a>`;
  };
  const first = (state.page - 1) * state.perPage + 1;
  const range = [format.number(first), format.number(first + data.rows.length - 1)] as const;
  return html`<nav class="pager" aria-label="${records.paging}">
    <p>${data.total === undefined ? html`${records.range(...range)} ${laterTotal(visit, collection, state)}` : records.rangeOf(...range, format.number(data.total))}</p>
    ${pageSizes(visit, collection, state)}
    <div class="buttons">${state.page > 1 && link(state.page - 1, records.previous, 'page-previous')}${data.hasMore && link(state.page + 1, records.next, 'page-next')}</div>
  </nav>`;
}

/** Links to pages of other sizes, which begin at the first row. */
function pageSizes(visit: Visit, collection: Collection, state: GridState): Html {
  return html`<div class="sizes"><p>${visit.texts.records.grid.perPage}${PAGE_SIZES.map((perPage) => {
    const path = gridPath(collection, state, { perPage, page: 1 });
    const isThis = perPage === state.perPage;
    return html` <a id="rows-${perPage}" href="${path}" hx-get="${path}"${isThis && html` aria-current="true"`}>${perPage}</a>`;
  })}</p>${state.perPage !== state.usualRows && keepSize(visit, collection, state)}</div>`;
}

/** The pages of all grids are to have as many rows from now on. */
function keepSize(visit: Visit, collection: Collection, state: GridState): Html {
  const { perPage } = state;
  return html`<form action="${collectionPath(collection.name)}/rows" method="post">
    ${csrfField(visit)}${hiddenState({ ...state, perPage, usualRows: 0 })}
    <button type="submit">${visit.texts.filters.keepRows(perPage)}</button>
  </form>`;
}

/** The total comes once the rows are there; without script, when it is asked for. */
function laterTotal({ texts }: Visit, collection: Collection, state: GridState): Html {
  const query = new URLSearchParams({ filter: state.filter });
  return html`${texts.records.of} <span hx-get="${collectionPath(collection.name)}/total?${query.toString()}" hx-trigger="load"
    hx-target="this" hx-swap="innerHTML" hx-push-url="false"><a href="${gridPath(collection, state, { isCounted: true })}">${texts.records.count}</a></span>`;
}
