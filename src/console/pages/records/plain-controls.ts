import type { Field } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import {
  type Control,
  type ControlStyle,
  controlId,
  described,
  mostOf,
  optionOf,
  textsOf,
} from './control.ts';
import { partName, textIn, typedOf } from './typed.ts';

/** Longer texts get an area of several lines. */
const LINE = 80;
/** More values are a list that can be narrowed. */
const MANY = 12;

/** An input of one line. */
export const input = (control: Control, type: string, more = html``) =>
  html`<input id="${controlId(control)}" name="${partName(control.field.name, '')}" type="${type}"
    value="${textIn(control.typed)}" autocomplete="off"${more}${described(control)}>`;

/** Several lines. The line end after the tag is the one that browsers drop. */
export const area = (control: Control, rows: number, isCode: boolean) =>
  html`<textarea id="${controlId(control)}" name="${partName(control.field.name, '')}" rows="${rows}"${
    isCode && html` class="mono" spellcheck="false"`
  }${described(control)}>
${textIn(control.typed)}</textarea>`;

/** A value as one text. */
export const show = (value: unknown) =>
  typedOf({ '': value === undefined || value === null ? '' : String(value) });

/** A text that stands on a line while it fits; in a line field its line ends would be lost. */
export const textControl: ControlStyle = {
  show,
  markup(control) {
    const text = textIn(control.typed);
    const max = optionOf(control.field, 'max') ?? optionOf(control.field, 'maxLength');
    const isShort = typeof max === 'number' && max > 0 && max <= LINE;
    const isLine = isShort || control.field.name === 'id' || text.length <= LINE;
    return isLine && !text.includes('\n') ? input(control, 'text') : area(control, 4, false);
  },
  read: (typed) => textIn(typed),
};

/** One line, with the keyboard that fits. */
export const lineControl = (mode: 'email' | 'url' | 'decimal' | 'text'): ControlStyle => ({
  show,
  markup: (control) =>
    textIn(control.typed).includes('\n')
      ? area(control, 2, false)
      : input(control, 'text', html` inputmode="${mode}"`),
  read: (typed) => textIn(typed).trim(),
});

/** A number; nothing where a column may be empty is null. */
export const columnNumberControl: ControlStyle = {
  ...lineControl('decimal'),
  read: (typed) => textIn(typed).trim() || null,
};

/** Yes or no. */
export const boolControl: ControlStyle = {
  show: (value) => typedOf({ '': value === true ? 'true' : '' }),
  markup: (control) =>
    html`<input type="checkbox" id="${controlId(control)}" name="${partName(control.field.name, '')}" value="true"${
      textIn(control.typed) === 'true' && html` checked`
    }${described(control)}>`,
  read: (typed) => textIn(typed) === 'true',
};

/** One of a list, or some of it. A stored value that is no longer in the list stays to be seen. */
export const selectControl: ControlStyle = {
  isGroup: isBoxes,
  show: (value) => typedOf({ '': textsOf(value) }),
  markup(control) {
    const { field, typed, visit } = control;
    const chosen = typed.get('') ?? [];
    const values = [...new Set([...listedValues(field), ...chosen])];
    const name = partName(field.name, '');
    if (isBoxes(field)) {
      const isSeveral = mostOf(field) > 1;
      const box = (value: string, text: Html, isChecked: boolean) =>
        html`<label class="check"><input type="${isSeveral ? 'checkbox' : 'radio'}" name="${name}" value="${value}"${
          isChecked && html` checked`
        }> ${text}</label>`;
      const none = html`<span class="muted">${visit.texts.records.none}</span>`;
      const boxes = html`<div class="choices">${!isSeveral && box('', none, chosen.length === 0)}${values.map(
        (value) => box(value, html`<span>${value}</span>`, chosen.includes(value)),
      )}</div>`;
      if (values.length <= MANY) return boxes;
      const id = controlId(control, 'narrow');
      const { form: recordForm } = visit.texts.records;
      return html`<narrow-list data-none="${recordForm.noChoiceFound}"><div class="field scripted"><label for="${id}">${recordForm.narrow}</label>
        <input id="${id}" type="search" autocomplete="off"></div>${boxes}</narrow-list>`;
    }
    return html`<select id="${controlId(control)}" name="${name}"${described(control)}>
      <option value="">${visit.texts.records.none}</option>${values.map(
        (value) =>
          html`<option value="${value}"${chosen.includes(value) && html` selected`}>${value}</option>`,
      )}</select>`;
  },
  read: (typed, field) => (mostOf(field) > 1 ? (typed.get('') ?? []) : textIn(typed)),
};

/** A list of boxes, where several can be chosen or there are many: it can be narrowed by typing. */
function isBoxes(field: Field): boolean {
  return mostOf(field) > 1 || (field.type === 'select' && listedValues(field).length > MANY);
}

/** The values that a field allows; none where it allows all. */
export function listedValues(field: Field): readonly string[] {
  return textsOf(optionOf(field, 'values'));
}
