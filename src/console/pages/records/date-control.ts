import { html } from '../../html.ts';
import { type ControlStyle, controlId } from './control.ts';
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
    const text = localForm(textIn(typed));
    return text === '' ? '' : `${text.replace('T', ' ')}Z`;
  },
};

/** The one spelling of a moment that all browsers read; '' for what is none. */
function localForm(text: string): string {
  const ms = Date.parse(text.endsWith('Z') ? text : `${text}Z`);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, -1);
}
