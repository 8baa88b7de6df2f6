import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { collectionTabs } from '../collections/tabs.ts';
import { editableFields } from './controls.ts';
import { filterForm } from './filter-form.ts';
import type { Grid } from './grid.ts';
import type { GridData } from './grid-data.ts';
import { gridPager } from './grid-pager.ts';
import { choosableFields, fileFields, type GridState, gridPath, isWritable } from './grid-state.ts';
import { gridTable } from './grid-table.ts';
import { hiddenState } from './hidden-state.ts';
import { collectionPath } from './paths.ts';
import { selectionBar } from './selection-bar.ts';

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
  if (data.rows.length > 0) return html`${gridTable(grid)}${selectionBar(grid)}${gridPager(grid)}`;
  if (state.filter === '' && state.page === 1) {
    if (hasNoFields(collection)) return noFields(visit, collection);
    const action = isWritable(collection) ? newRecord(visit, collection) : undefined;
    return emptyState({ title: records.emptyTitle, body: records.emptyBody, action });
  }
  return emptyState({
    title: records.noMatchTitle,
    body: records.noMatchBody,
    action: html`<a class="button" href="${gridPath(collection, state, { filter: '', page: 1 })}">${records.reset}</a>`,
  });
}

/** Nothing can be put into its records yet: somebody has just made it. */
function hasNoFields(collection: Collection): boolean {
  return isWritable(collection) && editableFields(collection, false).length === 0;
}

function noFields({ texts: { records } }: Visit, { name }: Collection): Html {
  return emptyState({
    title: records.noFieldsTitle,
    body: records.noFieldsBody,
    action: html`<a class="button primary" href="${collectionPath(name)}/definition">${records.addFields}</a>`,
  });
}

function newRecord({ texts }: Visit, collection: Collection): Html {
  const { name } = collection;
  const { form } = texts.records;
  const base = collectionPath(name);
  return html`<div class="buttons"><a class="button" href="${base}/import">${texts.records.transfer.importRecords}</a>${
    fileFields(collection).length > 0 && html`<a class="button" href="${base}/upload">${form.uploadFiles}</a>`
  }<a class="button primary" href="${base}/records/new">${form.newRecord}</a></div>`;
}
