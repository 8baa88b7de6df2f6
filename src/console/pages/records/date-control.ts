import { html } from '../../html.ts';
import { type ControlStyle, controlId, UnreadableInput } from './control.ts';
import { input } from './plain-controls.ts';
import { textIn, typedOf } from './typed.ts';

/**
 * A moment, picked by the browser's own control. It is sent in UTC; where there is script, it is shown and typed in the time zone
 * of whoever looks, which is said.
 */
export const dateControl: ControlStyle = {
  show: (value) => typedOf({ '': localForm(String(value ?? '').replace(' ', 'T')) }),
  markup(control) {
    const { form: recordForm } = control.visit.texts.records;
    return html`<date-field data-zone="${recordForm.inZone}">
      <div class="toolbar">${input(control, 'datetime-local', html` step="1"`)}
        <button class="scripted" type="button" data-now>${recordForm.now}</button>
        <button class="scripted" type="button" data-clear>${recordForm.clear}<span class="visually-hidden"> ${control.field.name}</span></button></div>
      <span id="${controlId(control, 'zone')}" class="hint">${recordForm.utc}</span>
    </date-field>`;
  },
  read(typed) {
    const text = textIn(typed).trim().replace(' ', 'T');
    if (text === '') return '';
    const moment = MOMENT.test(text) ? localForm(text) : '';
    // The 30th of February would be read as a day of March.
    if (!moment.startsWith(text.slice(0, 10)) || moment === '') throw new UnreadableInput('invalid_date');
    return `${moment.replace('T', ' ')}Z`;
  },
};

/** Other spellings of browsers without a control for moments, as 3.2.2026, would be guessed at. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z?$/;

/** The one spelling of a moment that all browsers read; '' for what is none. */
function localForm(text: string): string {
  const ms = Date.parse(text.endsWith('Z') ? text : `${text}Z`);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, -1);
}
