import type { Field } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import { icon } from '../../parts/icon.ts';
import type { Visit } from '../../visit.ts';
import { type Choice, type Choices, type ControlStyle, controlId, mostOf, textsOf } from './control.ts';
import { isWritable } from './grid-state.ts';
import { collectionPath } from './paths.ts';
import { partName, textIn, typedOf } from './typed.ts';

/** The parts of a relation's control that look for records, and are no value. */
export const FIND = 'find';
export const SHOWN = 'shown';

/** The button that asks for the same form again, with what was looked for. */
export const LOOK = 'look';
/** The button that asks for the form of another record for this field. */
export const MAKE = 'make';

/**
 * The records of the other collection to choose from, chosen ones first, in an order that can be changed: boxes, or one of them
 * where only one can be. They are searched, a new one is made in place, and an id can be typed in any case.
 */
export const relationControl: ControlStyle = {
  parts: ['', 'id'],
  isGroup: () => true,
  show: (value) => typedOf({ '': textsOf(value) }),
  markup(control) {
    const { visit, collection, field, typed, choices } = control;
    const { form: recordForm } = visit.texts.records;
    const id = controlId(control);
    const part = (name: string) => partName(field.name, name);
    const path = `${collectionPath(collection.name)}/choices?field=${encodeURIComponent(field.name)}`;
    const target = choices?.target;
    const canMake = target !== undefined && isWritable(target);
    return html`<record-picker class="relation" data-path="${path}" data-field="${field.name}" data-close="${visit.texts.frame.close}">
      <div class="toolbar">
        <div class="field grow"><label for="${id}-find">${recordForm.search}</label>
          <input id="${id}-find" name="${part(FIND)}" type="search" autocomplete="off" value="${choices?.search ?? ''}"></div>
        <button class="unscripted" type="submit" name="${LOOK}" value="${field.name}" formnovalidate>${recordForm.search}</button>
        ${
          canMake &&
          html`<button type="submit" name="${MAKE}" value="${field.name}"${control.cannotWait && html` class="scripted"`} formnovalidate
          data-form="${collectionPath(target.name)}/records/new">${recordForm.makeIn(target.name)}</button>`
        }
      </div>
      <div class="picker-lists">${choices && choiceLists(visit, field, choices)}</div>
      <div class="field"><label for="${controlId(control, 'id')}">${recordForm.orId}</label>
        <input id="${controlId(control, 'id')}" name="${part('id')}" type="text" class="mono" autocomplete="off"
          spellcheck="false" value="${textIn(typed, 'id')}"></div>
    </record-picker>`;
  },
  read(typed, field) {
    const ids = [...(typed.get('') ?? []), ...textIn(typed, 'id').split(/[\s,]+/)].filter((id) => id !== '');
    return mostOf(field) > 1 ? [...new Set(ids)] : (ids.at(-1) ?? '');
  },
};

/** The boxes of a relation: those that are chosen, then others, or why there are none. */
export function choiceLists(visit: Visit, field: Field, choices: Choices): Html {
  const { form: recordForm } = visit.texts.records;
  const { definition } = visit.texts;
  const { chosen, offered, hasMore, shown } = choices;
  const isSeveral = mostOf(field) > 1;
  const box = (choice: Choice, isChosen: boolean) => choiceBox(field, choice, isChosen);
  const more =
    hasMore &&
    html`<button type="submit" name="${partName(field.name, SHOWN)}" value="${shown + 20}" formnovalidate data-more>${recordForm.moreChoices}</button>`;
  if (!isSeveral) {
    const none = html`<label class="check"><input type="radio" name="${partName(field.name, '')}" value=""${
      chosen.length === 0 && html` checked`
    }> <span class="muted">${visit.texts.records.none}</span></label>`;
    return html`<div class="choices" role="group" aria-label="${field.name}">${none}${chosen.map((one) => box(one, true))}${offered.map((one) => box(one, false))}${more}</div>${nothing(visit, field, choices)}`;
  }
  const move = (by: -1 | 1, text: string) =>
    html`<button type="button" class="scripted" data-move="${by}" aria-label="${text}" title="${text}">${icon(by < 0 ? 'up' : 'down')}</button>`;
  return html`${
    chosen.length > 0 &&
    html`<sortable-list moved="${definition.moved}" handle="${definition.drag}"><ol class="held picked" aria-label="${recordForm.chosen}">${chosen.map(
      (one) =>
        html`<li>${box(one, true)}${
          chosen.length > 1 &&
          html`<span class="moves">${move(-1, recordForm.earlier(one.name))}${move(1, recordForm.later(one.name))}</span>`
        }</li>`,
    )}</ol></sortable-list>`
  }${
    offered.length > 0 &&
    html`<div class="choices" role="group" aria-label="${recordForm.others}">${offered.map((one) => box(one, false))}${more}</div>`
  }${nothing(visit, field, choices)}`;
}

function choiceBox(field: Field, { id, name, picture }: Choice, isChosen: boolean): Html {
  return html`<label class="check choice-box"><input type="${mostOf(field) > 1 ? 'checkbox' : 'radio'}" name="${partName(field.name, '')}" value="${id}"${
    isChosen && html` checked`
  }> ${
    picture !== undefined &&
    html`<img src="${picture}" alt="" width="32" height="32" loading="lazy" decoding="async">`
  }<span>${name} ${name !== id && html`<code>${id}</code>`}</span></label>`;
}

/** Why there is nothing to choose, and what to do about it. */
function nothing({ texts }: Visit, field: Field, choices: Choices): Html | undefined {
  const { chosen, offered, target, search } = choices;
  const { form: recordForm } = texts.records;
  if (offered.length > 0) return undefined;
  if (search.trim() !== '') return html`<p class="hint" role="status">${recordForm.noChoiceFound}</p>`;
  if (chosen.length > 0) return undefined;
  if (target === undefined) return html`<p class="hint">${recordForm.noTarget}</p>`;
  const text = recordForm.nothingToChoose(target.name);
  return html`<p class="${field.required ? 'notice' : 'hint'}">${
    field.required && isWritable(target) ? `${text} ${recordForm.makeFirst(target.name)}` : text
  }</p>`;
}
