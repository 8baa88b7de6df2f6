import type { Collection, Field, FileFacts, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField, formMessage, type Messages } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { longCell, nameOf } from './cells.ts';
import { type Choice, type Control, controlId } from './control.ts';
import { controlOf, editableFields } from './controls.ts';
import { type Draft, draftOf } from './draft.ts';
import { collectionPath, recordPath } from './paths.ts';
import { baseName, markOf } from './typed.ts';

/** What a record's form is made of. */
export interface RecordForm {
  readonly collection: Collection;
  /** As it is stored; undefined for a new one. */
  readonly record: RecordView | undefined;
  /** Its revision, asked for before it was read. */
  readonly revision: string;
  readonly files: readonly FileFacts[];
  readonly choices: ReadonlyMap<string, readonly Choice[]>;
  readonly draft: Draft;
  readonly messages: Messages;
  /** Somebody changed the record meanwhile: fields that both changed. */
  readonly conflicts?: readonly Field[];
  /** Files were chosen, and are not any more. */
  readonly lostFiles?: boolean;
  readonly status?: number;
}

/** The page with the form of a new record, or of one that is there. */
export function recordFormView(visit: Visit, form: RecordForm): PageView {
  const { collection, record } = form;
  const { texts } = visit;
  const { form: recordForm } = texts.records;
  const base = collectionPath(collection.name);
  const id = record && String(record.values.id);
  const action = id === undefined ? `${base}/records` : recordPath(collection.name, id);
  const stored = draftOf(collection, record);
  return {
    title: record === undefined ? recordForm.newIn(collection.name) : recordForm.editTitle(nameOf(record)),
    section: 'collections',
    status: form.status,
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
      ...(record === undefined || id === undefined
        ? []
        : [{ text: nameOf(record), path: recordPath(collection.name, id) }]),
    ],
    body: html`
      ${conflictNotice(visit, form)}
      ${formMessage(form.messages, texts.frame.checkFields)}
      ${form.lostFiles && html`<p class="notice">${recordForm.chooseAgain}</p>`}
      <form class="card record-form" action="${action}" method="post" enctype="multipart/form-data" novalidate>
        ${csrfField(visit)}
        <input type="hidden" name="revision" value="${form.revision}">
        ${editableFields(collection, record === undefined).map((field) => fieldMarkup(visit, form, field, stored))}
        <div class="buttons">
          <button class="primary" type="submit">${record === undefined ? recordForm.create : recordForm.save}</button>
          <a class="button" href="${record === undefined ? base : action}">${texts.frame.cancel}</a>
        </div>
      </form>`,
  };
}

function fieldMarkup(visit: Visit, form: RecordForm, field: Field, stored: Draft): Html {
  const { collection, record, files } = form;
  const style = controlOf(field);
  const empty = new Map();
  const message = form.messages.get(field.name);
  const typed = form.draft.get(field.name) ?? empty;
  const choices = form.choices.get(field.name) ?? [];
  const control: Control = { visit, collection, field, typed, message, record, files, choices };
  const id = controlId(control);
  const { form: recordForm } = visit.texts.records;
  const mark = html`<input type="hidden" name="${baseName(field.name)}" value="${markOf(stored.get(field.name) ?? empty)}">`;
  const label = html`${field.name}${field.required && field.name !== 'id' && html` <span class="muted">(${recordForm.required})</span>`}`;
  const hint = field.help === '' ? hintOf(visit, field) : field.help;
  const notes = html`${hint !== undefined && html`<span id="${id}-hint" class="hint">${hint}</span>`}${
    message !== undefined && html`<span id="${id}-error" class="error">${message}</span>`
  }`;
  if (style.isGroup?.(field)) {
    return html`<fieldset class="field"><legend>${label}</legend>${mark}${style.markup(control)}${notes}</fieldset>`;
  }
  const isCheck = field.type === 'bool';
  const labelled = html`<label for="${id}">${label}</label>`;
  return html`<div class="field">${mark}${
    isCheck
      ? html`<div class="check">${style.markup(control)}${labelled}</div>`
      : html`${labelled}${style.markup(control)}`
  }${notes}</div>`;
}

function hintOf({ texts }: Visit, { type, name }: Field): string | undefined {
  const { form: recordForm } = texts.records;
  if (name === 'id') return recordForm.idHint;
  if (type === 'date') return recordForm.utc;
  return type === 'json' || type === 'geometry' ? recordForm.jsonHint : undefined;
}

/** Both versions of what both changed. */
function conflictNotice(visit: Visit, form: RecordForm): Html | undefined {
  const { conflicts, record, collection, files } = form;
  if (conflicts === undefined || record === undefined) return undefined;
  const { form: recordForm } = visit.texts.records;
  return html`<section class="notice error" role="alert">
    <h2>${recordForm.changedTitle}</h2>
    <p>${recordForm.changedBody}</p>
  </section>${
    conflicts.length > 0 &&
    html`<div class="table-wrap" tabindex="0" role="region" aria-label="${recordForm.differences}"><table>
      <thead><tr><th scope="col">${recordForm.field}</th><th scope="col">${recordForm.yours}</th><th scope="col">${recordForm.theirs}</th></tr></thead>
      <tbody>${conflicts.map(
        (field) => html`<tr><th scope="row">${field.name}</th>
        <td><span class="lines">${field.type === 'password' ? visit.texts.records.secret : typedText(form, field)}</span></td>
        <td>${longCell({ visit, collection, record, field, files, value: record.values[field.name] })}</td></tr>`,
      )}</tbody></table></div>`
  }`;
}

function typedText({ draft }: RecordForm, { name }: Field): string {
  return [...(draft.get(name)?.values() ?? [])].flat().join(', ');
}
