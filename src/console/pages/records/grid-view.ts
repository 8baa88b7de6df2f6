import type { Collection, Field, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import { csrfField } from '../../parts/form.ts';
import { icon } from '../../parts/icon.ts';
import type { Visit } from '../../visit.ts';
import { collectionTabs } from '../collections/tabs.ts';
import { isNumeric, nameOf, shortCell } from './cells.ts';
import { filterForm } from './filter-form.ts';
import type { GridData } from './grid-data.ts';
import { choosableFields, fileFields, type GridState, gridPath, isWritable, PER_PAGE } from './grid-state.ts';
import { hiddenState } from './hidden-state.ts';
import { collectionPath, recordPath } from './paths.ts';

/** What the parts of a grid are made of. */
interface Grid {
  readonly visit: Visit;
  readonly collection: Collection;
  readonly state: GridState;
  readonly data: GridData;
}

/** The page of a collection's records. Filter, order, page and columns are in its address. */
export function gridView(visit: Visit, collection: Collection, state: GridState, data: GridData): PageView {
  const grid = { visit, collection, state, data };
  const part = html`<div id="grid" class="grid" hx-target:inherited="#grid" hx-swap:inherited="outerHTML"
    hx-push-url:inherited="true">
    <div class="toolbar">${filterForm(visit, collection, state, data.problem)}${columnChoice(grid)}</div>
    ${content(grid)}
  </div>`;
  return {
    title: collection.name,
    section: 'collections',
    crumbs: [{ text: visit.texts.collections.title, path: '/_/collections' }],
    tabs: collectionTabs(visit.texts, collection, 'records'),
    isWide: true,
    actions: isWritable(collection) ? newRecord(visit, collection) : undefined,
    status: data.problem === undefined ? 200 : 422,
    body: part,
    part,
  };
}

function columnChoice({ visit, collection, state }: Grid): Html {
  const { records } = visit.texts;
  const shown = new Set(state.columns);
  return html`<details class="menu">
    <summary class="button">${records.columns}</summary>
    <form action="${collectionPath(collection.name)}/columns" method="post">
      ${csrfField(visit)}
      ${hiddenState({ ...state, isChosen: false })}
      <fieldset><legend class="visually-hidden">${records.columns}</legend>${choosableFields(collection).map(
        (field) =>
          html`<label class="check"><input type="checkbox" name="column" value="${field.name}"${
            shown.has(field) && html` checked`
          }> ${field.name}</label>`,
      )}</fieldset>
      <div class="buttons"><button type="submit">${records.showColumns}</button>
        <button type="submit" name="usual" value="1">${records.usualColumns}</button></div>
    </form>
  </details>`;
}

function content(grid: Grid): Html | undefined {
  const { visit, collection, state, data } = grid;
  const { records } = visit.texts;
  if (data.problem !== undefined) return undefined;
  if (data.rows.length > 0) return html`${selectable(grid, table(grid))}${pager(grid)}`;
  if (state.filter === '' && state.page === 1) {
    const action = isWritable(collection) ? newRecord(visit, collection) : undefined;
    return emptyState({ title: records.emptyTitle, body: records.emptyBody, action });
  }
  return emptyState({
    title: records.noMatchTitle,
    body: records.noMatchBody,
    action: html`<a class="button" href="${gridPath(collection, state, { filter: '', page: 1 })}">${records.reset}</a>`,
  });
}

/** The table as a form of the records that are selected in it: to be deleted, or to leave as a file. */
function selectable({ visit, collection, state }: Grid, rows: Html): Html {
  const { form, transfer } = visit.texts.records;
  const base = collectionPath(collection.name);
  return html`<form class="selectable" action="${base}/export" method="get">
    ${hiddenState(state)}${rows}
    <div class="toolbar">${
      isWritable(collection) &&
      html`<span>${form.selection}</span><button type="submit" formaction="${base}/removal">${form.delete}…</button>`
    }<span>${transfer.exportAs}</span>
      <button type="submit" name="format" value="csv">${transfer.exportCsv}</button>
      <button type="submit" name="format" value="json">${transfer.exportJson}</button>
      <span class="hint">${transfer.exportHint}</span></div>
  </form>`;
}

function newRecord({ texts }: Visit, collection: Collection): Html {
  const { name } = collection;
  const { form } = texts.records;
  const base = collectionPath(name);
  return html`<div class="buttons"><a class="button" href="${base}/import">${texts.records.transfer.importRecords}</a>${
    fileFields(collection).length > 0 && html`<a class="button" href="${base}/upload">${form.uploadFiles}</a>`
  }<a class="button primary" href="${base}/records/new">${form.newRecord}</a></div>`;
}

function table(grid: Grid): Html {
  const { visit, collection, state, data } = grid;
  const id = collection.fields.find(({ name }) => name === 'id');
  const columns = id === undefined ? state.columns : [id, ...state.columns];
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${visit.texts.records.tableLabel(collection.name)}">
    <table class="records">
      <thead><tr>${isWritable(collection) && html`<th scope="col" class="pick"><span class="visually-hidden">${visit.texts.records.form.select}</span></th>`}${columns.map((field) => heading(grid, field))}</tr></thead>
      <tbody>${data.rows.map((record) => row(grid, record))}</tbody>
    </table>
  </div>`;
}

/** A link that sorts by the field: ascending, then descending, then not. By its id it keeps the focus in the next grid. */
function heading({ visit, collection, state }: Grid, field: Field): Html {
  const { records } = visit.texts;
  const { name } = field;
  const isUp = state.sort === name;
  const isDown = state.sort === `-${name}`;
  const path = gridPath(collection, state, { sort: isUp ? `-${name}` : isDown ? '' : name, page: 1 });
  const mark = isUp ? icon('up') : isDown ? icon('down') : undefined;
  return html`<th scope="col"${isNumeric(field) && html` class="number"`}${
    isUp && html` aria-sort="ascending"`
  }${isDown && html` aria-sort="descending"`}><a id="sort-${name}" class="sort" href="${path}" hx-get="${path}">${name}${mark}${
    (isUp || isDown) &&
    html`<span class="visually-hidden"> (${isUp ? records.sortedUp : records.sortedDown})</span>`
  }</a></th>`;
}

function row({ visit, collection, state, data }: Grid, record: RecordView): Html {
  const id = String(record.values.id);
  const files = data.files.get(id) ?? [];
  const { form } = visit.texts.records;
  return html`<tr>
    ${
      isWritable(collection) &&
      html`<td class="pick"><input type="checkbox" name="id" value="${id}" aria-label="${form.selectRecord(nameOf(record))}"></td>`
    }
    <th scope="row"><a class="mono" href="${recordPath(collection.name, id)}" title="${nameOf(record)}">${id}</a></th>${state.columns.map(
      (field) => html`
    <td${isNumeric(field) && html` class="number"`}><div class="cell">${shortCell({ visit, collection, record, field, files, value: record.values[field.name] })}</div></td>`,
    )}
  </tr>`;
}

function pager({ visit, collection, state, data }: Grid): Html {
  const { texts, format } = visit;
  const { records } = texts;
  const link = (page: number, text: string, id: string) => {
    const path = gridPath(collection, state, { page });
    return html`<a id="${id}" class="button" href="${path}" hx-get="${path}">${text}</a>`;
  };
  const first = (state.page - 1) * PER_PAGE + 1;
  const range = [format.number(first), format.number(first + data.rows.length - 1)] as const;
  return html`<nav class="pager" aria-label="${records.paging}">
    <p>${data.total === undefined ? html`${records.range(...range)} ${laterTotal(visit, collection, state)}` : records.rangeOf(...range, format.number(data.total))}</p>
    <div class="buttons">${state.page > 1 && link(state.page - 1, records.previous, 'page-previous')}${data.hasMore && link(state.page + 1, records.next, 'page-next')}</div>
  </nav>`;
}

/** The total comes once the rows are there; without script, when it is asked for. */
function laterTotal({ texts }: Visit, collection: Collection, state: GridState): Html {
  const query = new URLSearchParams({ filter: state.filter });
  return html`${texts.records.of} <span hx-get="${collectionPath(collection.name)}/total?${query.toString()}" hx-trigger="load"
    hx-target="this" hx-swap="innerHTML" hx-push-url="false"><a href="${gridPath(collection, state, { isCounted: true })}">${texts.records.count}</a></span>`;
}
