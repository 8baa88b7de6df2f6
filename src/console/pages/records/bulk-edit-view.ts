import type { Collection, Field, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField, formMessage, type Messages } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { AT_ONCE } from './bulk-change.ts';
import { nameOf, shortCell } from './cells.ts';
import { type Choices, type Control, controlId } from './control.ts';
import { controlOf } from './controls.ts';
import type { Draft } from './draft.ts';
import { collectionPath, recordPath } from './paths.ts';
import { type Selection, selectionFields } from './selection.ts';

/** The part of the form that says which fields are changed. */
export const SET = 'set';

/** What the form for many records is made of. */
export interface BulkForm {
  readonly collection: Collection;
  readonly selection: Selection;
  /** The first of the records. */
  readonly some: readonly RecordView[];
  /** Those that can be changed for many records at once. */
  readonly fields: readonly Field[];
  readonly draft: Draft;
  /** Names of the fields that are ticked. */
  readonly set: ReadonlySet<string>;
  readonly choices: ReadonlyMap<string, Choices>;
  readonly messages: Messages;
  /** The mark of the values, once they are found to fit: they are shown, and can be written. */
  readonly reviewed?: string;
  readonly status?: number;
}

/** The page that asks which fields of many records get which values; then shows what that comes to, and asks again. */
export function bulkFormView(visit: Visit, form: BulkForm): PageView {
  const { texts, format } = visit;
  const { grid } = texts.records;
  const { collection, selection, fields, reviewed } = form;
  const base = collectionPath(collection.name);
  const count = format.number(selection.ids.length);
  const isOne = selection.ids.length === 1;
  return {
    title: isOne ? grid.changeOne : grid.changeTitle(count),
    section: 'collections',
    status: form.status,
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
    ],
    body: html`${formMessage(form.messages, texts.frame.checkFields)}
      <form class="card record-form bulk-form" action="${base}/changes" method="post" novalidate>
        ${csrfField(visit)}${selectionFields(selection)}
        ${scope(visit, form)}
        ${reviewed !== undefined && html`${review(visit, form)}<input type="hidden" name="reviewed" value="${reviewed}">`}
        <fieldset class="stacked"><legend>${grid.tickFields}</legend>${fields.map((field) => bulkField(visit, form, field))}</fieldset>
        <div class="buttons"><button${reviewed === undefined && html` class="primary"`} type="submit">${reviewed === undefined ? grid.review : grid.reviewAgain}</button>
          <a class="button" href="${base}">${texts.frame.cancel}</a></div>
      </form>`,
  };
}

function scope({ texts }: Visit, { selection, some, collection }: BulkForm): Html {
  const { grid, more } = texts.records;
  const { filter, ids } = selection;
  if (filter !== undefined) {
    return html`<p>${filter === '' ? grid.ofEvery : html`${grid.ofMatch} <code>${filter}</code>`}</p>`;
  }
  const left = ids.length - some.length;
  return html`<p>${some.map(
    (record, index) =>
      html`${index > 0 && ', '}<a href="${recordPath(collection.name, String(record.values.id))}">${nameOf(record)}</a>`,
  )}${left > 0 && html` ${more(left)}`}</p>`;
}

/** The new values above those of the first records, and the button that changes all. */
function review(visit: Visit, form: BulkForm): Html {
  const { texts, format } = visit;
  const { grid, none, more } = texts.records;
  const { collection, selection, fields, set, some } = form;
  const changed = fields.filter(({ name }) => set.has(name));
  const nothing = html`<span class="muted">${none}</span>`;
  const value = (record: RecordView, field: Field) =>
    shortCell({ visit, collection, record, field, files: [], value: record.values[field.name] }) ?? nothing;
  const count = selection.ids.length;
  const left = count - some.length;
  return html`<section class="notice stacked" aria-labelledby="review">
    <h2 id="review">${count === 1 ? grid.reviewOne : grid.reviewTitle(format.number(count))}</h2>
    <div class="table-wrap" tabindex="0" role="region" aria-label="${grid.review}"><table>
      <thead><tr><td></td>${changed.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody><tr><th scope="row">${grid.newValue}</th>${changed.map(
        (field) => html`<td><strong>${typedText(form, field, visit)}</strong></td>`,
      )}</tr>${some.map(
        (record) =>
          html`<tr><th scope="row">${grid.soFar(nameOf(record))}</th>${changed.map((field) => html`<td>${value(record, field)}</td>`)}</tr>`,
      )}</tbody></table></div>
    ${left > 0 && html`<p>${more(left)}</p>`}
    <p>${count > AT_ONCE ? grid.changedInParts : grid.changedAtOnce}</p>
    <div class="buttons"><button class="primary" type="submit" name="apply" value="1">${count === 1 ? grid.changeNowOne : grid.changeNow(format.number(count))}</button></div>
  </section>`;
}

/** What was typed for a field; related records by their names. */
function typedText({ draft, choices }: BulkForm, { name, type }: Field, { texts }: Visit): string {
  const { yes, no, none } = texts.records;
  const typed = [...(draft.get(name)?.values() ?? [])].flat();
  if (type === 'bool') return typed.length > 0 ? yes : no;
  const known = choices.get(name);
  const names = typed.map((text) => known?.chosen.find(({ id }) => id === text)?.name ?? text);
  return names.length > 0 ? names.join(', ') : none;
}

function bulkField(visit: Visit, form: BulkForm, field: Field): Html {
  const { collection, draft, set, messages } = form;
  const typed = draft.get(field.name) ?? new Map();
  const message = messages.get(field.name);
  const control: Control = {
    ...{ visit, collection, field, typed, message, record: undefined, files: [], scope: '' },
    ...{ choices: form.choices.get(field.name), cannotWait: true },
  };
  const id = controlId(control);
  const style = controlOf(field);
  const note = message !== undefined && html`<span id="${id}-error" class="error">${message}</span>`;
  const inside =
    style.isGroup?.(field) === true
      ? html`<fieldset class="field"><legend class="visually-hidden">${field.name}</legend>${style.markup(control)}${note}</fieldset>`
      : html`<div class="field"><label class="visually-hidden" for="${id}">${field.name}</label>${style.markup(control)}${note}</div>`;
  return html`<div class="bulk-field"><label class="check"><input type="checkbox" name="${SET}" value="${field.name}"${
    set.has(field.name) && html` checked`
  }> ${field.name}</label><div class="bulk-control">${inside}</div></div>`;
}
