import { html } from '../../html.ts';
import { type ControlStyle, controlId, optionOf, UnreadableInput } from './control.ts';
import { listedValues, selectControl, textControl } from './plain-controls.ts';
import { partName, textIn, typedOf } from './typed.ts';

/** Text of a column, where an empty text is not the same as none: a box says which. */
export const columnTextControl: ControlStyle = {
  parts: ['', 'null'],
  show: (value) => typedOf(value === null || value === undefined ? { null: 'true' } : { '': String(value) }),
  markup(control) {
    const { field, typed, visit } = control;
    const hasList = listedValues(field).length > 0;
    const name = partName(field.name, 'null');
    return html`${(hasList ? selectControl : textControl).markup(control)}${
      optionOf(field, 'nullable') !== false &&
      html`<label class="check"><input type="checkbox" name="${name}" value="true"${
        typed.has('null') && html` checked`
      }> ${visit.texts.records.form.isNull}</label>`
    }`;
  },
  read: (typed) => (typed.has('null') && !typed.has('') ? null : textIn(typed)),
};

const kinds = ['null', 'text', 'number'] as const;

/** A column without a type: the same digits may be a number or a text. */
export const anyControl: ControlStyle = {
  parts: ['', 'kind'],
  isGroup: () => true,
  show(value) {
    if (value === null || value === undefined) return typedOf({ kind: 'null' });
    return typedOf({ '': String(value), kind: typeof value === 'string' ? 'text' : 'number' });
  },
  markup(control) {
    const { field, typed, visit } = control;
    const { form: recordForm } = visit.texts.records;
    return html`<div class="pair">
      <div class="field"><label for="${controlId(control)}">${recordForm.value}</label>${textControl.markup(control)}</div>
      <div class="field"><label for="${controlId(control, 'kind')}">${recordForm.kind}</label>
        <select id="${controlId(control, 'kind')}" name="${partName(field.name, 'kind')}">${kinds.map(
          (kind) =>
            html`<option value="${kind}"${kind === textIn(typed, 'kind') && html` selected`}>${recordForm.kinds[kind]}</option>`,
        )}</select></div>
    </div>`;
  },
  read(typed) {
    const text = textIn(typed);
    switch (textIn(typed, 'kind')) {
      case 'null':
        return text === '' ? null : text;
      case 'number':
        if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim())) {
          throw new UnreadableInput('not_a_number');
        }
        return /^[+-]?\d{16,40}$/.test(text.trim()) ? BigInt(text.trim().replace('+', '')) : Number(text);
      default:
        return text;
    }
  },
};
