import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';

/** What has to be typed before a change that takes data is made. */
export interface Agreement {
  /** Undefined where nothing is lost. */
  readonly typed: string | undefined;
  /** Something else was typed. */
  readonly isWrong: boolean;
}

/** The field for it, and the buttons below a change that was looked at: `apply`, and `edit` to go back. */
export function agreementView(visit: Visit, { typed, isWrong }: Agreement, isChange: boolean): Html {
  const { definition, frame } = visit.texts;
  const isAsked = isChange && typed !== undefined;
  return html`${
    isAsked &&
    html`<div class="field prose">
      <label for="confirm">${definition.lossBody} ${frame.typeToConfirm(typed)}</label>
      <input id="confirm" name="confirm" required autocomplete="off" autocapitalize="off" spellcheck="false"${
        isWrong && html` autofocus aria-invalid="true" aria-describedby="confirm-error"`
      }>
      ${isWrong && html`<span id="confirm-error" class="error">${frame.notConfirmed(typed)}</span>`}
    </div>`
  }
  <div class="buttons">
    ${
      isChange &&
      html`<button class="${isAsked ? 'danger' : 'primary'}" type="submit" name="do" value="apply">${definition.apply}</button>`
    }
    <button type="submit" name="do" value="edit" formnovalidate>${definition.edit}</button>
  </div>`;
}
