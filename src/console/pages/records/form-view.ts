import type { Collection, Field, FileFacts, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField, formMessage, type Messages } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { nameOf } from './cells.ts';
import { conflictNotice } from './conflict-view.ts';
import { type Choices, type Control, controlId, hintOf } from './control.ts';
import { controlOf, editableFields } from './controls.ts';
import { type Draft, draftOf } from './draft.ts';
import { BACK, OUTER, type Outer } from './in-place.ts';
import { collectionPath, recordPath } from './paths.ts';
import { LOOK } from './relation-control.ts';
import { baseName, markOf } from './typed.ts';

/** What a record's form is made of. */
export interface RecordForm {
  readonly collection: Collection;
  /** As it is stored; undefined for a new one. */
  readonly record: RecordView | undefined;
  /** Its revision, asked for before it was read. */
  readonly revision: string;
  readonly files: readonly FileFacts[];
  readonly choices: ReadonlyMap<string, Choices>;
  readonly draft: Draft;
  /** Marks of what the controls were shown with, by field, where that is not what is stored. */
  readonly bases?: ReadonlyMap<string, string>;
  readonly messages: Messages;
  /** Somebody changed the record meanwhile: fields that both changed. */
  readonly conflicts?: readonly Field[];
  /** Files were chosen, and are not any more, or another record's were not copied. */
  readonly notice?: 'chooseAgain' | 'copyWithoutFiles';
  /** The form that waits for the new record. */
  readonly outer?: Outer;
  readonly status?: number;
}

/** The page with the form of a new record, or of one that is there. */
export function recordFormView(visit: Visit, form: RecordForm): PageView {
  const { collection, record } = form;
  const { texts } = visit;
  const { form: recordForm } = texts.records;
  const base = collectionPath(collection.name);
  const id = record && String(record.values.id);
  const title =
    record === undefined ? recordForm.newIn(collection.name) : recordForm.editTitle(nameOf(record));
  return {
    title,
    section: 'collections',
    status: form.status,
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
      ...(record === undefined || id === undefined
        ? []
        : [{ text: nameOf(record), path: recordPath(collection.name, id) }]),
    ],
    body: keptDraft(visit, form, title),
  };
}

/** The element that keeps what is typed. `within` in the address: the form stands in a dialog over another one. */
function keptDraft(visit: Visit, form: RecordForm, title: string): Html {
  const { collection, record, outer } = form;
  const { frame, records } = visit.texts;
  const { form: recordForm } = records;
  const depth = /^[1-9]$/.exec(visit.url.searchParams.get('within') ?? '')?.[0];
  const base = collectionPath(collection.name);
  const place = record === undefined ? undefined : recordPath(collection.name, String(record.values.id));
  const action = `${place ?? `${base}/records`}${depth === undefined ? '' : `?within=${depth}`}`;
  const stored = draftOf(collection, record);
  const save = record === undefined ? recordForm.create : recordForm.save;
  const isOver = form.status === 409;
  // What Enter sends: the first button of a form, which else would be one that looks for something.
  const enter = html`<button class="visually-hidden" type="submit" tabindex="-1" aria-hidden="true">${save}</button>`;
  return html`<kept-draft${depth !== undefined && html` data-within="${depth}"`} data-heading="${title}" data-offer="${recordForm.draftThere}"
      data-restore="${recordForm.draftRestore}" data-discard="${recordForm.draftDiscard}" data-lost="${recordForm.notSent}"
      data-sending="${recordForm.sending}" data-look="${LOOK}">
      ${formMessage(form.messages, frame.checkFields)}
      ${notice(visit, form)}
      <form class="card record-form" action="${action}" method="post" enctype="multipart/form-data" novalidate>
        ${csrfField(visit)}
        <input type="hidden" name="revision" value="${form.revision}">
        ${outer && html`<input type="hidden" name="${OUTER}" value="${JSON.stringify(outer)}">`}
        ${enter}
        ${isOver && conflictNotice(visit, form)}
        ${editableFields(collection, record === undefined).map((field) =>
          fieldMarkup(visit, form, field, stored, depth === undefined ? '' : `w${depth}-`),
        )}
        <div class="buttons">
          <button class="primary" type="submit">${save}</button>
          ${
            outer
              ? html`<button type="submit" name="${BACK}" value="1" formnovalidate>${frame.cancel}</button>`
              : html`<a class="button" href="${place ?? base}" data-cancel>${frame.cancel}</a>`
          }
          <span class="hint" role="status" data-status></span>
        </div>
      </form></kept-draft>`;
}

function notice({ texts, isPartial }: Visit, { notice: key, outer }: RecordForm): Html | undefined {
  const { form: recordForm } = texts.records;
  if (outer) return html`<p class="notice">${recordForm.madeFor(outer.collection, outer.field)}</p>`;
  // What is sent by script keeps its files.
  if (key === undefined || (key === 'chooseAgain' && isPartial)) return undefined;
  return html`<p class="notice">${recordForm[key]}</p>`;
}

function fieldMarkup(visit: Visit, form: RecordForm, field: Field, stored: Draft, scope: string): Html {
  const { collection, record, files } = form;
  const style = controlOf(field);
  const empty = new Map();
  const message = form.messages.get(field.name);
  const typed = form.draft.get(field.name) ?? empty;
  const choices = form.choices.get(field.name);
  const control: Control = { visit, collection, field, typed, message, record, files, choices, scope };
  const id = controlId(control);
  const { form: recordForm } = visit.texts.records;
  const mark = html`<input type="hidden" name="${baseName(field.name)}" value="${form.bases?.get(field.name) || markOf(stored.get(field.name) ?? empty)}">`;
  const label = html`${field.name}${field.required && field.name !== 'id' && html` <span class="muted">(${recordForm.required})</span>`}`;
  const hint = hintOf(control);
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
