import type { Field, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import { icon } from '../../parts/icon.ts';
import { fullText, isNumeric, nameOf, shortCell } from './cells.ts';
import { editableFields } from './controls.ts';
import type { Grid } from './grid.ts';
import { gridPath, isWritable } from './grid-state.ts';
import { placeQuery } from './neighbours.ts';
import { cellPath, recordPath } from './paths.ts';
import { SELECTION } from './selection-bar.ts';

/** Addresses of cells leave it out, of which a page may have thousands: they are relative to that of the grid. */
const COLLECTIONS = '/_/collections/';

/** The rows of a grid under links that sort them. Its heading and the ids of the rows stay in sight. */
export function gridTable(grid: Grid): Html {
  const { visit, collection, state, data } = grid;
  const id = collection.fields.find(({ name }) => name === 'id');
  const columns = id === undefined ? state.columns : [id, ...state.columns];
  const { form, tableLabel } = visit.texts.records;
  return html`<edit-cells lost="${grid.visit.texts.records.grid.lost}"><div class="table-wrap records-wrap" tabindex="0" role="region" aria-label="${tableLabel(collection.name)}">
    <table class="records">
      <thead><tr>${isWritable(collection) && html`<th scope="col" class="pick"><span class="visually-hidden">${form.select}</span><input type="checkbox" class="scripted" data-page aria-label="${grid.visit.texts.records.grid.selectPage}"></th>`}${columns.map((field) => heading(grid, field))}</tr></thead>
      <tbody>${data.rows.map((record, index) => gridRow(grid, record, placeQuery(state, (state.page - 1) * state.perPage + index)))}</tbody>
    </table>
  </div></edit-cells>`;
}

/** A link that sorts by the field: ascending, then descending, then not. By its id it keeps the focus in the next grid. */
function heading({ visit, collection, state }: Grid, field: Field): Html {
  const { records } = visit.texts;
  const { name } = field;
  const isUp = state.sort === name;
  const isDown = state.sort === `-${name}`;
  const path = gridPath(collection, state, { sort: isUp ? `-${name}` : isDown ? '' : name, page: 1 });
  const mark = isUp ? icon('up') : isDown ? icon('down') : undefined;
  return html`<th scope="col" data-field="${name}"${isNumeric(field) && html` class="number"`}${
    isUp && html` aria-sort="ascending"`
  }${isDown && html` aria-sort="descending"`}><a id="sort-${name}" class="sort" href="${path}" hx-get="${path}">${name}${mark}${
    (isUp || isDown) &&
    html`<span class="visually-hidden"> (${isUp ? records.sortedUp : records.sortedDown})</span>`
  }</a></th>`;
}

/** A record as a row; `place` tells its page where it stands. Its cells have links to change them: in their place where there is script, else in the record's form. */
export function gridRow(
  {
    visit,
    collection,
    state,
    data,
  }: Pick<Grid, 'visit' | 'collection'> & {
    readonly state: Pick<Grid['state'], 'columns'>;
    readonly data: Pick<Grid['data'], 'files'>;
  },
  record: RecordView,
  place = '',
): Html {
  const id = String(record.values.id);
  const files = data.files.get(id) ?? [];
  const { form, grid } = visit.texts.records;
  const name = nameOf(record);
  const editable = new Set(isWritable(collection) ? editableFields(collection, false) : []);
  return html`<tr>
    ${
      isWritable(collection) &&
      html`<td class="pick"><input type="checkbox" form="${SELECTION}" name="id" value="${id}" aria-label="${form.selectRecord(name)}"></td>`
    }
    <th scope="row"><a class="mono" href="${recordPath(collection.name, id)}${place}" title="${name}">${id}</a></th>${state.columns.map(
      (field) => {
        const cell = { visit, collection, record, field, files, value: record.values[field.name] };
        const whole = fullText(cell);
        return html`<td${isNumeric(field) && html` class="number"`}><div class="cell"${whole !== undefined && html` title="${whole}"`}>${shortCell(cell)}</div>${
          editable.has(field) &&
          html`<a class="edit" href="${cellPath(collection.name, id, field.name).slice(COLLECTIONS.length)}">${grid.editCell}</a>`
        }</td>`;
      },
    )}
  </tr>`;
}
