import { html } from '../../html.ts';
import type { ControlStyle } from './control.ts';
import { area, show } from './plain-controls.ts';
import { textIn } from './typed.ts';

/**
 * Stored markup is text here, and is never shown as markup by the server. `<rich-text>` makes an editor of it, of what of it is
 * known to be harmless (SECURITY-REQUIREMENTS 8.4); its source can be typed in any case.
 */
export const editorControl: ControlStyle = {
  show,
  markup(control) {
    const { richText } = control.visit.texts.records.form;
    const words = JSON.stringify({ ...richText, label: control.field.name });
    return html`<rich-text data-words="${words}">${area(control, 12, true)}</rich-text>`;
  },
  read: (typed) => textIn(typed),
};
