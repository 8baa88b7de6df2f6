import type { Field } from '../../../core/index.ts';
import { stringifyJson } from '../../../lib/lossless-json.ts';
import { html } from '../../html.ts';
import {
  type Control,
  type ControlStyle,
  controlId,
  described,
  mostOf,
  optionOf,
  textsOf,
  UnreadableInput,
} from './control.ts';
import { partName, textIn, typedOf } from './typed.ts';

/** Longer texts get an area of several lines. */
const LINE = 80;

const input = (control: Control, type: string, more = html``) =>
  html`<input id="${controlId(control)}" name="${partName(control.field.name, '')}" type="${type}"
    value="${textIn(control.typed)}" autocomplete="off"${more}${described(control)}>`;

/** The line end after the tag is the one that browsers drop. */
const area = (control: Control, rows: number, isCode: boolean) =>
  html`<textarea id="${controlId(control)}" name="${partName(control.field.name, '')}" rows="${rows}"${
    isCode && html` class="mono" spellcheck="false"`
  }${described(control)}>
${textIn(control.typed)}</textarea>`;

const show = (value: unknown) => typedOf({ '': value === undefined || value === null ? '' : String(value) });

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

/** Stored markup is text here, and is never shown as markup. */
export const editorControl: ControlStyle = {
  show,
  markup: (control) => area(control, 12, true),
  read: (typed) => textIn(typed),
};

/** JSON as it is written; nothing is null. */
export const jsonControl: ControlStyle = {
  show: (value) =>
    typedOf({ '': value === null || value === undefined ? '' : pretty(stringifyJson(value) ?? '') }),
  markup: (control) => area(control, 8, true),
  read(typed) {
    const text = textIn(typed).trim();
    if (text === '') return null;
    try {
      JSON.parse(text);
    } catch {
      throw new UnreadableInput('invalid_json');
    }
    return text;
  },
};

/** Indented, unless that would cost a digit of a large number. */
function pretty(text: string): string {
  return /\d{16}/.test(text) ? text : JSON.stringify(JSON.parse(text), null, 2);
}

/** Yes or no. */
export const boolControl: ControlStyle = {
  show: (value) => typedOf({ '': value === true ? 'true' : '' }),
  markup: (control) =>
    html`<input type="checkbox" id="${controlId(control)}" name="${partName(control.field.name, '')}" value="true"${
      textIn(control.typed) === 'true' && html` checked`
    }${described(control)}>`,
  read: (typed) => textIn(typed) === 'true',
};

/** A moment in UTC, picked by the browser's own control. */
export const dateControl: ControlStyle = {
  show: (value) => typedOf({ '': localForm(String(value ?? '').replace(' ', 'T')) }),
  markup: (control) => input(control, 'datetime-local', html` step="1"`),
  read(typed) {
    const text = localForm(textIn(typed));
    return text === '' ? '' : `${text.replace('T', ' ')}Z`;
  },
};

/** The one spelling of a moment that all browsers read; '' for what is none. */
function localForm(text: string): string {
  const ms = Date.parse(text.endsWith('Z') ? text : `${text}Z`);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, -1);
}

/** A latitude and a longitude. */
export const geoControl: ControlStyle = {
  parts: ['lat', 'lon'],
  isGroup: () => true,
  show(value) {
    const { lat, lon }: { lat?: unknown; lon?: unknown } = { ...(typeof value === 'object' ? value : {}) };
    return typedOf({ lat: String(lat ?? 0), lon: String(lon ?? 0) });
  },
  markup(control) {
    const { form: recordForm } = control.visit.texts.records;
    const one = (part: 'lat' | 'lon', label: string) =>
      html`<div class="field"><label for="${controlId(control, part)}">${label}</label>
        <input id="${controlId(control, part)}" name="${partName(control.field.name, part)}" type="text" inputmode="decimal"
          value="${textIn(control.typed, part)}" autocomplete="off"${described(control)}></div>`;
    return html`<div class="pair">${one('lat', recordForm.latitude)}${one('lon', recordForm.longitude)}</div>`;
  },
  read: (typed) => ({ lat: textIn(typed, 'lat').trim(), lon: textIn(typed, 'lon').trim() }),
};

/** One of a list, or some of it. A stored value that is no longer in the list stays to be seen. */
export const selectControl: ControlStyle = {
  isGroup: (field) => mostOf(field) > 1,
  show: (value) => typedOf({ '': textsOf(value) }),
  markup(control) {
    const { field, typed, visit } = control;
    const chosen = typed.get('') ?? [];
    const values = [...new Set([...listedValues(field), ...chosen])];
    const name = partName(field.name, '');
    if (mostOf(field) > 1) {
      return html`<div class="choices">${values.map(
        (value) =>
          html`<label class="check"><input type="checkbox" name="${name}" value="${value}"${
            chosen.includes(value) && html` checked`
          }> ${value}</label>`,
      )}</div>`;
    }
    return html`<select id="${controlId(control)}" name="${name}"${described(control)}>
      <option value="">${visit.texts.records.none}</option>${values.map(
        (value) =>
          html`<option value="${value}"${chosen.includes(value) && html` selected`}>${value}</option>`,
      )}</select>`;
  },
  read: (typed, field) => (mostOf(field) > 1 ? (typed.get('') ?? []) : textIn(typed)),
};

/** The values that a field allows; none where it allows all. */
export function listedValues(field: Field): readonly string[] {
  return textsOf(optionOf(field, 'values'));
}
