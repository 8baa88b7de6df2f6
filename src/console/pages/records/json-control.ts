import { parseLossless, stringifyJson } from '../../../lib/lossless-json.ts';
import { html } from '../../html.ts';
import { type ControlStyle, UnreadableInput } from './control.ts';
import { area } from './plain-controls.ts';
import { textIn, typedOf } from './typed.ts';

/** JSON as it is written; nothing is null. Where there is script, it is checked while it is typed, and can be put in order. */
export const jsonControl: ControlStyle = {
  show: (value) =>
    typedOf({ '': value === null || value === undefined ? '' : pretty(stringifyJson(value) ?? '') }),
  markup(control) {
    const { form: recordForm } = control.visit.texts.records;
    return html`<json-editor data-fault="${recordForm.jsonFault}" data-good="${recordForm.jsonGood}">
      ${area(control, 8, true)}
      <div class="buttons scripted"><button type="button" data-format>${recordForm.jsonFormat}</button><span class="hint" role="status" data-check></span></div>
      <span class="hint scripted">${recordForm.jsonKeys}</span>
    </json-editor>`;
  },
  read(typed) {
    const text = textIn(typed).trim();
    if (text === '') return null;
    let isBeyond = false;
    try {
      JSON.parse(text, (_key, value) => {
        isBeyond ||= value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
      });
    } catch {
      throw new UnreadableInput('invalid_json');
    }
    // 1e400 would be stored as null.
    if (isBeyond) throw new UnreadableInput('out_of_range');
    return text;
  },
};

/** Indented, unless that would cost a digit of a number. */
function pretty(text: string): string {
  const indented = stringifyJson(parseLossless(text), 2) ?? text;
  return indented.replaceAll(/\s/g, '') === text.replaceAll(/\s/g, '') ? indented : text;
}
