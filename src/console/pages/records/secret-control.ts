import { html } from '../../html.ts';
import { type ControlStyle, controlId, described } from './control.ts';
import { partName, textIn, typedOf } from './typed.ts';

/**
 * What is never shown, neither as it is stored nor as it was typed (SECURITY-REQUIREMENTS 2.6): left empty, it stays as it is.
 * The password of an account is typed twice.
 */
export const secretControl: ControlStyle = {
  parts: ['', 'again'],
  isGroup: ({ name }) => name === 'password',
  show: () => typedOf({}),
  markup(control) {
    const { collection, field, record, visit } = control;
    const { form: recordForm } = visit.texts.records;
    const box = (part: '' | 'again', label: string | undefined) => {
      const id = controlId(control, part);
      const input = html`<input id="${id}" name="${partName(field.name, part)}" type="password"
        autocomplete="new-password"${described(control)}>`;
      return label === undefined
        ? input
        : html`<div class="field"><label for="${id}">${label}</label>${input}</div>`;
    };
    const hint = record && html`<span class="hint">${recordForm.keepSecret}</span>`;
    if (field.name !== 'password') return html`${box('', undefined)}${hint}`;
    const isAccount = collection.type === 'auth';
    return html`<div class="pair">${box('', recordForm.newPassword)}${
      isAccount && box('again', recordForm.passwordAgain)
    }</div>${hint}`;
  },
  read: (typed) => textIn(typed),
};
