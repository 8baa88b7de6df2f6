import type { Collection, Field, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { longCell } from './cells.ts';
import { type Control, controlId } from './control.ts';
import { controlOf } from './controls.ts';
import { cellPath, recordPath } from './paths.ts';
import { baseName, markOf, type Typed } from './typed.ts';

/** What the editor of a single value is made of. */
export interface CellEditor {
  readonly collection: Collection;
  readonly field: Field;
  readonly record: RecordView;
  readonly typed: Typed;
  readonly message?: string;
  /** Somebody changed the value meanwhile: it is told as it is stored now. */
  readonly isOutrun?: boolean;
}

/** The ids of the editor's elements begin with this, as the grid may have others. */
const SCOPE = 'cell-';

/** The editor of a single value, to stand in its cell. */
export function cellEditor(visit: Visit, editor: CellEditor): Html {
  const { collection, field, record, typed, message } = editor;
  const { texts } = visit;
  const { form: recordForm, grid } = texts.records;
  const style = controlOf(field);
  const control: Control = {
    ...{ visit, collection, field, typed, message, record },
    ...{ files: [], choices: undefined, scope: SCOPE },
  };
  const id = controlId(control);
  const held = markOf(style.show(record.values[field.name], field));
  const path = recordPath(collection.name, String(record.values.id));
  const notes = html`${field.type === 'date' && html`<span class="hint">${recordForm.utc}</span>`}${
    message !== undefined && html`<span id="${id}-error" class="error" role="alert">${message}</span>`
  }`;
  const isGroup = style.isGroup?.(field) === true;
  return html`<form class="cell-editor" action="${cellPath(collection.name, String(record.values.id), field.name)}" method="post" novalidate>
    ${csrfField(visit)}<input type="hidden" name="${baseName(field.name)}" value="${held}">
    ${editor.isOutrun && outrunNotice(visit, editor)}
    ${
      isGroup
        ? html`<fieldset class="field"><legend class="visually-hidden">${field.name}</legend>${style.markup(control)}${notes}</fieldset>`
        : html`<div class="field"><label class="visually-hidden" for="${id}">${field.name}</label>${style.markup(control)}${notes}</div>`
    }
    <div class="buttons"><button class="primary" type="submit">${grid.saveCell}</button><button
      type="button" data-cancel>${texts.frame.cancel}</button><a href="${path}/edit#${recordFormId(field)}">${grid.wholeForm}</a></div>
  </form>`;
}

/** The id of a field's control in the form of its record. */
export function recordFormId(field: Field): string {
  return controlId({ field, scope: '' });
}

function outrunNotice(visit: Visit, { collection, field, record }: CellEditor): Html {
  const { grid } = visit.texts.records;
  const value = record.values[field.name];
  return html`<div class="notice error" role="alert"><p>${grid.outrun}</p>
    <p>${grid.storedNow} <strong>${longCell({ visit, collection, record, field, files: [], value })}</strong></p>
    <p>${grid.outrunSave}</p></div>`;
}
